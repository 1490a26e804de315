import { SnowparkError } from "../base/snowpark-error.ts";
import { blobsOf, type Descriptor, type ImageSource } from "./image.ts";
import {
  checkTag,
  parseReference,
  type RepositoryAddress,
  referenceText,
} from "./image-reference.ts";
import { type RegistryAccess, RegistryClient, unexpectedAnswer } from "./registry-client.ts";
import { registryImage } from "./registry-image.ts";
import { uploadBlob } from "./upload-blob.ts";

export interface PushOptions extends RegistryAccess {
  readonly onProgress?: (progress: PushProgress) => void;
}

/** How far a push is. Blobs that were there already count as sent from the beginning. */
export interface PushProgress {
  readonly sentBytes: number;
  readonly totalBytes: number;
}

export interface PushedImage {
  /** `host/path:tag` */
  readonly reference: string;
  readonly digest: string;
  /** What went over the wire, without what the registry had. */
  readonly uploadedBytes: number;
}

/**
 * Puts an image into a repository, `host/db/schema/repository/image`, under a tag. Blobs that the repository has are
 * not sent again, so a push that broke off goes on when it is run again.
 *
 * @throws SnowparkError `invalid-configuration` for a name or tag that can't be one, `image-failed`,
 *   `insufficient-privileges`, `sign-in-failed`, `network`, `cancelled`.
 */
export async function pushImage(
  image: ImageSource,
  repository: string,
  tag: string,
  options: PushOptions,
): Promise<PushedImage> {
  checkTag(tag);
  const { registry, host, path } = parseReference(repository);
  const target: RepositoryAddress = { registry, host, path };
  const client = new RegistryClient(target, options, "pull,push");
  const uploadedBytes = await pushBlobs(image, client, options);
  await putManifest(image, client, tag);
  return { reference: referenceText({ ...target, tag }), digest: image.digest, uploadedBytes };
}

/**
 * Copies the image for linux/amd64 that a reference leads to into another repository, under a tag, without keeping it
 * on this machine. Its digest stays the same.
 *
 * @throws as {@link pushImage} and {@link registryImage}.
 */
export async function copyImage(
  source: { readonly reference: string; readonly access: RegistryAccess },
  repository: string,
  tag: string,
  options: PushOptions,
): Promise<PushedImage> {
  const image = await registryImage(parseReference(source.reference), source.access);
  return await pushImage(image, repository, tag, options);
}

async function pushBlobs(
  image: ImageSource,
  client: RegistryClient,
  { onProgress }: PushOptions,
): Promise<number> {
  const blobs = blobsOf(image.manifest);
  const totalBytes = blobs.reduce((sum, { size }) => sum + size, 0);
  let doneBytes = 0;
  let uploadedBytes = 0;
  for (const blob of blobs) {
    const report = (offset: number): void =>
      onProgress?.({ sentBytes: doneBytes + offset, totalBytes });
    report(0);
    if (!(await isThere(client, blob))) {
      const isSent = await uploadBlob(client, blob, {
        open: () => image.open(blob),
        onProgress: report,
        ...mountOf(image, client.repository),
      });
      if (isSent) uploadedBytes += blob.size;
    }
    doneBytes += blob.size;
    report(0);
  }
  return uploadedBytes;
}

async function isThere(client: RegistryClient, { digest }: Descriptor): Promise<boolean> {
  const address = `/v2/${client.repository.path}/blobs/${digest}`;
  const answer = await client.send({ method: "HEAD", address });
  if (answer.status === 404) return false;
  if (answer.ok) return true;
  throw await unexpectedAnswer(`look for the blob ${digest}`, answer);
}

function mountOf(
  { origin }: ImageSource,
  { host, path }: RepositoryAddress,
): { mountFrom?: string } {
  return origin?.host === host && origin.path !== path ? { mountFrom: origin.path } : {};
}

async function putManifest(image: ImageSource, client: RegistryClient, tag: string): Promise<void> {
  const { path } = client.repository;
  const answer = await client.send({
    method: "PUT",
    address: `/v2/${path}/manifests/${tag}`,
    headers: { "Content-Type": image.mediaType },
    body: new Uint8Array(image.manifestBytes),
  });
  if (!answer.ok) throw await unexpectedAnswer(`put the manifest of ${path}:${tag}`, answer);
  await answer.body?.cancel();
  const stored = answer.headers.get("docker-content-digest");
  if (stored === null || stored === image.digest) return;
  throw new SnowparkError(
    "image-failed",
    `The registry stored ${path}:${tag} as ${stored}, not ${image.digest}`,
  );
}
