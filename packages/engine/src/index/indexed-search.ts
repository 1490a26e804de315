import type { Bitset } from "../base/bitset.ts";
import type { Metric } from "../base/metric.ts";
import type { VectorMemory } from "../kernels/vector-memory.ts";
import type { BuiltIndex } from "./built-index.ts";
import type { QueryVectors } from "./query-vectors.ts";
import type { ExactVectors, SearchEffort } from "./vector-index.ts";

/** The part of a segment that is searched through its indexes. */
export interface IndexedSegment {
  /** Such as serve the kind of the queries. */
  readonly indexes: readonly BuiltIndex[];
  readonly vectors: IndexedVectors;
  /** The rows that may be found; absent: all that the indexes have. */
  readonly allowed?: Bitset | undefined;
  /** How many they are. Given together with `allowed`. */
  readonly allowedCount?: number | undefined;
  /** Whether the allowed rows are scored one and all, past the indexes: they are few. */
  readonly isScanned?: boolean;
  /** About how long a search for one vector takes, in nanoseconds of one core. */
  readonly costNs: number;
}

/** What is searched besides an index, as it can be sent to a thread. */
export type IndexedVectors =
  /** Dense vectors, for exact scores. */
  | ExactVectors
  /** Binary vectors one after the other. */
  | { readonly place: "bits"; readonly values: Uint8Array; readonly memory: VectorMemory }
  /** Nothing: the indexes have the values themselves. */
  | { readonly place: "index" };

/** A search of several vectors in the indexes of several segments. */
export interface IndexedSearch {
  readonly segments: readonly IndexedSegment[];
  /** The number of the first of them in the hits; the others follow. */
  readonly firstSegment: number;
  readonly metric: Metric;
  readonly queries: QueryVectors;
  readonly queryCount: number;
  /** Most hits per query, of all segments together. */
  readonly k: number;
  readonly effort: SearchEffort;
  readonly range?: KeyRange | undefined;
}

/** Keys that a range search keeps: a score, times -1 where the greater one is the better one. */
export interface KeyRange {
  /** The smallest that counts. */
  readonly from: number;
  /** Those that count are smaller than this. */
  readonly below: number;
}
