import type { Timestamp } from "../base/clock.ts";
import type { Metric } from "../base/metric.ts";
import type { TemplateValue } from "../filter/template-value.ts";
import type { GivenParameters } from "../index/parameter-rule.ts";
import type { ScoreRange } from "../index/score-range.ts";
import type { Field } from "../schema/collection-schema.ts";
import type { Column } from "../schema/column.ts";

/** What queries and searches have in common. */
export interface ReadRequest {
  /** A filter expression in Milvus's language. Empty or absent: all rows. */
  readonly filter?: string;
  /** Values for the `{name}`s of the filter. */
  readonly templates?: Readonly<Record<string, TemplateValue>>;
  /** Names of partitions. Absent or empty: all of them. */
  readonly partitions?: readonly string[];
  /** Names of fields or dynamic keys, `*` for all. The primary key always comes too. */
  readonly outputFields?: readonly string[];
  /** Answers as of this moment, instead of now. */
  readonly at?: Timestamp;
  readonly signal?: AbortSignal;
}

export interface QueryRequest extends ReadRequest {
  /** Most rows, 1 to 16,384 together with `offset`. */
  readonly limit?: number;
  readonly offset?: number;
}

export interface SearchRequest extends ReadRequest {
  /** The vectors to search for, one after the other: `count * dim` floats. */
  readonly vectors: Float32Array;
  /** The vector field. May be left out when there is only one. */
  readonly field?: string;
  /** Most hits per vector, 1 to 16,384 together with `offset`. */
  readonly k: number;
  readonly offset?: number;
  /** Must be the metric of the field's index, when given. */
  readonly metric?: Metric;
  /**
   * How thorough the search is to be, by the names of the index's type: `nprobe`, `ef`, `level`, ...
   * `docs/indexes.md` has them all. Numbers may be texts; names that the type has not are ignored.
   */
  readonly params?: GivenParameters;
  /**
   * Only rows with scores in this range, of them the `k` best after `offset`. It goes before
   * `radius` and `range_filter` of `params`, which say the same.
   */
  readonly range?: ScoreRange;
  /**
   * Looks into every part of an index, whatever `params` say: slower, for searches that go far
   * beyond the nearest neighbours.
   */
  readonly exhaustive?: boolean;
}

/** A search for one vector whose rows are answered batch by batch. */
export interface SearchIteratorRequest extends Omit<SearchRequest, "k" | "offset" | "exhaustive"> {
  /** Rows of a batch, 1 to 16,384. 1,000 when left out. */
  readonly batchSize?: number;
  /** Most rows of all batches together. Absent: all that match. */
  readonly limit?: number;
}

/** One output field of an answer: a column with one row per answered row. */
export interface OutputField {
  readonly name: string;
  /** Absent for `count(*)`. */
  readonly field?: Field;
  readonly column: Column;
}

export interface QueryResult {
  readonly rowCount: number;
  readonly fields: readonly OutputField[];
  /** The moment that the answer shows. */
  readonly at: Timestamp;
}

export interface SearchResult {
  /** Hits of each vector. The hits of all vectors lie one after the other in what follows. */
  readonly counts: Uint32Array;
  /** Primary keys of the hits. */
  readonly keys: Column;
  readonly scores: Float32Array;
  readonly fields: readonly OutputField[];
  readonly at: Timestamp;
}

/** Rows that an iteration goes on with: at least one, best first. */
export interface SearchBatch extends SearchResult {
  /**
   * Whether an approximate index had overlooked the rows: they come when it finds no more, again
   * best first, and are better than some that were answered before. Never with exact search.
   */
  readonly isLate: boolean;
}

/**
 * The batches of a search. The last one, and the last before late ones, may be short. `next` takes
 * the size of the next batch, when it is to be another than that of the request.
 */
export type SearchIterator = AsyncGenerator<SearchBatch, void, number | undefined>;
