import { createHash } from "node:crypto";
import { rootCertificates } from "node:tls";
import { SnowparkError } from "../base/snowpark-error.ts";
import { buildImage } from "../oci/build-image.ts";
import type { RunConfig } from "../oci/image.ts";
import { parseReference } from "../oci/image-reference.ts";
import { fileEntry, fingerprintOf, type LayerEntry, textEntry } from "../oci/layer-entry.ts";
import { registryImage } from "../oci/registry-image.ts";
import { appEntries } from "./app-entries.ts";
import { cachedLayer } from "./cached-layer.ts";
import { containerPorts, type ImageDefinition, portVariablesLabel } from "./image-definition.ts";
import { nodeRuntime } from "./node-runtime.ts";
import { packageClosure } from "./package-closure.ts";
import { packageFile } from "./package-file.ts";

export interface ServerImageOptions {
  /** The folder of the installed package `redkite`. */
  readonly packageFolder: string;
  /** This process's own program, `process.execPath`. */
  readonly executable: string;
  /**
   * An image with glibc and libstdc++ to lie below. Default: none on linux/amd64 with glibc, whose own libraries are
   * taken, and {@link defaultBaseImage} elsewhere.
   */
  readonly baseImage?: string;
}

/** A small image with nothing but glibc, libstdc++ and certificates, from the makers of Debian's distroless images. */
export const defaultBaseImage = "gcr.io/distroless/cc-debian12:latest";

/** What the image lies on when a container engine builds it: it brings Node along. */
const nodeImage = "docker.io/library/node:20.20.2-bookworm-slim";

/** Where the volume is mounted. The database lies in a folder in it: a fresh file system has its `lost+found`. */
const dataFolder = "/var/lib/redkite";

/** The user `redkite` in the image, and its group. */
const ownerId = 10_001;

/** What only other commands than `redkite serve` need: of the brain it takes the text model, and nothing below that. */
const withoutPackages: ReadonlySet<string> = new Set([
  "@duckdb/node-api",
  "@redkite/snowpark",
  "@zilliz/milvus2-sdk-node",
  "csv-parse",
  "csv-stringify",
  "fast-xml-parser",
  "sharp",
  "umap-js",
  "yaml",
  "yauzl",
]);

/**
 * Redkite's server as an image of three layers, so that an upgrade sends only what has changed: Node with its
 * libraries, the packages that are needed, Redkite itself. It runs as root no longer than it takes to own its volume.
 *
 * @throws SnowparkError `image-failed` when a package is not built or not installed.
 */
export async function serverImage(options: ServerImageOptions): Promise<ImageDefinition> {
  const runtime = await nodeRuntime(options.executable);
  const baseImage = options.baseImage ?? (runtime.isComplete ? undefined : defaultBaseImage);
  const packages = await packageClosure(options.packageFolder, withoutPackages);
  const dependencies = await appEntries(
    packages.filter(({ isOwn }) => !isOwn),
    "app",
  );
  const own = [
    ...(await appEntries(
      packages.filter(({ isOwn }) => isOwn),
      "app",
    )),
    await fileEntry("app/server-entry.mjs", packageFile("images/server-entry.mjs")),
  ];
  const { version } = packages.find(({ name }) => name === "redkite") ?? {};
  if (version === undefined) {
    throw new SnowparkError("image-failed", `${options.packageFolder} is not the package redkite`);
  }
  const run = runConfig(version);
  const inputs = await Promise.all([dependencies, own, systemEntries()].map(fingerprintOf));
  const identity = JSON.stringify([runtime.identity, baseImage ?? "", run, ...inputs]);
  return {
    name: "redkite",
    tag: `${version}-${createHash("sha256").update(identity).digest("hex").slice(0, 12)}`,
    dataFolder,
    owner: { uid: ownerId, gid: ownerId },
    build: async (build) => {
      const base = baseImage && (await registryImage(parseReference(baseImage), build));
      const node = [...(await runtime.entries(build)), ...systemEntries()];
      const layers = [
        await cachedLayer("Node", node, build),
        await cachedLayer("packages", dependencies, build),
        await cachedLayer("Redkite", own, build),
      ];
      return buildImage({ ...(base ? { base } : {}), layers, run });
    },
    recipe: {
      from: nodeImage,
      entries: async () => [...dependencies, ...own, ...systemEntries()],
      run,
    },
  };
}

/** What programs look for in a system. */
function systemEntries(): LayerEntry[] {
  const id = `${ownerId}:${ownerId}`;
  return [
    textEntry(
      "etc/passwd",
      `root:x:0:0:root:/root:/sbin/nologin\nredkite:x:${id}::/app:/sbin/nologin\n`,
    ),
    textEntry("etc/group", `root:x:0:\nredkite:x:${ownerId}:\n`),
    textEntry("etc/nsswitch.conf", "hosts: files dns\n"),
    textEntry("etc/ssl/certs/ca-certificates.crt", `${rootCertificates.join("\n")}\n`),
    { kind: "directory", path: "root", mode: 0o700 },
    { kind: "directory", path: "tmp", mode: 0o1777 },
    { kind: "directory", path: dataFolder.slice(1), mode: 0o755, uid: ownerId, gid: ownerId },
  ];
}

function runConfig(version: string): RunConfig {
  const { milvus, health, functions } = containerPorts;
  return {
    Entrypoint: ["/usr/local/bin/node", "/app/server-entry.mjs"],
    Cmd: ["serve"],
    WorkingDir: "/app",
    Env: [
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "NODE_ENV=production",
      "REDKITE_HOST=0.0.0.0",
      `REDKITE_DATA=${dataFolder}/data`,
      "REDKITE_AUTH=on",
      "REDKITE_JSON=on",
    ],
    ExposedPorts: Object.fromEntries(
      [milvus, health, functions].map((port) => [`${port}/tcp`, {}]),
    ),
    Volumes: { [dataFolder]: {} },
    StopSignal: "SIGTERM",
    Labels: {
      "org.opencontainers.image.title": "redkite",
      "org.opencontainers.image.version": version,
      "org.opencontainers.image.licenses": "Apache-2.0",
      [portVariablesLabel]: JSON.stringify({
        [milvus]: "REDKITE_PORT",
        [health]: "REDKITE_METRICS_PORT",
        [functions]: "REDKITE_FUNCTIONS_PORT",
      }),
    },
  };
}
