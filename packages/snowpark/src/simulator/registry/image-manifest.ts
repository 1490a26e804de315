import { isRecord } from "../http/exchange.ts";
import { digestPattern } from "./digest.ts";
import { registryFailure } from "./registry-failure.ts";

/** Manifests of one image, and indexes of several. */
export const imageMediaTypes: readonly string[] = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];
export const indexMediaTypes: readonly string[] = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];

/** Manifests are some kilobytes; registries refuse those over 4 MiB. */
export const manifestBytesMax: number = 4 * 1024 * 1024;

/** What a manifest is made of: the digests that must be in the image already. */
export interface ManifestParts {
  readonly blobs: readonly string[];
  readonly manifests: readonly string[];
}

/** Reads a manifest that a client sends. Throws MANIFEST_INVALID for what is none, or of another media type. */
export function partsOfManifest(bytes: Buffer, mediaType: string): ManifestParts {
  const manifest = parseManifest(bytes);
  const declared = manifest["mediaType"];
  if (declared !== undefined && declared !== mediaType) {
    throw registryFailure(
      "MANIFEST_INVALID",
      `mediaType is ${declared}, Content-Type ${mediaType}`,
    );
  }
  if (indexMediaTypes.includes(mediaType)) {
    return { blobs: [], manifests: digestsOf(manifest["manifests"], "manifests") };
  }
  if (!imageMediaTypes.includes(mediaType)) {
    throw registryFailure("MANIFEST_INVALID", `No media type of a manifest: ${mediaType}`);
  }
  const config = digestsOf([manifest["config"]], "config");
  return { blobs: [...config, ...digestsOf(manifest["layers"], "layers")], manifests: [] };
}

function parseManifest(bytes: Buffer): Record<string, unknown> {
  let manifest: unknown;
  try {
    manifest = JSON.parse(bytes.toString("utf8"));
  } catch {
    throw registryFailure("MANIFEST_INVALID", "The manifest is not JSON");
  }
  if (!isRecord(manifest) || manifest["schemaVersion"] !== 2) {
    throw registryFailure("MANIFEST_INVALID", "The manifest is not one of schema version 2");
  }
  return manifest;
}

function digestsOf(descriptors: unknown, where: string): string[] {
  if (!Array.isArray(descriptors)) {
    throw registryFailure("MANIFEST_INVALID", `The manifest has no ${where}`);
  }
  return descriptors.map((descriptor: unknown) => {
    const digest = isRecord(descriptor) ? descriptor["digest"] : undefined;
    if (typeof digest !== "string" || !digestPattern.test(digest)) {
      throw registryFailure("MANIFEST_INVALID", `A descriptor in ${where} has no SHA-256 digest`);
    }
    return digest;
  });
}
