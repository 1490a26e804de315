import type { Timestamp } from "../base/clock.ts";
import type { Field } from "../schema/collection-schema.ts";
import type { OrderBy, SearchRequest } from "./request.ts";
import type { SearchHit } from "./result-rows.ts";

/**
 * A search whose hits are answered as buckets of hits that have values in common. Nested: each bucket
 * of a level is parted by the fields of the next.
 */
export interface AggregateSearchRequest
  extends Omit<SearchRequest, "k" | "offset" | "groupBy" | "boost" | "orderBy"> {
  readonly aggregation: SearchAggregation;
}

/** One level of buckets. */
export interface SearchAggregation {
  /** Fields, each on one level only; neither floats nor JSON. */
  readonly fields: readonly string[];
  /** Most buckets of this level in each bucket of the level above. */
  readonly size: number;
  /** How many buckets are looked at, `size` of which are answered. `size` when left out. */
  readonly searchSize?: number;
  /** Aggregates over the hits of a bucket, by names of one's own. */
  readonly metrics?: Readonly<Record<string, BucketMetric>>;
  /** Names of metrics, `_count` or `_key`. Left out: buckets are in the order of their best hits. */
  readonly order?: readonly { readonly key: string; readonly direction?: "asc" | "desc" }[];
  /** Shows hits of each bucket. */
  readonly topHits?: TopHits;
  readonly sub?: SearchAggregation;
}

export interface BucketMetric {
  readonly operator: "count" | "sum" | "avg" | "min" | "max";
  /** A field, `_score`, or, to count hits, `*`. */
  readonly field: string;
}

export interface TopHits {
  readonly size: number;
  /** Fields, or `_score`. Nulls come last unless they are to be first. Then, and by default: best first. */
  readonly sort?: readonly OrderBy[];
}

/** Hits that have the values of `key` in common. */
export interface SearchBucket {
  readonly key: readonly { readonly field: Field; readonly value: BucketValue }[];
  /** Hits that were found, at most as many of one combination of all levels' values as `topHits` shows. */
  readonly count: number;
  readonly metrics: Readonly<Record<string, BucketValue>>;
  readonly hits: readonly SearchHit[];
  readonly buckets: readonly SearchBucket[];
}

export type BucketValue = boolean | number | bigint | string | null;

export interface AggregateSearchResult {
  /** The buckets of the first level, for each vector. */
  readonly buckets: readonly (readonly SearchBucket[])[];
  readonly at: Timestamp;
}
