import type { ModelSpec } from "../models/model-spec.ts";
import type { RunConfig } from "../runs/run-record.ts";
import type { SimilarityMetric } from "./similarity-metric.ts";
import type { ConsistencyLevel } from "./vector-collection.ts";

/** `embedded`: a database in the dataset's folder. `milvus`: a Milvus server, or a database's path. */
export type SimilarityBackend = "embedded" | "milvus";

export const similarityBackends: readonly SimilarityBackend[] = ["embedded", "milvus"];

export const consistencyLevels: readonly ConsistencyLevel[] = [
  "Strong",
  "Session",
  "Bounded",
  "Eventually",
];

/** What is stored of an index, and what `listBrainRuns` filters by. There are no credentials in it. */
export interface SimilarityConfig {
  readonly backend: SimilarityBackend;
  readonly collectionName: string;
  readonly metric: SimilarityMetric;
  readonly consistencyLevel: ConsistencyLevel;
  /** Of the vectors; missing until the first is added to an index without a model. */
  readonly dim?: number;
  readonly model?: ModelSpec;
  /** Of the model that made the vectors. */
  readonly modelFingerprint?: string;
  readonly supportsPrompts: boolean;
  /** The field whose labels are indexed. */
  readonly patchesField?: string;
  /** The field whose labels say what of an image counts. */
  readonly roiField?: string;
  /** The field whose texts are indexed. */
  readonly textField?: string;
  /** The field in which the vectors are kept beside the index. */
  readonly embeddingsField?: string;
  readonly forceSquare?: boolean;
  readonly alpha?: number;
  readonly indexType?: string;
  readonly indexParams?: RunConfig;
  readonly searchParams?: RunConfig;
  /** Whether the collection was made for this index, and goes when the index is replaced. */
  readonly createdCollection?: boolean;
}

/** What a run's record keeps of it. */
export function runConfigOf(config: SimilarityConfig): RunConfig {
  // Plain data throughout: specs, numbers and texts.
  return JSON.parse(JSON.stringify(config)) as RunConfig;
}

/** What `runConfigOf` made the record of. */
export function configOfRun(config: RunConfig): SimilarityConfig {
  return config as RunConfig & SimilarityConfig;
}
