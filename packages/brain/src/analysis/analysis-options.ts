import { BrainError } from "../base/brain-error.ts";
import type { LongOperationOptions } from "../base/progress.ts";
import type { ModelChoice } from "../embedding/compute-embeddings.ts";
import type { CropOptions } from "../media/crop-patch.ts";
import type { RunConfig } from "../runs/run-record.ts";
import type { LoadOptions } from "../similarity/brain-runs.ts";
import { credentialNames } from "../similarity/milvus-place.ts";
import type { SimilarityIndex } from "../similarity/similarity-index.ts";
import type { EmbeddingsInput } from "../similarity/similarity-options.ts";

/** Where the vectors of an analysis come from: an index, vectors that are there, or a model. */
export interface VectorInput extends CropOptions, LoadOptions {
  /** An index, or the brain key of one. */
  readonly similarityIndex?: SimilarityIndex | string;
  /** Vectors as in `computeSimilarity`: a list, a map, or a field's name. */
  readonly embeddings?: Exclude<EmbeddingsInput, false>;
  /** Default "color-hog-v1", where neither index nor embeddings are given. */
  readonly model?: ModelChoice;
  /** Analyses the labels of this field rather than whole images. */
  readonly patchesField?: string;
  /** Looks only at what the labels of this field show of each image. */
  readonly roiField?: string;
  /** "cosine" (default) or "euclidean". An index has its own. */
  readonly metric?: string;
  readonly batchSize?: number;
  /** Whether images that can't be read are passed over. Default true. */
  readonly skipFailures?: boolean;
  readonly useCache?: boolean;
}

/** Under which name an analysis is recorded as a brain run. */
export interface RunOptions {
  /** Without one nothing is recorded. */
  readonly brainKey?: string;
  /** Whether the run under the key is replaced, once this one is complete. Default false. */
  readonly overwrite?: boolean;
}

/** What every analysis of vectors takes. */
export interface AnalysisOptions extends VectorInput, RunOptions, LongOperationOptions {}

const inputNames: readonly string[] = [
  ...([
    "similarityIndex",
    "embeddings",
    "model",
    "patchesField",
    "roiField",
    "metric",
    "batchSize",
    "skipFailures",
    "useCache",
    "alpha",
    "forceSquare",
    "environment",
    "onWarning",
    "brainKey",
    "overwrite",
    "progress",
    "signal",
  ] satisfies (keyof AnalysisOptions)[]),
  ...credentialNames,
];

/**
 * Throws `invalid-argument` for an option that an analysis has not: a typo must not be passed over.
 *
 * @param own Its options beside those that every analysis has.
 */
export function checkAnalysisOptions(what: string, options: object, own: readonly string[]): void {
  checkOptionNames(what, options, [...own, ...inputNames]);
}

/** Throws `invalid-argument` for an option that is not among the names. */
export function checkOptionNames(what: string, options: object, names: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    throw new BrainError(
      "invalid-argument",
      `Cannot ${what}: there is no option "${name}"; there are ${names.join(", ")}`,
      { details: { option: name } },
    );
  }
}

/** What of an input a run's record keeps, by which `vectorInputOf` finds the same vectors again. */
export function inputConfigOf(options: VectorInput): RunConfig {
  const { similarityIndex, embeddings, model, patchesField, roiField } = options;
  const { metric, alpha, forceSquare } = options;
  const similarityKey =
    typeof similarityIndex === "string" ? similarityIndex : similarityIndex?.key;
  const isGiven = similarityIndex !== undefined || embeddings !== undefined;
  const isKept = similarityKey !== undefined || typeof embeddings === "string" || !isGiven;
  const config = {
    similarityKey,
    embeddingsField: typeof embeddings === "string" ? embeddings : undefined,
    model: typeof model === "object" && "spec" in model ? model.spec : model,
    patchesField,
    roiField,
    metric,
    alpha,
    forceSquare,
    // The vectors were given as such, or by an index without a key: they are nowhere.
    inputKept: isKept,
  };
  // Plain data throughout: what is undefined is left out.
  return JSON.parse(JSON.stringify(config)) as RunConfig;
}

/** What `inputConfigOf` made the record of. Throws `index-not-found` when the vectors were not kept. */
export function vectorInputOf(config: RunConfig): VectorInput {
  const { similarityKey, embeddingsField, inputKept, model, patchesField, roiField } = config;
  const { metric, alpha, forceSquare } = config;
  if (inputKept !== true) {
    throw new BrainError(
      "index-not-found",
      "Cannot search again for these results: their embeddings were given, and are kept nowhere; compute them with a similarityIndex that has a brainKey, or an embeddings field",
    );
  }
  const input = {
    similarityIndex: similarityKey,
    embeddings: embeddingsField,
    model,
    patchesField,
    roiField,
    metric,
    alpha,
    forceSquare,
  };
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  // `inputConfigOf` wrote it.
  return Object.fromEntries(given) as VectorInput;
}
