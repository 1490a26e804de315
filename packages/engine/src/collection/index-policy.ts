import type { RowRange } from "../index/vector-index.ts";
import type { Field } from "../schema/collection-schema.ts";
import { vectorByteLength, vectorShapeOf } from "../schema/vector-layout.ts";

/** Reading this many bytes of vectors takes a few tenths of a millisecond, as an index search does. */
const scanBytesMax = 4 * 1024 * 1024;
const indexedRowsMin = 1_000;

/** Runs of a growing segment whose lengths differ by less than this factor are of one tier. */
const tierFactor = 4;
/** So many runs of one tier become one: each row is indexed about once per tier. */
const tierWidth = 4;

/** Whether so many vectors of so many bytes are worth an index: fewer are scanned as fast, and exactly. */
export function isWorthIndexing(rowCount: number, rowBytes: number): boolean {
  return rowCount >= indexedRowsMin && rowCount * rowBytes >= scanBytesMax;
}

/** About as many bytes of dense vectors as could be scanned in the time that a row of the field takes. */
export function scannedBytesOf(field: Pick<Field, "type" | "elementType" | "dim">): number {
  // Their elements are looked up one by one: some hundred in a row.
  if (field.type === "SparseFloatVector") return 4_096;
  const { element, dim } = vectorShapeOf(field);
  // Narrow components are widened first.
  return element === "bit" ? vectorByteLength(element, dim) : 4 * dim;
}

/**
 * The rows of a growing segment to index next, `undefined` while those without an index are few.
 * `runs` are the indexes that it has, ascending. The answer takes in runs at the end, whose place
 * its index takes, so that there are never many: size-tiered, as segments are.
 */
export function nextRun(
  runs: readonly RowRange[],
  rowCount: number,
  rowBytes: number,
): RowRange | undefined {
  const covered = runs.at(-1)?.rowEnd ?? 0;
  if (!isWorthIndexing(rowCount - covered, rowBytes)) return undefined;
  let rowStart = covered;
  let rest = runs.length;
  for (;;) {
    const tier = tierOf(rowCount - rowStart);
    let first = rest;
    while (first > 0 && tierOf(runs[first - 1].rowEnd - runs[first - 1].rowStart) <= tier) first--;
    if (rest - first + 1 < tierWidth) return { rowStart, rowEnd: rowCount };
    rowStart = runs[first].rowStart;
    rest = first;
  }
}

function tierOf(rowCount: number): number {
  return Math.floor(Math.log(rowCount / indexedRowsMin) / Math.log(tierFactor));
}

/**
 * Whether centroids that were trained on `trainedRows` rows are too coarse for a collection that has
 * `rowCount` now: with four times the rows the best number of lists has doubled.
 */
export function isOutgrown(trainedRows: number, rowCount: number): boolean {
  return rowCount >= 4 * trainedRows;
}
