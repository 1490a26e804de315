import type { NumberValues } from "./number-values.ts";

/** The twin of the kernel in `assembly/interval-marks.ts`: see `IntervalMarker`. */
export function markIntervals(
  values: NumberValues,
  bounds: NumberValues,
  words: Uint32Array,
  firstWord = 0,
): void {
  words.fill(0, firstWord, firstWord + ((values.length + 31) >>> 5));
  for (let interval = 0; interval < bounds.length; interval += 2) {
    const low = bounds[interval];
    const high = bounds[interval + 1];
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      words[firstWord + (i >>> 5)] |= (Number(value >= low) & Number(value <= high)) << i;
    }
  }
}
