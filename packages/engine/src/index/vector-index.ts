import type { Bitset } from "../base/bitset.ts";
import type { BoundedHeap } from "../base/bounded-heap.ts";
import type { DenseMetric } from "../base/metric.ts";
import type { DenseElement, DenseRows } from "../kernels/dense-rows.ts";
import type { RowScorer } from "../kernels/kernels.ts";
import type { VectorMemory } from "../kernels/vector-memory.ts";
import type { ElementBits } from "./binary/binary-measure.ts";
import type { IndexComparison, SearchCost } from "./search-time.ts";
import type { SparseSearch } from "./sparse/sparse-search.ts";

/** The structures that we build of dense vectors. Milvus's names of index types are mapped on them. */
export type IndexKind = "ivf" | "graph";

/**
 * An index of the dense vectors of the rows `rowStart` to `rowEnd` of one segment. Never changes. Its
 * structure lies in memories that all threads share, so it is itself plain data: it can be sent to
 * a thread, and is searched there with the searcher of its kind.
 */
export interface VectorIndex extends RowRange {
  readonly kind: IndexKind;
  readonly metric: DenseMetric;
  readonly dim: number;
  /** Bytes in memory, beside the vectors and what indexes share. */
  readonly byteSize: number;
  readonly cost: SearchCost;
  /** What AUTOINDEX compared before it chose this one; absent where it had no choice. */
  readonly comparison?: IndexComparison;
}

/** How thorough a search is to be. What an index has no use for is passed over. */
export interface SearchEffort {
  /** The share of the true neighbours to be found, 0.5 to 0.999, when nothing below is given. */
  readonly recall: number;
  /** Lists of an IVF to look into, at least 1; more than there are means all. Of binary vectors: all when absent. */
  readonly probeCount?: number;
  /** The share of an IVF's lists to look into, above 0; more than 1 means all. */
  readonly probeShare?: number;
  /** Candidates that a graph search keeps, at least k. */
  readonly candidateCount?: number;
  readonly sparse?: SparseEffort;
  readonly minHash?: MinHashEffort;
}

/** How sparse vectors are searched: see {@link SparseSearch}. */
export type SparseEffort = Pick<SparseSearch, "algorithm" | "dropRatio" | "boundRatio">;

/** How MinHash signatures are searched. */
export interface MinHashEffort {
  /** Bits of an element of a signature. */
  readonly elementBits: ElementBits;
  /** Whether candidates are ranked: see {@link MinHashSearch}. */
  readonly withJaccard: boolean;
  /** Candidates to be found at most, if they are more than k. */
  readonly candidateCount: number;
}

/** What Milvus does when nothing is asked for. */
export const defaultMinHashEffort: MinHashEffort = {
  elementBits: 8,
  withJaccard: false,
  candidateCount: 1,
};

/** A search for the neighbours of one vector in one index. */
export interface IndexSearch {
  /** `dim` finite floats, as the caller gave them: not normalised. */
  readonly query: Float32Array;
  readonly k: number;
  readonly effort: SearchEffort;
  /** The rows that may be found, by their number in the segment; absent: all. */
  readonly allowed?: Bitset | undefined;
  /** How many rows of the index are allowed. Given together with `allowed`. */
  readonly allowedCount?: number | undefined;
  /**
   * Rows count only when their key (the score, times -1 for IP and COSINE) is below this. It is
   * what the worst of the k best of other segments has, or the end of a range.
   */
  readonly bound: number;
  /** Rows with a smaller key than this are passed over: the begin of a range. */
  readonly lowerBound?: number | undefined;
  /** Scores rows against the query exactly, wherever the vectors lie. */
  readonly scorer: RowScorer;
}

/** Searches indexes of one kind. Belongs to one thread. */
export interface IndexSearcher<I extends VectorIndex> {
  /** Offers what it finds to `heap`: exact keys and row numbers. The heap may have hits already. */
  search(index: I, search: IndexSearch, heap: BoundedHeap): void;
}

/** A run of rows of one segment. */
export interface RowRange {
  readonly rowStart: number;
  /** The first row behind the last. */
  readonly rowEnd: number;
}

/** Vectors to build from, as they can be sent to a thread: those of a segment, in `memory`. */
export interface SharedVectors extends DenseRows {
  readonly dim: number;
  readonly memory: VectorMemory;
  /** Numbers of the rows that have a vector, ascending, in shared memory; absent: all have one. */
  readonly present?: Uint32Array;
}

/**
 * Runs steps of a build, in any order and on any thread, and answers their results in their order.
 * A step takes about 2 to 10 ms, so that searches wait no longer for a thread. Rejects with
 * `cancelled` or `closed` when the build is to end. `onFinished` is told how many are finished.
 */
export type RunSteps<Step, Result> = (
  steps: readonly Step[],
  onFinished?: (finishedCount: number) => void,
) => Promise<readonly Result[]>;

/** Where the exact vectors of a segment lie, as it can be sent to a thread. */
export type ExactVectors =
  | (DenseRows & { readonly place: "memory"; readonly memory: VectorMemory })
  | {
      readonly place: "file";
      readonly element: DenseElement;
      /** The number of the open file, the same in all threads of the process. */
      readonly descriptor: number;
      /** The byte at which row 0 begins. Rows follow one another without gaps. */
      readonly offset: number;
    };
