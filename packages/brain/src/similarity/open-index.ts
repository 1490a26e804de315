import { join } from "node:path";
import type { Environment } from "../base/environment.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { EmbeddingModel } from "../models/embedding-model.ts";
import { runsOf } from "../runs/run-store.ts";
import type { SampleCollection } from "../view/sample-collection.ts";
import type { MilvusPlace } from "./milvus-place.ts";
import type { BackendSettings } from "./resolve-settings.ts";
import { runConfigOf, type SimilarityConfig } from "./similarity-config.ts";
import { SimilarityIndex } from "./similarity-index.ts";
import { StaleVectors } from "./stale-vectors.ts";
import type { VectorCollection } from "./vector-collection.ts";

/** Where an index has its vectors. One that is not recorded is in memory only, if it is embedded. */
export function placeOf(
  dataset: Dataset,
  { backend, credentials }: Pick<BackendSettings, "backend" | "credentials">,
  isRecorded: boolean,
): MilvusPlace {
  if (backend === "milvus") return { kind: "server", credentials };
  return { kind: "embedded", path: isRecorded ? join(dataset.folder, "similarity") : ":memory:" };
}

interface OpenOptions {
  readonly samples: SampleCollection<Dataset>;
  readonly config: SimilarityConfig;
  readonly key: string | undefined;
  /** Of the run's record. */
  readonly runId: string | undefined;
  readonly collection: VectorCollection;
  readonly model?: EmbeddingModel | undefined;
  /** Whether the index closes the model. */
  readonly ownsModel?: boolean;
  readonly environment: Environment;
  readonly onWarning: (message: string) => void;
}

/** An index that is closed with its dataset. */
export function openIndex(options: OpenOptions): SimilarityIndex {
  const { samples, key, runId, config, collection } = options;
  const { dataset } = samples;
  const isPatches = config.patchesField !== undefined;
  // Vectors of a collection that somebody else made are not ours to remove unasked.
  const stale =
    config.createdCollection === true
      ? new StaleVectors(dataset, collection, { isPatches, runId })
      : undefined;
  const index = new SimilarityIndex({
    ...options,
    removeStaleVectors: async () => await stale?.remove(),
    ownsModel: options.ownsModel ?? true,
    saveConfig: async (config) => {
      if (key !== undefined) await runsOf(dataset).updateConfig(key, runConfigOf(config));
    },
    onClose: () => stopListening(),
  });
  const stopListening = dataset.onChange(async (change) => {
    stale?.note(change);
    index.reload();
    if (change.kind === "closing") await index.close();
  });
  return index;
}
