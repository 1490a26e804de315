import type { Metric } from "../../base/metric.ts";
import { curveDepths, curveRecalls, type ProbeCurves } from "./probe-curves.ts";
import type { NeighbourRanks } from "./ranking-step.ts";

/** How lists are ranked, and how many of them to look into. */
export interface ListCalibration {
  readonly penalties: Float32Array;
  readonly curves: ProbeCurves;
}

/**
 * Weights to try. Lists whose rows lie far from their centroid are larger, and have a smaller share
 * of what is near to a query that is as far away.
 */
const weights: Readonly<Record<Metric, readonly number[]>> = {
  L2: [0, 0.15, 0.3, 0.45, 0.6],
  COSINE: [0, 0.15, 0.3, 0.45, 0.6],
  // Here they reach out further, to rows of larger products.
  IP: [0, -0.05, -0.1, -0.2, -0.3],
};

/** Lists are compared by how many rows are to be read for this recall. */
const comparedRecall = 0.95;

/**
 * What may be added to the gaps of lists, whose rows are `spreads` (mean squared distances) from
 * their centroids: a share of these for L2; for IP, where keys are products, of their roots.
 */
export function penaltiesToTry(
  metric: Metric,
  spreads: Float32Array,
  queryNorm: number,
): readonly Float32Array[] {
  return weights[metric].map((weight) =>
    spreads.map((spread) => weight * (metric === "IP" ? queryNorm * Math.sqrt(spread) : spread)),
  );
}

/**
 * Chooses the best of the ways to rank lists and makes the curves for it. `ranked` has the ranks by
 * each way for each query; a sample stands for `rowsPerSample` rows.
 */
export function calibrateLists(
  penalties: readonly Float32Array[],
  ranked: readonly (readonly NeighbourRanks[])[],
  { listCount, rowsPerSample }: { listCount: number; rowsPerSample: number },
): ListCalibration {
  const costs = penalties.map((_, way) => {
    const depth = depthOf(curveDepths[0], rowsPerSample);
    const rows = sortedNumbers(ranked.map((ways) => ways[way].rowsBefore.subarray(0, depth)));
    return rows.length === 0 ? 0 : rows[Math.floor(comparedRecall * (rows.length - 1))];
  });
  const best = costs.indexOf(Math.min(...costs));
  const curves = curveDepths.map((rows) => {
    const depth = depthOf(rows, rowsPerSample);
    const ranks = sortedNumbers(ranked.map((ways) => ways[best].ranks.subarray(0, depth)));
    return curveRecalls.map((recall) => countFor(ranks, recall, listCount));
  });
  for (let i = 1; i < curves.length; i++) {
    for (let j = 0; j < curves[i].length; j++) {
      curves[i][j] = Math.max(curves[i][j], curves[i - 1][j]);
    }
  }
  return { penalties: penalties[best], curves };
}

/** Samples that stand for so many nearest rows. */
export function depthOf(rows: number, rowsPerSample: number): number {
  return Math.max(1, Math.round(rows / rowsPerSample));
}

/** Lists that have this share of the neighbours, given these' ranks in ascending order. */
function countFor(ranks: Uint32Array, recall: number, listCount: number): number {
  if (ranks.length === 0) return listCount;
  return Math.min(listCount, ranks[Math.ceil(recall * ranks.length) - 1] + 1);
}

function sortedNumbers(parts: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let length = 0;
  for (const part of parts) {
    all.set(part, length);
    length += part.length;
  }
  return all.sort();
}
