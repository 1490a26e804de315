import type { VectorColumn } from "../schema/column.ts";
import type { VectorRows } from "../storage/vector-rows.ts";

/**
 * Where vectors lie that are searched: in memory as a whole, or in their file, from which rows are
 * read; `unindexed` are in memory, and their index stays on the disk.
 */
export type VectorPlace = "memory" | "file" | "unindexed";

/** The exact vectors of a field of a segment. */
export type SegmentVectors =
  | { readonly place: "memory"; readonly dim: number; readonly column: VectorColumn }
  | { readonly place: "file"; readonly dim: number; readonly rows: VectorRows };

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
