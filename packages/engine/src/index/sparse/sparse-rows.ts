import type { SparseRow } from "../../schema/sparse-row.ts";

/** A vector to search for, as {@link SparseRow} says. */
export type SparseVector = SparseRow;

/** Sparse vectors one after the other: row r has the elements `offsets[r]` to `offsets[r + 1]`. */
export interface SparseRows extends SparseVector {
  /** One more than there are rows, from 0. */
  readonly offsets: Uint32Array;
}

/** The vector of a row, as a view. */
export function sparseVectorAt(
  { offsets, indices, values }: SparseRows,
  row: number,
): SparseVector {
  const [start, end] = [offsets[row], offsets[row + 1]];
  return { indices: indices.subarray(start, end), values: values.subarray(start, end) };
}
