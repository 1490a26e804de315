import type { RowRange } from "./vector-index.ts";

/** The rows of a range that have a vector. Plain data, which can be sent to a thread. */
export interface PresentRows {
  readonly rowStart: number;
  readonly count: number;
  /** Their numbers, ascending, in shared memory; absent: all of `count` rows have one. */
  readonly numbers?: Uint32Array;
}

/** Those of a range, when `present` are those of the segment; absent: all rows have a vector. */
export function presentIn(
  present: Uint32Array | undefined,
  { rowStart, rowEnd }: RowRange,
): PresentRows {
  if (present === undefined) return { rowStart, count: rowEnd - rowStart };
  const start = firstFrom(present, rowStart);
  const numbers = present.subarray(start, firstFrom(present, rowEnd));
  return { rowStart, count: numbers.length, numbers };
}

/** The number, in the segment, of the i-th of them. */
export function rowAt({ rowStart, numbers }: PresentRows, i: number): number {
  return numbers === undefined ? rowStart + i : numbers[i];
}

/** At most `count` of them, evenly spread; `offset` is where in its part each lies, 0 to below 1. */
export function spreadRows(rows: PresentRows, count: number, offset = 0): number[] {
  return spreadPlaces(rows, count, offset).map((i) => rowAt(rows, i));
}

/** The same as places among them. */
export function spreadPlaces({ count: all }: PresentRows, count: number, offset = 0): number[] {
  const length = Math.min(count, all);
  return Array.from({ length }, (_, i) => Math.floor(((i + offset) * all) / length));
}

/** The place of the first number that is not smaller. */
function firstFrom(numbers: Uint32Array, least: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle] < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
