import type { Timestamp } from "../base/clock.ts";
import type { Metric } from "../base/metric.ts";
import type { TemplateValue } from "../filter/template-value.ts";
import type { GivenParameters } from "../index/parameter-rule.ts";
import type { ScoreRange } from "../index/score-range.ts";
import type { Field } from "../schema/collection-schema.ts";
import type { Column, ListColumn, SparseColumn, VectorColumn } from "../schema/column.ts";

/** What queries and searches have in common. */
export interface ReadRequest {
  /** A filter expression in Milvus's language. Empty or absent: all rows. */
  readonly filter?: string;
  /** Values for the `{name}`s of the filter. */
  readonly templates?: Readonly<Record<string, TemplateValue>>;
  /** The zone of times in filters that are written without an offset. The collection's when left out. */
  readonly timeZone?: string;
  /** Names of partitions. Absent or empty: all of them. */
  readonly partitions?: readonly string[];
  /** Names of fields or dynamic keys, `*` for all. The primary key always comes too. */
  readonly outputFields?: readonly string[];
  /** Leaves out the rows that no flush has written to files of their own yet. */
  readonly ignoreGrowing?: boolean;
  /** Answers as of this moment, instead of now. */
  readonly at?: Timestamp;
  /**
   * Whether reads will go on at the moment of the answer, by `at`: rows that are deleted since are
   * kept for them, until the last such read is ten minutes ago. A read with `at` keeps them anyway.
   */
  readonly hold?: boolean;
  readonly signal?: AbortSignal;
}

/** One of the criteria that rows are put in order by, the most important one first. */
export interface OrderBy {
  /** A field, a path in a JSON field (`meta["price"]`), or a key of the dynamic field. */
  readonly field: string;
  /** `asc` when left out. */
  readonly direction?: "asc" | "desc";
  /** Where rows without a value go. Left out: see the request that the order belongs to. */
  readonly nulls?: "first" | "last";
}

export interface QueryRequest extends ReadRequest {
  /** Most rows, or groups, 1 to 16,384 together with `offset`. */
  readonly limit?: number;
  readonly offset?: number;
  /**
   * The order of the rows, instead of that of the primary keys; it needs a limit. Fields only. Rows
   * without a value count as the greatest. Of groups: fields of `groupBy` only.
   */
  readonly orderBy?: readonly OrderBy[];
  /**
   * Answers one row for each different combination of these fields' values. The output fields are
   * then among these fields, or aggregates: `count(*)`, `count(f)`, `sum(f)`, `avg(f)`, `min(f)`,
   * `max(f)`. Aggregates without `groupBy` are over all rows.
   */
  readonly groupBy?: readonly string[];
  /**
   * Goes on behind an element of a row, of a filter with `element_filter`: the elements of that row
   * up to it are left out. Rows before are the filter's to leave out.
   */
  readonly afterElement?: { readonly key: bigint | string; readonly element: number };
}

/** What says which vectors are searched for: the vectors themselves, or keys of rows that have them. */
export interface SearchTarget {
  /**
   * The vectors to search for: a column of the searched field's type, or, for dense vectors but
   * binary ones, `count * dim` floats one after the other.
   */
  readonly vectors?: SearchVectors;
  /** Keys of rows whose vectors are searched for, each key once. Instead of `vectors`. */
  readonly ids?: readonly (bigint | string)[];
}

/** Hits are put together by the values of fields: a search then answers `k` groups. */
export interface GroupBy {
  /** Fields, or one path in a JSON field or key of the dynamic field. */
  readonly fields: readonly string[];
  /** Most hits of a group, 1 to 10. 1 when left out. */
  readonly size?: number;
  /**
   * Whether the search goes on until each group has as many hits as it can have. Without it a group
   * has its best hit, and of the others those that were met on the way.
   */
  readonly strict?: boolean;
  /**
   * What the values at a path in JSON are read as; values of other types then count as none. Left
   * out: as text, strings as they are and all else as JSON.
   */
  readonly jsonType?: "Bool" | "Int8" | "Int16" | "Int32" | "Int64" | "VarChar";
  /** Whether a value of another type than `jsonType` is an error. */
  readonly strictCast?: boolean;
}

/** Changes the scores of hits, and with them their order. */
export interface Boost {
  readonly functions: readonly BoostFunction[];
  /** How the score and what the functions say become one. `multiply` when left out. */
  readonly boostMode?: BoostMode;
  /** How what several functions say becomes one. `multiply` when left out. */
  readonly functionMode?: BoostMode;
}

export type BoostMode = "multiply" | "sum";

export interface BoostFunction {
  readonly weight: number;
  /** The rows that it is for. Absent: all of them. */
  readonly filter?: string;
  readonly templates?: ReadRequest["templates"];
  /**
   * Multiplies the weight by a number from 0 to 1 that looks random, and is the same for the same
   * seed and the same value of the Int64 field, or, without one, of the primary key.
   */
  readonly random?: { readonly seed?: bigint; readonly field?: string };
}

export interface SearchRequest extends ReadRequest, SearchTarget {
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
  /** `k` and `offset` then count groups, which come one after the other, by their best hits. */
  readonly groupBy?: GroupBy;
  /** Of the `k + offset` best hits. Neither with `groupBy` nor in iterations. */
  readonly boost?: Boost;
  /**
   * The order in which the hits are answered, instead of that of their scores; of groups, by their
   * best hits. Rows without a value come first.
   */
  readonly orderBy?: readonly OrderBy[];
}

/** One of the searches of a hybrid search. */
export interface RankedSearchRequest
  extends Omit<
    SearchRequest,
    | "at"
    | "groupBy"
    | "hold"
    | "ids"
    | "ignoreGrowing"
    | "offset"
    | "orderBy"
    | "outputFields"
    | "signal"
  > {}

/** Several searches whose answers become one. All of them see the same moment. */
export interface HybridSearchRequest
  extends Pick<ReadRequest, "partitions" | "outputFields" | "ignoreGrowing" | "at" | "signal"> {
  /** 1 to 1,024 searches, for equally many vectors. Partitions of their own go before the common ones. */
  readonly searches: readonly RankedSearchRequest[];
  /** Most hits per vector, or groups, 1 to 16,384 together with `offset`. */
  readonly limit: number;
  readonly offset?: number;
  /** How the scores become one. Reciprocal rank fusion when left out. */
  readonly ranker?: Ranker;
  readonly groupBy?: GroupBy & {
    /** What the order of groups goes by: the best, the sum or the mean of their hits' scores. */
    readonly scorer?: "max" | "sum" | "avg";
  };
  readonly orderBy?: readonly OrderBy[];
}

/** How the scores of several searches become one. */
export type Ranker = RrfRanker | WeightedRanker | DecayRanker;

/** Reciprocal rank fusion (Cormack et al., 2009): each search adds 1 / (k + rank), rank from 1. */
export interface RrfRanker {
  readonly kind: "rrf";
  /** Greater than 0, less than 16,384. 60 when left out. */
  readonly k?: number;
}

/** A weighted sum of the scores. Distances are turned into similarities where both meet. */
export interface WeightedRanker {
  readonly kind: "weighted";
  /** One from 0 to 1 for each search. */
  readonly weights: readonly number[];
  /** Whether all scores are first mapped to 0..1. */
  readonly normalize?: boolean;
}

/** The score, as a similarity, times a factor that falls with a field's distance from an origin. */
export interface DecayRanker {
  readonly kind: "decay";
  /** A field of numbers. Rows without a value get the score 0. */
  readonly field: string;
  readonly function: "gauss" | "exp" | "linear";
  readonly origin: number;
  /** How far beyond `offset` the factor has fallen to `decay`. Greater than 0. */
  readonly scale: number;
  /** The distance up to which the factor is 1. 0 when left out. */
  readonly offset?: number;
  /** From 0.001 to 0.999. 0.5 when left out. */
  readonly decay?: number;
  /** What becomes of the scores of a row that several searches have found. `max` when left out. */
  readonly scoreMode?: "max" | "sum" | "avg";
  readonly normalize?: boolean;
}

/** Vectors to search for; lists of them for arrays of vectors. */
export type SearchVectors = Float32Array | VectorColumn | SparseColumn | ListColumn;

/** A search for one vector whose rows are answered batch by batch. */
export interface SearchIteratorRequest
  extends Omit<SearchRequest, "k" | "offset" | "exhaustive" | "groupBy" | "boost" | "orderBy"> {
  /** Rows of a batch, 1 to 16,384. 1,000 when left out. */
  readonly batchSize?: number;
  /** Most rows of all batches together. Absent: all that match. */
  readonly limit?: number;
}

/** One output field of an answer: a column with one row per answered row. */
export interface OutputField {
  readonly name: string;
  /** Absent for `count(*)`. Of aggregates, and of values in JSON: what they would be the values of. */
  readonly field?: Field;
  readonly column: Column;
}

export interface QueryResult {
  readonly rowCount: number;
  readonly fields: readonly OutputField[];
  /**
   * With `element_filter`: of each row the numbers of the elements that it has found, from 0.
   * `limit` and `offset` then count elements.
   */
  readonly elements?: readonly (readonly number[])[];
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
  /** Of a search among the elements of an array of structs: the number of each hit's, from 0. */
  readonly elements?: Uint32Array;
  /** The values that the hits are grouped by. Absent without `groupBy`. */
  readonly groupValues?: readonly OutputField[];
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
