import { SnowparkError } from "../base/snowpark-error.ts";
import { isDigest } from "./digest.ts";
import {
  type Descriptor,
  dockerIndexType,
  dockerManifestType,
  type ImageManifest,
  ociIndexType,
  ociManifestType,
} from "./image.ts";

/** An entry of a list of images. */
export interface PlatformDescriptor extends Descriptor {
  readonly platform?: { readonly architecture?: string; readonly os?: string };
}

/** What a reference leads to: one image, or one for each of several platforms. */
export type ReadManifest =
  | { readonly kind: "image"; readonly mediaType: string; readonly manifest: ImageManifest }
  | { readonly kind: "index"; readonly manifests: readonly PlatformDescriptor[] };

/** A manifest of more is refused, as registries do. */
export const manifestBytesMax: number = 4 * 1024 * 1024;

/**
 * Reads a manifest or an index of OCI's or Docker's. `place` is for messages.
 *
 * @throws SnowparkError `image-failed` for anything else, old Docker manifests included.
 */
export function readManifest(bytes: Uint8Array, place: string): ReadManifest {
  const value = parseObject(bytes, place);
  const mediaType = typeof value["mediaType"] === "string" ? value["mediaType"] : undefined;
  if (mediaType === ociIndexType || mediaType === dockerIndexType || "manifests" in value) {
    return { kind: "index", manifests: listOf(value["manifests"], place).map(withPlatform) };
  }
  const isKnown = [undefined, ociManifestType, dockerManifestType].includes(mediaType);
  if (value["schemaVersion"] !== 2 || !isKnown || !("config" in value)) {
    const found = mediaType ?? `schema version ${String(value["schemaVersion"])}`;
    throw badImage(place, `it is ${found}, not an image of OCI or Docker`);
  }
  const manifest: ImageManifest = {
    schemaVersion: 2,
    ...(mediaType === undefined ? {} : { mediaType }),
    config: descriptor(value["config"], place),
    layers: listOf(value["layers"], place),
  };
  return { kind: "image", mediaType: mediaType ?? ociManifestType, manifest };
}

/**
 * The image for linux/amd64 of an index.
 *
 * @throws SnowparkError `image-failed` when there is none; it names the platforms that there are.
 */
export function choosePlatform(
  manifests: readonly PlatformDescriptor[],
  place: string,
): PlatformDescriptor {
  const platforms = manifests.map(({ platform }) => `${platform?.os}/${platform?.architecture}`);
  const chosen = manifests[platforms.indexOf("linux/amd64")] ?? onlyOne(manifests);
  if (chosen !== undefined) return chosen;
  throw badImage(place, `it has no image for linux/amd64, only ${platforms.join(", ") || "none"}`);
}

/** An index of one image need not tell its platform: the image's own configuration does. */
function onlyOne(manifests: readonly PlatformDescriptor[]): PlatformDescriptor | undefined {
  const [first] = manifests;
  return manifests.length === 1 && first.platform === undefined ? first : undefined;
}

/** @throws SnowparkError `image-failed` for what is no JSON object. */
export function parseObject(bytes: Uint8Array, place: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw badImage(place, "it is no JSON", cause);
  }
  if (isObject(value)) return value;
  throw badImage(place, "it is no JSON object");
}

function listOf(value: unknown, place: string): Descriptor[] {
  if (!Array.isArray(value)) throw badImage(place, "it lists no blobs");
  return value.map((item) => descriptor(item, place));
}

function descriptor(value: unknown, place: string): Descriptor {
  if (isObject(value)) {
    const { mediaType, digest, size } = value;
    const isWhole = typeof size === "number" && Number.isSafeInteger(size) && size >= 0;
    if (typeof mediaType === "string" && typeof digest === "string" && isDigest(digest) && isWhole)
      return { ...value, mediaType, digest, size };
  }
  throw badImage(
    place,
    `it has a blob without a type, SHA-256 digest or size: ${JSON.stringify(value)}`,
  );
}

function withPlatform(found: Descriptor): PlatformDescriptor {
  // `descriptor` keeps the members that it does not look at.
  const platform: unknown = Reflect.get(found, "platform");
  if (!isObject(platform)) return found;
  const { architecture, os } = platform;
  return { ...found, platform: { architecture: String(architecture), os: String(os) } };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An image that can't be used, and why. */
export function badImage(place: string, reason: string, cause?: unknown): SnowparkError {
  return new SnowparkError("image-failed", `Cannot use the image ${place}: ${reason}`, { cause });
}
