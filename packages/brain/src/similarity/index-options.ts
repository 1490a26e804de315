// What the methods of a similarity index take and give.
import type { SearchOptions } from "./search-index.ts";

export interface AddToIndexOptions {
  /** Whose vectors they are, in an index of patches. */
  readonly labelIds?: readonly string[];
  /** Whether vectors that are there are replaced (default), or stay and the new ones are ignored. */
  readonly overwrite?: boolean;
  /** `false` with `overwrite: false` refuses ids that are there. */
  readonly allowExisting?: boolean;
  readonly warnExisting?: boolean;
}

export interface RemoveFromIndexOptions {
  /** In an index of patches, all patches of these samples. */
  readonly sampleIds?: readonly string[];
  readonly labelIds?: readonly string[];
  readonly allowMissing?: boolean;
  readonly warnMissing?: boolean;
}

export interface GetEmbeddingsOptions {
  readonly sampleIds?: string | readonly string[];
  readonly labelIds?: string | readonly string[];
  readonly allowMissing?: boolean;
  readonly warnMissing?: boolean;
}

export type RowRequestOptions = Pick<GetEmbeddingsOptions, "allowMissing" | "warnMissing">;

/** Vectors with their ids, in the order in which they were asked for. */
export interface IndexedEmbeddings {
  readonly embeddings: readonly Float32Array[];
  readonly sampleIds: readonly string[];
  /** Of an index of patches. */
  readonly labelIds?: readonly string[];
}

export interface UseViewOptions {
  /** `false` refuses a view and an index that have not the same. Default true. */
  readonly allowMissing?: boolean;
  readonly warnMissing?: boolean;
}

export interface SortOptions extends SearchOptions {
  /** A field of samples (or attribute of labels) that gets the distances of the results, and only theirs. */
  readonly distField?: string;
}
