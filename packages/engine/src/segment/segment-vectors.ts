import type { Column, ListColumn, SparseColumn, VectorColumn } from "../schema/column.ts";
import { createVectorArray } from "../schema/vector-layout.ts";
import type { VectorRows } from "../storage/vector-rows.ts";

/**
 * Where vectors lie that are searched: in memory as a whole, or in their file, from which rows are
 * read; `unindexed` are in memory, and their index stays on the disk.
 */
export type VectorPlace = "memory" | "file" | "unindexed";

/** A column that searches look into: vectors, or lists of them. */
export type SearchedColumn = VectorColumn | SparseColumn | ListColumn;

/** The exact vectors of a field of a segment. Only dense ones may be left in their file. */
export type SegmentVectors =
  | { readonly place: "memory"; readonly column: SearchedColumn }
  | { readonly place: "file"; readonly rows: VectorRows };

/** What filters see of vectors, which is whether there are any: of those in a file no values. */
export function columnOfVectors(vectors: SegmentVectors): Column {
  if (vectors.place === "memory") return vectors.column;
  const { rowCount, element, dim, validity } = vectors.rows;
  const values = createVectorArray({ element, dim }, 0);
  return { layout: "vector", rowCount, element, dim, values, ...(validity && { validity }) };
}

/**
 * Closes files of vectors once nothing refers to their rows any more: reads that have taken them may
 * still be under way in other threads when a segment is released or replaced.
 */
const closing = new FinalizationRegistry<() => Promise<void>>((close) => {
  close().catch(() => undefined);
});

export function closeWhenUnused(rows: VectorRows): VectorRows {
  // The registry must not refer to what it waits for.
  const { close } = rows;
  const held: VectorRows = { ...rows };
  closing.register(held, close);
  return held;
}
