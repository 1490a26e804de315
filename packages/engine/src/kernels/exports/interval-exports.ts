/** What `assembly/interval-marks.ts` exports. All addresses are bytes, and need no alignment. */
export interface IntervalExports {
  /**
   * Sets the bits of the values that lie in one of the intervals, 32 values to a word, the first one
   * lowest; the other bits stay as they are. `kind` is what `valueKindOf` answers. `bounds` has the
   * least and the greatest value of each interval.
   */
  markIntervals(
    kind: number,
    values: number,
    words: number,
    wordCount: number,
    bounds: number,
    intervalCount: number,
  ): void;
}
