/** Recalls for which the curves tell which lists to look into. */
export const curveRecalls: readonly number[] = [
  0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.965, 0.98, 0.99, 0.995, 0.999,
];

/** How many nearest rows the curves are for. */
export const curveDepths: readonly number[] = [1, 10, 100, 1000];

/** One of {@link curveDepths}: as many numbers each as there are {@link curveRecalls}. They ascend. */
export interface ProbeCurve {
  /** Which lists have that share of the nearest rows: those within this reach, see `Probing`. */
  readonly reaches: readonly number[];
  /** How many lists these are, on average. */
  readonly counts: readonly number[];
}

/** One for each of {@link curveDepths}; none before the calibration. */
export type ProbeCurves = readonly ProbeCurve[];

/** What a search is to find. */
export interface WantedRows {
  /** 0 to 1. */
  readonly recall: number;
  readonly k: number;
  /** The share of all rows that may be found: their k nearest are about as far away as k / share are. */
  readonly allowedShare: number;
}

/** Within which reach lists have to be looked into. */
export function reachFor(curves: ProbeCurves, { recall, ...wanted }: WantedRows): number {
  const reaches = curves.map((curve) => interpolate(curveRecalls, curve.reaches, recall));
  return interpolate(logDepths, reaches, logDepthOf(wanted));
}

/** How many lists these are, on average. */
export function probeCountFor(curves: ProbeCurves, { recall, ...wanted }: WantedRows): number {
  const logs = curves.map(({ counts }) => Math.log(interpolate(curveRecalls, counts, recall)));
  return Math.exp(interpolate(logDepths, logs, logDepthOf(wanted)));
}

const logDepths = curveDepths.map(Math.log);

function logDepthOf({ k, allowedShare }: Omit<WantedRows, "recall">): number {
  return Math.log(Math.max(k / Math.max(allowedShare, 1e-9), 1));
}

/** What a line through points has at `x`; before the first and behind the last it goes on straight. */
function interpolate(xs: readonly number[], ys: readonly number[], x: number): number {
  let i = 1;
  while (i < xs.length - 1 && xs[i] < x) i++;
  const share = (x - xs[i - 1]) / (xs[i] - xs[i - 1]);
  return ys[i - 1] + share * (ys[i] - ys[i - 1]);
}
