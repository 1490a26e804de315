import { Bitset } from "../base/bitset.ts";
import { intervalMarker } from "../kernels/interval-marker.ts";
import type { FixedArray } from "../schema/column.ts";
import type { Interval } from "./interval.ts";
import { boundsOf } from "./interval-bounds.ts";

/** The rows whose value is in the interval. */
export function inInterval(
  values: FixedArray,
  rowCount: number,
  interval: Interval<bigint | number>,
): Bitset {
  const matches = inAnyInterval(values, rowCount, [interval]);
  return interval.negated ? matches.not() : matches;
}

/** The rows whose value is in one of the intervals, `intervalCountMax` at most, none negated. */
export function inAnyInterval(
  values: FixedArray,
  rowCount: number,
  intervals: readonly Pick<Interval<bigint | number>, "low" | "high">[],
): Bitset {
  const matches = new Bitset(rowCount);
  const bounds = boundsOf(values, intervals);
  intervalMarker().mark(values.subarray(0, rowCount), bounds, matches.words);
  return matches;
}
