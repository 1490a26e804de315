import type { SearchEffort } from "../vector-index.ts";
import type { IvfIndex } from "./ivf-index.ts";
import { probeCountFor } from "./probe-curves.ts";

/** What a plan depends on. */
export interface PlanRequest {
  readonly k: number;
  readonly effort: SearchEffort;
  /** Rows of the index that may be found. */
  readonly allowedCount: number;
}

/** How many lists a search looks into: those that are asked for, or as many as the recall needs. */
export function probeCountOf(index: IvfIndex, { k, effort, allowedCount }: PlanRequest): number {
  const { listCount, curves } = index.quantizer;
  const allowedShare = allowedCount / (index.rowEnd - index.rowStart);
  const wanted = effort.probeCount ?? probeCountFor(curves, effort.recall, { k, allowedShare });
  return Math.max(1, Math.min(listCount, wanted));
}

// Nanoseconds on one core of a virtual 2.7 GHz Xeon (Sapphire Rapids), Node 20, relaxed SIMD.

/** Rotating a query and filling its table, per component. */
const QUERY_NS = 12;
/** Comparing a query with a centroid, per component, and ranking it. */
const CENTROID_NS = 0.018;
const RANK_NS = 15;
/** Scanning a row's code, per component, and its factors. */
const CODE_NS = 0.007;
const FACTOR_NS = 0.4;
/** What begins and ends with a list. */
const LIST_NS = 100;
/** Scoring a row exactly somewhere in memory, and per component. */
const EXACT_NS = 100;
const EXACT_COMPONENT_NS = 0.25;

/** About how long a search takes, in nanoseconds of one core. For the choice between ways to search. */
export function searchCost(index: IvfIndex, request: PlanRequest): number {
  const { allowedCount, k } = request;
  if (allowedCount === 0) return 0;
  const { paddedDim, listCount } = index.quantizer;
  const rowCount = index.rowEnd - index.rowStart;
  const probeCount = probeCountOf(index, request);
  const rows = (rowCount * probeCount) / listCount;
  const exactRows = Math.min(allowedCount, exactRowsFor(k, paddedDim));
  return (
    paddedDim * QUERY_NS +
    listCount * (paddedDim * CENTROID_NS + RANK_NS) +
    probeCount * LIST_NS +
    rows * (paddedDim * CODE_NS + FACTOR_NS) +
    exactRows * (EXACT_NS + paddedDim * EXACT_COMPONENT_NS)
  );
}

/** Rows that have to be scored exactly: the more, the fewer components there are to estimate from. */
function exactRowsFor(k: number, paddedDim: number): number {
  return 3 * k * (1 + 1000 / paddedDim);
}
