import { SnowparkError } from "../base/snowpark-error.ts";
import { collect } from "./collect.ts";
import { digestOf, verified } from "./digest.ts";
import {
  type Descriptor,
  dockerIndexType,
  dockerManifestType,
  type ImageSource,
  ociIndexType,
  ociManifestType,
} from "./image.ts";
import { type ImageReference, referenceText } from "./image-reference.ts";
import { configBytesMax, readConfig } from "./read-config.ts";
import { choosePlatform, manifestBytesMax, readManifest } from "./read-manifest.ts";
import {
  type RegistryAccess,
  RegistryClient,
  throwIfCancelled,
  unexpectedAnswer,
} from "./registry-client.ts";

const manifestTypes = [ociManifestType, ociIndexType, dockerManifestType, dockerIndexType];

/**
 * The image for linux/amd64 that a reference leads to. Nothing but its manifest and configuration is read until its
 * blobs are opened.
 *
 * @throws SnowparkError `not-found`, `image-failed` for an image of another platform or one that is damaged, and what
 *   {@link RegistryClient.send} throws.
 */
export async function registryImage(
  reference: ImageReference,
  access: RegistryAccess,
): Promise<ImageSource> {
  const place = referenceText(reference);
  const client = new RegistryClient(reference, access, "pull");
  const first = await fetchManifest(client, reference.digest ?? reference.tag ?? "latest", place);
  let bytes = first;
  let read = readManifest(bytes, place);
  if (read.kind === "index") {
    bytes = await fetchManifest(client, choosePlatform(read.manifests, place).digest, place);
    read = readManifest(bytes, place);
  }
  if (read.kind === "index") {
    throw new SnowparkError("image-failed", `Cannot use the image ${place}: it is a list of lists`);
  }
  const { manifest, mediaType } = read;
  const open = (blob: Descriptor): AsyncIterable<Uint8Array> =>
    verified(streamBlob(client, blob), blob);
  if (manifest.config.size > configBytesMax) {
    throw new SnowparkError(
      "image-failed",
      `Cannot use the image ${place}: its configuration has ${manifest.config.size} bytes`,
    );
  }
  const config = readConfig(await collect(open(manifest.config)), place);
  const { host, path } = reference;
  return {
    digest: digestOf(bytes),
    mediaType,
    manifestBytes: bytes,
    manifest,
    config,
    open,
    origin: { host, path },
  };
}

/**
 * The digest that a reference stands for now; undefined when there is no such image.
 *
 * @throws what {@link RegistryClient.send} throws.
 */
export async function findImage(
  reference: ImageReference,
  access: RegistryAccess,
): Promise<string | undefined> {
  const client = new RegistryClient(reference, access, "pull");
  const answer = await client.send({
    method: "HEAD",
    address: `/v2/${reference.path}/manifests/${reference.digest ?? reference.tag ?? "latest"}`,
    headers: { Accept: manifestTypes.join(", ") },
  });
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw await unexpectedAnswer(`look for ${referenceText(reference)}`, answer);
  return answer.headers.get("docker-content-digest") ?? "";
}

async function fetchManifest(
  client: RegistryClient,
  name: string,
  place: string,
): Promise<Uint8Array> {
  const answer = await client.send({
    method: "GET",
    address: `/v2/${client.repository.path}/manifests/${name}`,
    headers: { Accept: manifestTypes.join(", ") },
  });
  if (!answer.ok) throw await unexpectedAnswer(`read the image ${place}`, answer);
  const bytes = await collect(limited(bodyOf(answer), manifestBytesMax, place));
  if (name.startsWith("sha256:") && digestOf(bytes) !== name) {
    throw new SnowparkError(
      "image-failed",
      `Cannot use the image ${place}: its manifest is not ${name}`,
    );
  }
  return bytes;
}

/** How often a blob is asked for again from where it broke off. */
const resumesMax = 5;

/** A blob's bytes. A transfer that breaks off goes on where it was. */
async function* streamBlob(
  client: RegistryClient,
  { digest, size }: Descriptor,
): AsyncGenerator<Uint8Array> {
  let offset = 0;
  for (let tries = 0; ; tries++) {
    const answer = await client.send({
      method: "GET",
      address: `/v2/${client.repository.path}/blobs/${digest}`,
      headers: offset === 0 ? {} : { Range: `bytes=${offset}-` },
    });
    if (!answer.ok) throw await unexpectedAnswer(`read the blob ${digest}`, answer);
    // Without ranges a registry begins again at the first byte.
    let skipped = answer.status === 206 ? 0 : offset;
    try {
      for await (const chunk of bodyOf(answer)) {
        const fresh = chunk.subarray(Math.min(skipped, chunk.length));
        skipped -= chunk.length - fresh.length;
        offset += fresh.length;
        if (fresh.length > 0) yield fresh;
      }
    } catch (cause) {
      throwIfCancelled(client.signal, cause);
      if (tries < resumesMax && offset < size) continue;
      const message = `The transfer of ${digest} broke off after ${offset} of ${size} bytes`;
      throw new SnowparkError("network", message, { cause });
    }
    return;
  }
}

function bodyOf(answer: Response): AsyncIterable<Uint8Array> {
  return answer.body ?? (async function* () {})();
}

async function* limited(
  bytes: AsyncIterable<Uint8Array>,
  sizeMax: number,
  place: string,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > sizeMax) {
      throw new SnowparkError(
        "image-failed",
        `Cannot use the image ${place}: its manifest has more than ${sizeMax} bytes`,
      );
    }
    yield chunk;
  }
}
