import type { Digest } from "./digest.ts";

/** What a manifest says of a blob. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The manifest of one image for one platform. */
export interface ImageManifest {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly config: Descriptor;
  /** Lowest first. */
  readonly layers: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** How containers of an image are run. */
export interface RunConfig {
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly Volumes?: Readonly<Record<string, object>> | null;
  readonly StopSignal?: string;
}

/** The configuration of an image. Members that are not named here are kept. */
export interface ImageConfig {
  readonly architecture: string;
  readonly os: string;
  readonly created?: string;
  readonly config?: RunConfig;
  readonly rootfs: { readonly type: "layers"; readonly diff_ids: readonly Digest[] };
  readonly history?: readonly HistoryEntry[];
}

export interface HistoryEntry {
  readonly created?: string;
  readonly created_by?: string;
  readonly comment?: string;
  readonly empty_layer?: boolean;
}

/** An image that can be read, wherever it lies. */
export interface ImageSource {
  /** The digest of the manifest, by which the image is pinned. */
  readonly digest: Digest;
  readonly mediaType: string;
  /** The manifest as it is, byte for byte. */
  readonly manifestBytes: Uint8Array;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  /**
   * Reads a blob that the manifest names.
   *
   * @throws SnowparkError `image-failed` when its bytes are not those of its digest.
   */
  open(blob: Descriptor): AsyncIterable<Uint8Array>;
  /** The repository of a registry that it lies in: another repository there can take its blobs without an upload. */
  readonly origin?: { readonly host: string; readonly path: string };
}

/** The blobs of an image: its layers, lowest first, and its configuration. */
export function blobsOf({ layers, config }: ImageManifest): readonly Descriptor[] {
  const blobs = new Map([...layers, config].map((blob) => [blob.digest, blob]));
  return [...blobs.values()];
}

export const ociManifestType = "application/vnd.oci.image.manifest.v1+json";
export const ociIndexType = "application/vnd.oci.image.index.v1+json";
export const ociConfigType = "application/vnd.oci.image.config.v1+json";
export const ociLayerType = "application/vnd.oci.image.layer.v1.tar+gzip";
export const dockerManifestType = "application/vnd.docker.distribution.manifest.v2+json";
export const dockerIndexType = "application/vnd.docker.distribution.manifest.list.v2+json";

/** What the media types of Docker are called in OCI's manifests; the bytes are the same. */
export function ociTypeOf(mediaType: string): string {
  return mediaType === "application/vnd.docker.image.rootfs.diff.tar.gzip"
    ? ociLayerType
    : mediaType;
}
