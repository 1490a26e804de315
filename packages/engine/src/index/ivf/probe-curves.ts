/** Recalls for which the curves tell how many lists to look into. */
export const curveRecalls: readonly number[] = [
  0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.965, 0.98, 0.99, 0.995, 0.999,
];

/** How many nearest rows the curves are for. */
export const curveDepths: readonly number[] = [10, 40, 160, 640];

/**
 * For each of {@link curveDepths} as many numbers as there are {@link curveRecalls}: how many lists
 * have that share of the nearest rows. They ascend.
 */
export type ProbeCurves = readonly (readonly number[])[];

/**
 * How many lists to look into for `recall`, 0 to 1, of the `k` nearest of a share of all rows that
 * is `allowedShare`: they are about as far away as the `k / allowedShare` nearest of all.
 */
export function probeCountFor(
  curves: ProbeCurves,
  recall: number,
  { k, allowedShare }: { k: number; allowedShare: number },
): number {
  const depth = Math.log(Math.max(k / Math.max(allowedShare, 1e-9), 1));
  const depths = curveDepths.map(Math.log);
  const counts = curves.map((curve) => interpolate(curveRecalls, curve, recall));
  return Math.ceil(Math.exp(interpolate(depths, counts.map(Math.log), depth)) - 1e-6);
}

/** What a line through points has at `x`; before the first and behind the last it goes on straight. */
function interpolate(xs: readonly number[], ys: readonly number[], x: number): number {
  let i = 1;
  while (i < xs.length - 1 && xs[i] < x) i++;
  const share = (x - xs[i - 1]) / (xs[i] - xs[i - 1]);
  return ys[i - 1] + share * (ys[i] - ys[i - 1]);
}
