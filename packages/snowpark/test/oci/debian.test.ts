import { execFileSync } from "node:child_process";
import { lstatSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseReference } from "../../src/oci/image-reference.ts";
import { readOciLayout, writeOciArchive, writeOciLayout } from "../../src/oci/oci-layout.ts";
import { copyImage, type PushProgress, pushImage } from "../../src/oci/push-image.ts";
import { registryImage } from "../../src/oci/registry-image.ts";
import {
  type DebianRegistry,
  isInstalled,
  startDockerRegistry,
  temporaryFolder,
} from "./debian-tools.ts";
import { sampleImage } from "./sample-image.ts";

const access = { fetch, sleep: async () => {} };

function skopeo(...args: readonly string[]): string {
  return execFileSync("skopeo", [...args], { stdio: ["ignore", "pipe", "pipe"] }).toString();
}

describe.skipIf(!isInstalled("docker-registry"))("pushImage() to Debian's docker-registry", () => {
  const folder = temporaryFolder();
  let registry: DebianRegistry;

  beforeAll(async () => {
    registry = await startDockerRegistry(folder.path);
  });
  afterAll(async () => {
    await registry.stop();
    folder[Symbol.dispose]();
  });

  it("stores an image of several chunks; again, it sends no blob", async () => {
    const image = await sampleImage(folder.path, 20_000_000);
    const repository = `${registry.host}/demo/public/repo/sample`;
    const seen: PushProgress[] = [];
    const pushed = await pushImage(image, repository, "1", {
      ...access,
      onProgress: (p) => seen.push(p),
    });
    expect(pushed).toMatchObject({ reference: `${repository}:1`, digest: image.digest });
    expect(pushed.uploadedBytes).toBeGreaterThan(20_000_000);
    expect(seen.at(-1)?.sentBytes).toBe(seen.at(-1)?.totalBytes);
    expect(seen.map(({ sentBytes }) => sentBytes)).toEqual(
      seen.map(({ sentBytes }) => sentBytes).sort((a, b) => a - b),
    );
    const again = await pushImage(image, repository, "2", access);
    expect(again.uploadedBytes).toBe(0);
  });

  it("uploads only the layer that changed", async () => {
    const repository = `${registry.host}/demo/public/repo/changing`;
    await pushImage(await sampleImage(folder.path, 50_000, 2), repository, "1", access);
    const changed = await sampleImage(folder.path, 50_000, 3);
    const { uploadedBytes } = await pushImage(changed, repository, "2", access);
    const { layers, config } = changed.manifest;
    expect(uploadedBytes).toBe(layers[1].size + config.size);
  });

  it("copies an image by mounting its blobs, with the same digest", async () => {
    const image = await sampleImage(folder.path, 1_000, 4);
    const reference = `${registry.host}/source/image`;
    await pushImage(image, reference, "1", access);
    const copied = await copyImage(
      { reference: `${reference}:1`, access },
      `${registry.host}/target/image`,
      "1",
      access,
    );
    expect(copied).toMatchObject({ digest: image.digest, uploadedBytes: 0 });
    const back = await registryImage(parseReference(`${registry.host}/target/image:1`), access);
    expect(back.config).toEqual(image.config);
  });

  it.skipIf(!isInstalled("skopeo"))("stores what skopeo inspects and copies", async () => {
    const image = await sampleImage(folder.path, 1_000, 5);
    const repository = `${registry.host}/demo/skopeo`;
    await pushImage(image, repository, "1", access);
    const inspected = JSON.parse(
      skopeo("inspect", "--tls-verify=false", `docker://${repository}:1`),
    );
    expect(inspected).toMatchObject({
      Digest: image.digest,
      Architecture: "amd64",
      Os: "linux",
      Labels: { "org.example.kind": "sample" },
      Env: ["A=1"],
    });
    const copy = join(folder.path, "copy");
    skopeo(
      "--insecure-policy",
      "copy",
      "--src-tls-verify=false",
      `docker://${repository}:1`,
      `oci:${copy}:1`,
    );
    expect((await readOciLayout(copy, "1")).digest).toBe(image.digest);
  });

  it.skipIf(!isInstalled("skopeo"))(
    "copies the image for linux/amd64 that skopeo pushed in Docker's form",
    async () => {
      const image = await sampleImage(folder.path, 1_000, 6);
      const layout = join(folder.path, "layout");
      await writeOciLayout(image, layout, "1");
      const source = `${registry.host}/upstream/milvus`;
      skopeo(
        "--insecure-policy",
        "copy",
        "--format",
        "v2s2",
        "--dest-tls-verify=false",
        `oci:${layout}:1`,
        `docker://${source}:v2`,
      );
      const target = `${registry.host}/mirror/milvus`;
      const { digest } = await copyImage(
        { reference: `${source}:v2`, access },
        target,
        "v2",
        access,
      );
      expect(
        JSON.parse(skopeo("inspect", "--tls-verify=false", `docker://${target}:v2`)).Digest,
      ).toBe(digest);
    },
  );
});

describe.skipIf(!isInstalled("skopeo"))("writeOciArchive()", () => {
  it("writes what skopeo reads as an OCI archive and as Docker's", async () => {
    using folder = temporaryFolder();
    const image = await sampleImage(folder.path);
    const archive = join(folder.path, "image.tar");
    await writeOciArchive(image, archive, "redkite:0.1.0");
    expect(JSON.parse(skopeo("inspect", `oci-archive:${archive}`)).Digest).toBe(image.digest);
    expect(JSON.parse(skopeo("inspect", `docker-archive:${archive}:redkite:0.1.0`)).Labels).toEqual(
      { "org.example.kind": "sample" },
    );
  });
});

describe("writeOciLayout()", () => {
  it("keeps the images of other tags, and replaces the one of its own", async () => {
    using folder = temporaryFolder();
    const layout = join(folder.path, "layout");
    const images = await Promise.all(
      [7, 8, 9].map((seed) => sampleImage(join(folder.path, `${seed}`), 100, seed)),
    );
    for (const [index, tag] of ["a", "b", "a"].entries())
      await writeOciLayout(images[index], layout, tag);
    expect((await readOciLayout(layout, "a")).digest).toBe(images[2].digest);
    expect((await readOciLayout(layout, "b")).digest).toBe(images[1].digest);
    await expect(readOciLayout(layout, "c")).rejects.toMatchObject({ code: "not-found" });
    await expect(readOciLayout(folder.path)).rejects.toMatchObject({ code: "not-found" });
  });
});

describe.skipIf(!isInstalled("umoci"))("writeOciLayout()", () => {
  it("writes what umoci unpacks, with modes and links", async () => {
    using folder = temporaryFolder();
    const layout = join(folder.path, "layout");
    await writeOciLayout(await sampleImage(folder.path), layout, "1");
    const bundle = join(folder.path, "bundle");
    execFileSync("umoci", ["unpack", "--rootless", "--image", `${layout}:1`, bundle], {
      stdio: "ignore",
    });
    const root = join(bundle, "rootfs");
    expect((lstatSync(join(root, "tmp")).mode & 0o7777).toString(8)).toBe("1777");
    expect(readlinkSync(join(root, "bin/here"))).toBe("../etc/passwd");
    expect(readFileSync(join(root, "home/kite/ähnlich.txt"), "utf8")).toBe("ü");
  });
});
