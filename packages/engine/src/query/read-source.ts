import type { Timestamp } from "../base/clock.ts";
import type { Metric } from "../base/metric.ts";
import type { BoundFilter } from "../filter/filter.ts";
import type { FilterOptions } from "../filter/filter-options.ts";
import type { CollectionSchema, Field } from "../schema/collection-schema.ts";
import type { RowExpiry, Segment } from "../segment/segment.ts";
import type { VectorPlace } from "../segment/segment-vectors.ts";
import type { ThreadPool } from "../workers/thread-pool.ts";

/** What reads need of a collection. They can't write through it. */
export interface ReadSource {
  readonly schema: CollectionSchema;
  readonly pool: ThreadPool;
  /** The moment after all writes that are acknowledged. */
  now(): Timestamp;
  /** Milliseconds by the wall clock. */
  nowMs(): number;
  /** To be called with a moment that is read again: rows deleted since are kept for a while. */
  pin(at: Timestamp): void;
  /**
   * The segments of the named partitions, of all loaded ones when none is named; of those, what can
   * have rows that match the filter. Throws `collection-not-loaded`, `partition-not-found` or
   * `partition-not-loaded`.
   */
  segments(
    partitions: readonly string[] | undefined,
    filter?: BoundFilter | undefined,
  ): readonly Segment[];
  /** Which rows have expired by now; `undefined` when rows of the collection don't. */
  expiry(): RowExpiry | undefined;
  /** Where the vectors of a field are to lie when they are searched. */
  placeOf(fieldId: number): VectorPlace;
  /** To be called when columns or indexes have come to memory: damage may have been found. */
  noteLoad(): void;
  /** What filters of this read depend on, when their request does not say it: as of this call. */
  filterOptions(): FilterOptions;
  /** The partition key, when its values are isolated: each search must name one. */
  readonly isolatedKey?: Field;
  /** The index of a field, if it has one. */
  indexOf(field: string): SearchedIndex | undefined;
}

/** What a search must know of the definition of an index. */
export interface SearchedIndex {
  /** Milvus's name of its type. */
  readonly type: string;
  readonly metric?: Metric;
  readonly params: Readonly<Record<string, string>>;
}
