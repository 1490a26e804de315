import { costOf } from "../search-time.ts";
import type { SearchEffort } from "../vector-index.ts";
import { candidateCountFor } from "./graph-calibration.ts";
import type { GraphIndex } from "./graph-index.ts";

/** What a plan depends on. */
export interface PlanRequest {
  readonly k: number;
  readonly effort: SearchEffort;
  /** About how many rows of the index may be found. */
  readonly allowedCount: number;
}

/** How to search a graph once. */
export interface GraphPlan {
  /** Through the links, or through the codes of all allowed rows. */
  readonly way: "walk" | "scan";
  readonly k: number;
  /** Rows to be found on the walk. */
  readonly candidateCount: number;
  /** Nodes to be remembered on the walk, more than are to be found when some are not allowed. */
  readonly poolSize: number;
  /** Rows whose exact score is computed. */
  readonly rerankCount: number;
  /** The time to be expected. */
  readonly costNs: number;
}

/** Finding out whether a row is allowed: too short to be measured beside the comparison of codes. */
const SKIP_NS = 1;

export function planSearch(index: GraphIndex, request: PlanRequest): GraphPlan {
  const { calibration } = index;
  const { k, effort, allowedCount } = request;
  const nodeCount = index.rowEnd - index.rowStart;
  const share = allowedCount / nodeCount;
  const candidateCount = Math.min(nodeCount, candidateCountFor(calibration, effort, k));
  // The nearest allowed rows are about as far as 1 / share times as many of all. To find just them
  // takes a little less time than to find all of those; measured on images and words.
  const poolSize = Math.min(nodeCount, Math.ceil(candidateCount / share));
  const rerankCount = Math.min(nodeCount, rerankCountFor(k));
  const walkNs = candidateCount * share ** -0.9 * index.cost.effortNs;
  const scanNs = allowedCount * calibration.scanNsPerRow + nodeCount * SKIP_NS;
  const way = walkNs <= scanNs ? "walk" : "scan";
  // To code the query and to score the best rows takes as long for both.
  const costNs = Math.min(walkNs, scanNs) + costOf(index.cost, { effort: 0, k });
  return { way, k, candidateCount, poolSize, rerankCount, costNs };
}

/** Rows whose exact score is computed to find the best k among those that codes put first. */
export function rerankCountFor(k: number): number {
  return Math.ceil(1.5 * k) + 25;
}

/** About how long a search takes, in nanoseconds of one core. For the choice between ways to search. */
export function searchCost(index: GraphIndex, request: PlanRequest): number {
  const { allowedCount } = request;
  if (allowedCount === 0) return 0;
  return planSearch(index, { ...request, k: Math.min(request.k, allowedCount) }).costNs;
}
