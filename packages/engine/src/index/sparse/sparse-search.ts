import type { Bitset } from "../../base/bitset.ts";
import type { SparseVector } from "./sparse-rows.ts";

/**
 * How rows are found. All answer the same. MAXSCORE adds up the terms that matter and looks up the
 * others for the rows that come near; TAAT adds up everything; WAND walks over rows and leaps. MAXSCORE
 * was the fastest on all that was measured, WAND close to it only for queries of few terms.
 */
export type SparseAlgorithm = "maxscore" | "wand" | "taat";

export type SparseAlgorithmName =
  | "DAAT_MAXSCORE"
  | "BLOCK_MAX_MAXSCORE"
  | "DAAT_WAND"
  | "BLOCK_MAX_WAND"
  | "TAAT_NAIVE"
  | "SINDI";

/** Milvus's names for them. SINDI is what we do for TAAT; the others have block maxima as it is. */
export const sparseAlgorithms: Readonly<Record<SparseAlgorithmName, SparseAlgorithm>> = {
  DAAT_MAXSCORE: "maxscore",
  BLOCK_MAX_MAXSCORE: "maxscore",
  DAAT_WAND: "wand",
  BLOCK_MAX_WAND: "wand",
  TAAT_NAIVE: "taat",
  SINDI: "taat",
};

/** A search for the rows with the greatest scores. Only scores above 0 are found, as in Milvus. */
export interface SparseSearch {
  readonly query: SparseVector;
  /** MAXSCORE when absent. */
  readonly algorithm?: SparseAlgorithm;
  /** The share of the query's values that is left out, the smallest: 0 to below 1; 0 when absent. */
  readonly dropRatio?: number;
  /**
   * Multiplies what a term may add at most: below 1 rows are passed over that could have been found.
   * 1 when absent; Milvus allows 0.5 to 1.3. Without effect on TAAT.
   */
  readonly boundRatio?: number;
  /** The rows that may be found, by their number in the segment; absent: all. */
  readonly allowed?: Bitset | undefined;
  /** Rows count only when their key, the score times -1, is below this. */
  readonly bound: number;
  /** Rows with a smaller key than this are passed over: the begin of a range. */
  readonly lowerBound?: number | undefined;
}
