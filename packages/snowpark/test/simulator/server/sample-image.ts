import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { type ArchiveEntry, tarArchive } from "./tar-archive.ts";

export interface SampleImage {
  readonly manifest: Buffer;
  readonly digest: string;
  /** The configuration and the layers. */
  readonly blobs: readonly { readonly digest: string; readonly bytes: Buffer }[];
}

export const manifestType = "application/vnd.oci.image.manifest.v1+json";

/** An image of one layer, as small as its files. */
export function sampleImage(
  files: readonly ArchiveEntry[],
  run: Record<string, unknown>,
  architecture = "amd64",
): SampleImage {
  const layer = blobOf(gzipSync(tarArchive(files)));
  const config = blobOf(
    Buffer.from(
      JSON.stringify({ architecture, os: "linux", config: run, rootfs: { type: "layers" } }),
    ),
  );
  const descriptor = (mediaType: string, { digest, bytes }: { digest: string; bytes: Buffer }) => ({
    mediaType,
    digest,
    size: bytes.length,
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: descriptor("application/vnd.oci.image.config.v1+json", config),
      layers: [descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer)],
    }),
  );
  return { manifest, digest: blobOf(manifest).digest, blobs: [config, layer] };
}

/** The image of a server in JavaScript, which listens at `PORT`, in the container at 8080. */
export function serverImage(script: string, run: Record<string, unknown> = {}): SampleImage {
  return sampleImage([{ path: "app/main.js", content: script }], {
    Entrypoint: ["/usr/local/bin/node", "/app/main.js"],
    Env: ["PATH=/usr/local/bin:/bin"],
    WorkingDir: "/app",
    Labels: { "org.redkite.port-variables": JSON.stringify({ 8080: "PORT" }) },
    ...run,
  });
}

/** A server that answers each request with what it knows of itself and of the request. */
export const echoServer = `
  const { createServer } = require("node:http");
  createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      response.setHeader("content-type", "application/json");
      response.setHeader("server", "echo");
      response.end(JSON.stringify({
        method: request.method, url: request.url, headers: request.headers, body,
        env: process.env, argv: process.argv.slice(2), folder: process.cwd(), pid: process.pid,
      }));
    });
  }).listen(Number(process.env.PORT), "127.0.0.1", () => console.log("listening"));
  process.on("SIGTERM", () => { console.log("ending"); process.exit(0); });
`;

function blobOf(bytes: Buffer): { digest: string; bytes: Buffer } {
  return { digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`, bytes };
}
