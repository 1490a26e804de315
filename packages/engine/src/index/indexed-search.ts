import type { Bitset } from "../base/bitset.ts";
import type { Metric } from "../base/metric.ts";
import type { BuiltIndex } from "./built-index.ts";
import type { ExactVectors, SearchEffort } from "./vector-index.ts";

/** The part of a segment that is searched through its indexes. */
export interface IndexedSegment {
  readonly indexes: readonly BuiltIndex[];
  readonly vectors: ExactVectors;
  /** The rows that may be found; absent: all that the indexes have. */
  readonly allowed?: Bitset;
  /** How many they are. Given together with `allowed`. */
  readonly allowedCount?: number;
  /** Whether the allowed rows are scored one and all, past the indexes: they are few. */
  readonly isScanned?: boolean;
}

/** A search of several vectors in the indexes of several segments. */
export interface IndexedSearch {
  readonly segments: readonly IndexedSegment[];
  /** The number of the first of them in the hits; the others follow. */
  readonly firstSegment: number;
  readonly metric: Metric;
  readonly dim: number;
  /** The queries, one after the other: `queryCount * dim` floats. */
  readonly queries: Float32Array;
  readonly queryCount: number;
  /** Most hits per query, of all segments together. */
  readonly k: number;
  readonly effort: SearchEffort;
  readonly range?: KeyRange;
}

/** Keys that a range search keeps: a score, times -1 for IP and COSINE. */
export interface KeyRange {
  /** The smallest that counts. */
  readonly from: number;
  /** Those that count are smaller than this. */
  readonly below: number;
}
