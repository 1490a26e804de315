import { costOf } from "../search-time.ts";
import type { SearchEffort } from "../vector-index.ts";
import type { IvfIndex } from "./ivf-index.ts";
import { probeCountFor, reachFor, type WantedRows } from "./probe-curves.ts";

/** What a plan depends on. */
export interface PlanRequest {
  readonly k: number;
  readonly effort: SearchEffort;
  /** Rows of the index that may be found. */
  readonly allowedCount: number;
}

/** Which lists to look into: one at least. */
export interface Probing {
  /** No more than so many, the best. */
  readonly most: number;
  /**
   * None whose rank (its gap and its penalty) is more than this above the mean of the best four.
   * A query in a dense region has many lists within reach, one elsewhere few: for the same recall
   * they are fewer on average than if all queries had the same number, by a tenth to a half.
   */
  readonly reach: number;
}

/** Which lists a search looks into: those that are asked for, or those that the recall needs. */
export function probingOf(index: IvfIndex, request: PlanRequest): Probing {
  const { listCount, curves } = index.quantizer;
  const most = askedCount(index, request);
  if (most !== undefined) return { most, reach: Number.POSITIVE_INFINITY };
  return { most: listCount, reach: reachFor(curves, wantedRows(index, request)) };
}

/** How many lists these are, on average. */
export function probeCountOf(index: IvfIndex, request: PlanRequest): number {
  const { listCount, curves } = index.quantizer;
  const count = askedCount(index, request) ?? probeCountFor(curves, wantedRows(index, request));
  return Math.max(1, Math.min(listCount, count));
}

/** The number of lists, where it does not follow from the recall. */
function askedCount(
  { quantizer: { listCount, curves } }: IvfIndex,
  { k, effort: { probeCount, probeShare }, allowedCount }: PlanRequest,
): number | undefined {
  if (probeCount !== undefined) return Math.min(listCount, probeCount);
  if (probeShare !== undefined) return Math.min(listCount, Math.ceil(probeShare * listCount));
  // All rows that there are, or nobody knows yet.
  return k >= allowedCount || curves.length === 0 ? listCount : undefined;
}

function wantedRows(
  { rowStart, rowEnd }: IvfIndex,
  { k, effort, allowedCount }: PlanRequest,
): WantedRows {
  return { recall: effort.recall, k, allowedShare: allowedCount / (rowEnd - rowStart) };
}

/** About how long a search takes, in nanoseconds of one core. For the choice between ways to search. */
export function searchCost(index: IvfIndex, request: PlanRequest): number {
  const { allowedCount, k } = request;
  if (allowedCount === 0) return 0;
  return costOf(index.cost, { effort: probeCountOf(index, request), k: Math.min(k, allowedCount) });
}
