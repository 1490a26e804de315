/** The recalls at which speeds are compared. */
export const recallTargets = [0.9, 0.95, 0.98, 0.99];

export function medianOf(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/**
 * Queries per second at a recall: of points that no other one beats, interpolated in the logarithms
 * of the speed and of the share that is missed. That of the fastest point when even that finds
 * more; `undefined` when none finds enough.
 */
export function qpsAt(points, recall) {
  const best = unbeaten(points);
  const above = best.findIndex((point) => point.recall >= recall);
  if (above < 0) return undefined;
  if (above === 0) return best[0].qps;
  const [low, high] = [best[above - 1], best[above]];
  // A recall of 1 has no logarithm: it counts as one miss in 10,000.
  const missed = (share) => Math.log(Math.max(1 - share, 1e-4));
  const weight = (missed(recall) - missed(low.recall)) / (missed(high.recall) - missed(low.recall));
  return Math.exp(Math.log(low.qps) * (1 - weight) + Math.log(high.qps) * weight);
}

/** The points that are faster than all with more recall, by ascending recall. */
function unbeaten(points) {
  const ascending = points.toSorted((a, b) => a.recall - b.recall || a.qps - b.qps);
  return ascending.filter((point, i) => ascending.slice(i + 1).every(({ qps }) => qps < point.qps));
}
