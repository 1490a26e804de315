import { BrainError } from "../base/brain-error.ts";
import type { Environment } from "../base/environment.ts";
import type { LongOperationOptions } from "../base/progress.ts";
import type { ModelChoice } from "../embedding/compute-embeddings.ts";
import type { CropOptions } from "../media/crop-patch.ts";
import type { RunConfig } from "../runs/run-record.ts";
import type { EmbeddingInput } from "./check-embeddings.ts";
import { credentialNames } from "./milvus-place.ts";
import type { BackendOptions } from "./resolve-settings.ts";

/**
 * Vectors that are there already: a list in the order of the samples (or of all their labels); a map
 * from ids of samples to vectors (or to lists of them, one a label) or from ids of labels; the name of
 * a field; or `false` for none yet.
 */
export type EmbeddingsInput =
  | false
  | string
  | readonly EmbeddingInput[]
  | ReadonlyMap<string, EmbeddingInput | readonly EmbeddingInput[]>;

export interface ComputeSimilarityOptions
  extends BackendOptions,
    CropOptions,
    LongOperationOptions {
  /** Indexes the labels of this field, detections or polylines, rather than whole images. */
  readonly patchesField?: string;
  /** Indexes of each image what the labels of this field show. */
  readonly roiField?: string;
  /** Indexes the text that each sample has in this field (a path), rather than its image. */
  readonly textField?: string;
  /** Default: they are computed with the model. */
  readonly embeddings?: EmbeddingsInput;
  /** The field that keeps the vectors too, where `embeddings` does not name it. */
  readonly embeddingsField?: string;
  /** The name under which the index is found again. Without one it is in memory only. */
  readonly brainKey?: string;
  /** Whether the run under the key is replaced, once this one is complete. Default false. */
  readonly overwrite?: boolean;
  /** Default "color-hog-v1", for texts "use-lite", where embeddings have to be computed. */
  readonly model?: ModelChoice;
  readonly batchSize?: number;
  /** Whether images that can't be read are passed over, and listed in the run's summary. Default true. */
  readonly skipFailures?: boolean;
  /** Whether vectors of the model are remembered by file and box. Default true. */
  readonly useCache?: boolean;
  /** Milvus's index type, such as "HNSW". Default "AUTOINDEX". */
  readonly indexType?: string;
  readonly indexParams?: RunConfig;
  /** Sent with each search, such as { ef: 200 }. */
  readonly searchParams?: RunConfig;
  /** Variables for settings and model keys. Default: this process's. */
  readonly environment?: Environment;
  /** Is told of what may surprise. Default: a warning of the process. */
  readonly onWarning?: (message: string) => void;
}

const optionNames: ReadonlySet<string> = new Set<keyof ComputeSimilarityOptions>([
  "patchesField",
  "roiField",
  "textField",
  "embeddings",
  "embeddingsField",
  "brainKey",
  "overwrite",
  "model",
  "batchSize",
  "skipFailures",
  "useCache",
  "indexType",
  "indexParams",
  "searchParams",
  "environment",
  "onWarning",
  "alpha",
  "forceSquare",
  "progress",
  "signal",
  "backend",
  "collectionName",
  "metric",
  "consistencyLevel",
  ...credentialNames,
]);

/** What is said when an index is loaded: how to reach it. */
const loadOptionNames: ReadonlySet<string> = new Set([
  "environment",
  "onWarning",
  ...credentialNames,
]);

/** Throws `invalid-argument` for an option that there is none of: a typo must not be passed over. */
export function checkOptionNames(options: object): void {
  refuseUnknown(options, optionNames, "compute similarity");
}

/** The same for what loads an index. */
export function checkLoadOptionNames(options: object): void {
  refuseUnknown(options, loadOptionNames, "load brain results");
}

function refuseUnknown(options: object, known: ReadonlySet<string>, what: string): void {
  for (const name of Object.keys(options)) {
    if (known.has(name)) continue;
    throw new BrainError(
      "invalid-argument",
      `Cannot ${what}: there is no option "${name}"; there are ${[...known].join(", ")}`,
      { details: { option: name } },
    );
  }
}
