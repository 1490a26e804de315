import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { SnowparkError } from "../base/snowpark-error.ts";
import { collect } from "./collect.ts";
import { type Digest, digestOf, verified } from "./digest.ts";
import { blobsOf, type Descriptor, type ImageSource, ociIndexType } from "./image.ts";
import type { LayerEntry } from "./layer-entry.ts";
import { readConfig } from "./read-config.ts";
import { choosePlatform, readManifest } from "./read-manifest.ts";
import { tarOf } from "./write-layer.ts";

const layoutText = JSON.stringify({ imageLayoutVersion: "1.0.0" });
const referenceAnnotation = "org.opencontainers.image.ref.name";

/**
 * Writes an image as an OCI layout: a folder that skopeo, podman and umoci read as `oci:folder:tag`. Blobs that the
 * folder has already are kept, and so are its images of other tags.
 *
 * @throws SnowparkError `image-failed` for a blob that is damaged.
 */
export async function writeOciLayout(
  image: ImageSource,
  folder: string,
  tag: string,
): Promise<void> {
  await mkdir(join(folder, "blobs", "sha256"), { recursive: true });
  for (const blob of blobsOf(image.manifest)) {
    const file = blobFile(folder, blob.digest);
    const isThere = await stat(file).then(
      ({ size }) => size === blob.size,
      () => false,
    );
    if (!isThere) await writeWhole(file, image.open(blob));
  }
  await writeFile(blobFile(folder, image.digest), image.manifestBytes);
  await writeFile(join(folder, "oci-layout"), layoutText);
  await writeFile(
    join(folder, "index.json"),
    indexText([...(await others(folder, tag)), entryOf(image, tag)]),
  );
}

/**
 * Writes an image as one tar file that `docker load`, `podman load` and `skopeo copy oci-archive:` take. `name` is
 * what Docker will call it, such as `redkite:0.1.0`.
 *
 * @throws SnowparkError `image-failed` for a blob that is damaged.
 */
export async function writeOciArchive(
  image: ImageSource,
  file: string,
  name: string,
): Promise<void> {
  const work = `${file}.blobs`;
  const tag = name.slice(name.lastIndexOf(":") + 1);
  try {
    await writeOciLayout(image, work, tag);
    const blobs: Descriptor[] = [...blobsOf(image.manifest), manifestDescriptor(image)];
    const entries: LayerEntry[] = blobs.map(({ digest, size }) => ({
      kind: "file",
      path: blobPath(digest),
      mode: 0o644,
      content: { file: blobFile(work, digest), size },
    }));
    const texts = {
      "index.json": indexText([entryOf(image, tag)]),
      // What Docker before version 25 reads.
      "manifest.json": dockerManifest(image, name),
      "oci-layout": layoutText,
    };
    for (const [path, text] of Object.entries(texts)) {
      entries.push({ kind: "file", path, mode: 0o644, content: new TextEncoder().encode(text) });
    }
    await writeWhole(file, tarOf(entries));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * Reads an image from an OCI layout's folder: the one with the tag, or the only one.
 *
 * @throws SnowparkError `not-found`, `image-failed`.
 */
export async function readOciLayout(folder: string, tag?: string): Promise<ImageSource> {
  const index = await readPart(join(folder, "index.json"), folder);
  const read = readManifest(index, folder);
  if (read.kind !== "index") throw damaged(folder, "index.json is not an index");
  const named = read.manifests.filter(
    ({ annotations }) => tag === undefined || annotations?.[referenceAnnotation] === tag,
  );
  if (named.length === 0) {
    throw new SnowparkError("not-found", `There is no image ${tag ?? ""} in ${folder}`);
  }
  const chosen = choosePlatform(named.length === 1 ? [{ ...named[0] }] : named, folder);
  const open = (blob: Descriptor): AsyncIterable<Uint8Array> =>
    verified(createReadStream(blobFile(folder, blob.digest)), blob);
  const manifestBytes = await collect(open(chosen));
  const image = readManifest(manifestBytes, folder);
  if (image.kind === "index") throw damaged(folder, "its image is a list of images");
  const { manifest, mediaType } = image;
  const config = readConfig(await collect(open(manifest.config)), folder);
  return { digest: digestOf(manifestBytes), mediaType, manifestBytes, manifest, config, open };
}

async function readPart(file: string, folder: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new SnowparkError("not-found", `There is no OCI layout in ${folder}`, { cause });
  }
}

function damaged(folder: string, reason: string): SnowparkError {
  return new SnowparkError("image-failed", `Cannot read the OCI layout ${folder}: ${reason}`);
}

/** A file is whole or not there. */
async function writeWhole(file: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const unfinished = `${file}.part`;
  try {
    await pipeline(Readable.from(bytes), createWriteStream(unfinished));
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

function manifestDescriptor({ digest, mediaType, manifestBytes }: ImageSource): Descriptor {
  return { mediaType, digest, size: manifestBytes.length };
}

function entryOf(image: ImageSource, tag: string): Descriptor {
  const platform = { architecture: "amd64", os: "linux" };
  const entry = { ...manifestDescriptor(image), platform };
  return { ...entry, annotations: { [referenceAnnotation]: tag } };
}

/** The images that a folder has under other tags. */
async function others(folder: string, tag: string): Promise<readonly Descriptor[]> {
  const bytes = await readFile(join(folder, "index.json")).catch(() => undefined);
  if (bytes === undefined) return [];
  const read = readManifest(bytes, folder);
  if (read.kind !== "index") throw damaged(folder, "index.json is not an index");
  return read.manifests.filter(({ annotations }) => annotations?.[referenceAnnotation] !== tag);
}

function indexText(manifests: readonly Descriptor[]): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: ociIndexType, manifests });
}

function dockerManifest({ manifest }: ImageSource, name: string): string {
  const { config, layers } = manifest;
  const paths = layers.map(({ digest }) => blobPath(digest));
  return JSON.stringify([{ Config: blobPath(config.digest), RepoTags: [name], Layers: paths }]);
}

function blobPath(digest: Digest): string {
  return `blobs/${digest.replace(":", "/")}`;
}

function blobFile(folder: string, digest: Digest): string {
  return join(folder, blobPath(digest));
}
