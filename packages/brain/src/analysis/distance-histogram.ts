import { BrainError } from "../base/brain-error.ts";
import type { Histogram } from "../view/aggregation.ts";

const binsMax = 10_000;

/**
 * Distances counted in ranges of equal width from 0 to the greatest; infinite ones, of what has no
 * neighbour, are in `other`. Throws `invalid-argument` for a number of bins that is not 1 to 10,000.
 */
export function distanceHistogram(distances: Iterable<number>, bins: number): Histogram {
  if (!Number.isInteger(bins) || bins < 1 || bins > binsMax) {
    throw new BrainError(
      "invalid-argument",
      `Cannot count distances in ${bins} bins: give a whole number from 1 to ${binsMax}`,
    );
  }
  const all = [...distances];
  const finite = all.filter((distance) => Number.isFinite(distance));
  const greatest = finite.reduce((most, distance) => Math.max(most, distance), 0) || 1;
  const counts = new Array<number>(bins).fill(0);
  for (const distance of finite) {
    counts[Math.min(bins - 1, Math.floor((distance / greatest) * bins))]++;
  }
  const edges = Array.from({ length: bins + 1 }, (_, i) => (greatest * i) / bins);
  return { counts, edges, other: all.length - finite.length };
}
