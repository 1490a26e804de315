// The postings of up to 65,536 consecutive rows, and cursors on those of a query's terms.
//
// A window lies in one piece: dimensions (u32, ascending), starts (u32, one more than there are
// dimensions), the greatest value of each dimension (f32), values (f32), rows (u16, ascending in each
// dimension, counted from the window's first). Postings of dimension t are those from starts[t] to
// starts[t + 1].

/** The row of a cursor that has come to its end: behind every row of a window. */
export const NO_ROW: u32 = 0x10000;

/** A term of the query that the window has. */
@unmanaged
export class Cursor {
  /** The term's value in the query. */
  weight: f32;
  /** The most that the term adds to a score in this window. */
  bound: f32;
  /** The most that this and all later cursors add together. */
  suffixBound: f64;
  /** The next posting and the first behind the last, as numbers of postings in the window. */
  next: u32;
  end: u32;
  /** The row of the next posting, or NO_ROW. Kept up to date by WAND alone. */
  row: u32;
  padding: u32;
}

// @ts-ignore: decorator
@inline
export function cursorAt(cursors: usize, index: i32): Cursor {
  return changetype<Cursor>(cursors + <usize>index * offsetof<Cursor>());
}

// @ts-ignore: decorator
@inline
export function startsOf(window: usize, dimensionCount: i32): usize {
  return window + (<usize>dimensionCount << 2);
}

// @ts-ignore: decorator
@inline
export function maximaOf(window: usize, dimensionCount: i32): usize {
  return startsOf(window, dimensionCount) + (<usize>(dimensionCount + 1) << 2);
}

// @ts-ignore: decorator
@inline
export function valuesOf(window: usize, dimensionCount: i32): usize {
  return maximaOf(window, dimensionCount) + (<usize>dimensionCount << 2);
}

// @ts-ignore: decorator
@inline
export function rowsOf(window: usize, dimensionCount: i32): usize {
  const postingCount = load<u32>(startsOf(window, dimensionCount) + (<usize>dimensionCount << 2));
  return valuesOf(window, dimensionCount) + (<usize>postingCount << 2);
}

/** The first posting from `next` on whose row is at least `row`: at 1, 2, 4, ... ahead, then between. */
export function seek(rows: usize, next: u32, end: u32, row: u32): u32 {
  let low = next;
  let step: u32 = 1;
  while (low < end && <u32>load<u16>(rows + (<usize>low << 1)) < row) {
    next = low + 1;
    low += step;
    step <<= 1;
  }
  let high = min(low, end);
  low = next;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (<u32>load<u16>(rows + (<usize>middle << 1)) < row) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether a row of the window may be found. `allowed` is 0 for all, `allowedBit` the first row's bit. */
// @ts-ignore: decorator
@inline
export function isAllowed(allowed: usize, allowedBit: u32, row: u32): bool {
  if (allowed == 0) return true;
  const bit = allowedBit + row;
  return ((load<u32>(allowed + (<usize>(bit >>> 5) << 2)) >>> (bit & 31)) & 1) == 1;
}
