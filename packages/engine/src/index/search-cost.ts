import { unreachable } from "../base/assert.ts";
import { binaryCost } from "./binary/binary-ivf.ts";
import type { BuiltIndex } from "./built-index.ts";
import { searchCost as graphCost } from "./graph/graph-plan.ts";
import type { IndexedSegment } from "./indexed-search.ts";
import { searchCost as ivfCost } from "./ivf/ivf-plan.ts";
import { minHashCost } from "./minhash/min-hash-lsh.ts";
import { sparseCost } from "./sparse/sparse-inverted.ts";
import type { SearchEffort } from "./vector-index.ts";

/**
 * About how long a search for one vector takes in the indexes of a segment, in nanoseconds of one
 * core, when so many rows of the segment may be found, or all.
 */
export function segmentCost(
  indexes: readonly BuiltIndex[],
  allowedCount: number | undefined,
  { k, effort }: { readonly k: number; readonly effort: SearchEffort },
): number {
  let nanoseconds = 0;
  for (const index of indexes) {
    const allowedRows = allowedRowsOf(index, { indexes, allowedCount });
    nanoseconds += indexCost(index, { k, effort, allowedCount: allowedRows });
  }
  return nanoseconds;
}

/** About how many rows of an index may be found: as large a share as of the segment. */
export function allowedRowsOf(
  index: BuiltIndex,
  { indexes, allowedCount }: Pick<IndexedSegment, "indexes" | "allowedCount">,
): number {
  const rowCount = index.rowEnd - index.rowStart;
  if (allowedCount === undefined) return rowCount;
  const segmentRows = indexes[indexes.length - 1].rowEnd;
  return Math.min(rowCount, Math.ceil((allowedCount * rowCount) / segmentRows));
}

/** The same in one index, of whose rows so many may be found. */
export function indexCost(
  index: BuiltIndex,
  request: { k: number; effort: SearchEffort; allowedCount: number },
): number {
  switch (index.kind) {
    case "ivf":
      return ivfCost(index, request);
    case "graph":
      return graphCost(index, request);
    case "binary":
      return binaryCost(index, request);
    case "minhash":
      return minHashCost(index, request);
    case "sparse":
      return sparseCost(index, request);
    default:
      return unreachable(index);
  }
}
