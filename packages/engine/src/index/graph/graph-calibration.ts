import type { SearchEffort } from "../vector-index.ts";

/** What searches of an index have found when it was built. */
export interface GraphCalibration {
  /** By ascending `ef`. Empty for a graph of few rows. */
  readonly points: readonly CalibrationPoint[];
  /** Comparing a row's code, in nanoseconds. */
  readonly scanNsPerRow: number;
}

/** What searches with `ef` candidates have found. */
export interface CalibrationPoint {
  readonly ef: number;
  /** The share of the 10 nearest rows that were found. */
  readonly recall10: number;
  /** The share of the 100 nearest rows; 0 where `ef` is less. */
  readonly recall100: number;
}

/**
 * How much a search of the index's own rows may miss where queries may miss so much: these lie less
 * well between rows than other rows do, and the fewer are missed, the more of them are of queries
 * that lie far from all rows. (With four fifths at any recall, searches of mnist's test images for
 * 0.95 found 0.950, and those for 0.99 found 0.979.)
 */
function missesAllowed(misses: number): number {
  return misses * Math.min(0.8, 0.175 + 12.5 * misses);
}

/** Where nothing was measured. */
const EF_DEFAULT = 200;
/** Nanoseconds, guessed for 768 components. */
const NS_PER_SCANNED_ROW = 50;

export const guessedCalibration: GraphCalibration = {
  points: [],
  scanNsPerRow: NS_PER_SCANNED_ROW,
};

/** How many candidates a search for the nearest k is to keep. */
export function candidateCountFor(
  calibration: GraphCalibration,
  effort: SearchEffort,
  k: number,
): number {
  if (effort.candidateCount !== undefined) return Math.max(k, Math.ceil(effort.candidateCount));
  const recall = 1 - missesAllowed(1 - effort.recall);
  const ef10 = efFor(calibration, recall, "recall10");
  if (k <= 10) return Math.max(k, Math.ceil(ef10));
  const ef100 = efFor(calibration, recall, "recall100");
  if (k >= 100) return Math.max(k, Math.ceil((ef100 * k) / 100));
  const share = Math.log10(k / 10);
  return Math.max(k, Math.ceil(ef10 ** (1 - share) * ef100 ** share));
}

/** The ef that reaches a recall: between two points as if the logarithms lay on a line. */
function efFor(
  { points }: GraphCalibration,
  recall: number,
  name: "recall10" | "recall100",
): number {
  if (points.length === 0) return EF_DEFAULT;
  let before: CalibrationPoint | undefined;
  for (const point of points) {
    if (point[name] === 0) continue;
    if (point[name] >= recall)
      return before === undefined ? point.ef : between(before, point, recall, name);
    before = point;
  }
  return points[points.length - 1].ef;
}

function between(
  low: CalibrationPoint,
  high: CalibrationPoint,
  recall: number,
  name: "recall10" | "recall100",
): number {
  const miss = (value: number): number => Math.log(Math.max(1e-4, 1 - value));
  const span = miss(low[name]) - miss(high[name]);
  const share = span <= 0 ? 1 : (miss(low[name]) - miss(recall)) / span;
  return low.ef * (high.ef / low.ef) ** Math.min(1, Math.max(0, share));
}
