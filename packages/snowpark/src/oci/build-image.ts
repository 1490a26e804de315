import { createReadStream } from "node:fs";
import { SnowparkError } from "../base/snowpark-error.ts";
import { type Digest, digestOf, verified } from "./digest.ts";
import {
  type Descriptor,
  type HistoryEntry,
  type ImageConfig,
  type ImageManifest,
  type ImageSource,
  ociConfigType,
  ociManifestType,
  ociTypeOf,
  type RunConfig,
} from "./image.ts";
import type { LayerFile } from "./write-layer.ts";

export interface ImageParts {
  /** What the new layers lie on. Without one, they are all there is. */
  readonly base?: ImageSource;
  /** Lowest first. */
  readonly layers: readonly (LayerFile & { readonly description: string })[];
  /** What differs from the base's: variables and labels are added to its, members replace its. */
  readonly run: RunConfig;
}

/** An image for linux/amd64 made of layers, on the layers of another one if there is a base. */
export function buildImage({ base, layers, run }: ImageParts): ImageSource {
  const files = new Map(layers.map((layer) => [layer.descriptor.digest, layer.file]));
  const { diff_ids: baseIds = [] } = base?.config.rootfs ?? {};
  const config: ImageConfig = {
    ...base?.config,
    architecture: "amd64",
    os: "linux",
    created: new Date(0).toISOString(),
    config: mergeRun(base?.config.config ?? {}, run),
    rootfs: { type: "layers", diff_ids: [...baseIds, ...layers.map((layer) => layer.diffId)] },
    history: [
      ...(base === undefined ? [] : historyOf(base)),
      ...layers.map(({ description }) => ({
        created: new Date(0).toISOString(),
        created_by: description,
      })),
    ],
  };
  const configBytes = encode(config);
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: ociManifestType,
    config: descriptorOf(configBytes, ociConfigType),
    layers: [
      ...(base?.manifest.layers ?? []).map((layer) => ({
        ...layer,
        mediaType: ociTypeOf(layer.mediaType),
      })),
      ...layers.map((layer) => layer.descriptor),
    ],
  };
  const manifestBytes = encode(manifest);
  return {
    digest: digestOf(manifestBytes),
    mediaType: ociManifestType,
    manifestBytes,
    manifest,
    config,
    open: (blob) => {
      if (blob.digest === manifest.config.digest) return once(configBytes);
      const file = files.get(blob.digest);
      if (file !== undefined) return verified(createReadStream(file), blob);
      if (base !== undefined) return base.open(blob);
      throw new SnowparkError("image-failed", `The image has no blob ${blob.digest}`);
    },
    ...(base?.origin === undefined ? {} : { origin: base.origin }),
  };
}

/** One entry for each layer, as the base has them or made up: tools refuse images with fewer. */
function historyOf({ config, manifest }: ImageSource): readonly HistoryEntry[] {
  const { history } = config;
  const described = history?.filter((entry) => entry.empty_layer !== true).length ?? 0;
  if (history !== undefined && described === manifest.layers.length) return history;
  return manifest.layers.map(() => ({ created_by: "base" }));
}

function mergeRun(base: RunConfig, own: RunConfig): RunConfig {
  const names = new Set(own.Env?.map(nameOf));
  const kept = (base.Env ?? []).filter((variable) => !names.has(nameOf(variable)));
  return {
    ...base,
    ...own,
    Env: [...kept, ...(own.Env ?? [])],
    Labels: { ...base.Labels, ...own.Labels },
    // A base's arguments are for its own entry point.
    ...(own.Entrypoint === undefined ? {} : { Cmd: own.Cmd ?? [] }),
  };
}

function nameOf(variable: string): string {
  return variable.split("=", 1)[0];
}

function encode(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function descriptorOf(bytes: Uint8Array, mediaType: string): Descriptor {
  const digest: Digest = digestOf(bytes);
  return { mediaType, digest, size: bytes.length };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
