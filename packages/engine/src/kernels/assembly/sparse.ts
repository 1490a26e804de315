// Search of sparse vectors, one window of rows at a time: see sparse-window.ts.
//
// All algorithms add a row's terms in the order of the cursors, in f32, so that they answer the same
// scores to the last bit. A bound is a sum in another order, so it may be too small by some units of
// the last place: bounds are held against `loose`, which the caller puts that much below the
// threshold, and scores against the threshold itself.
import { Cursor, cursorAt, isAllowed, maximaOf, NO_ROW, rowsOf, seek, startsOf, valuesOf } from "./sparse-window";

/** Looking a row up in a term takes about as long as adding so many postings. */
const POSTINGS_PER_LOOK_UP: u64 = 8;

/**
 * Puts cursors on the terms of a query (ascending) that the window has, those that may add most
 * first, and answers how many. Bounds are multiplied with `boundRatio`. Behind the last cursor one
 * more is written, with a suffix bound of 0.
 */
export function openSparseWindow(
  window: usize, dimensionCount: i32, terms: usize, weights: usize, termCount: i32, boundRatio: f32, cursors: usize,
): i32 {
  const starts = startsOf(window, dimensionCount);
  const maxima = maximaOf(window, dimensionCount);
  let count = 0;
  let low = 0;
  for (let t = 0; t < termCount; t++) {
    const term = load<u32>(terms + (<usize>t << 2));
    low = lowerBound(window, low, dimensionCount, term);
    if (low == dimensionCount) break;
    const at = <usize>low << 2;
    if (load<u32>(window + at) != term) continue;
    const cursor = cursorAt(cursors, count++);
    cursor.weight = load<f32>(weights + (<usize>t << 2));
    cursor.bound = cursor.weight * load<f32>(maxima + at) * boundRatio;
    cursor.next = load<u32>(starts + at);
    cursor.end = load<u32>(starts + at, 4);
  }
  sortByBound(cursors, count);
  let suffixBound: f64 = 0;
  cursorAt(cursors, count).suffixBound = 0;
  for (let i = count - 1; i >= 0; i--) {
    suffixBound += <f64>cursorAt(cursors, i).bound;
    cursorAt(cursors, i).suffixBound = suffixBound;
  }
  return count;
}

/** Adds all postings of all terms to one f32 per row, all 0 before. */
export function addSparseTerms(
  window: usize, dimensionCount: i32, cursors: usize, cursorCount: i32, sums: usize,
): void {
  addTerms(window, dimensionCount, cursors, 0, cursorCount, sums);
}

/**
 * Adds the postings of the first terms, at least of those without which no row reaches `loose`, and
 * answers how many terms that are (MAXSCORE: Turtle and Flood, 1995). More are added while so many
 * rows may still reach it that looking them up in the other terms would take longer.
 */
export function addEssentialSparseTerms(
  window: usize, dimensionCount: i32, cursors: usize, cursorCount: i32, sums: usize, rowCount: u32, loose: f64,
): i32 {
  let added = cursorCount;
  let left: u32 = 0;
  while (added > 0 && cursorAt(cursors, added - 1).suffixBound < loose) {
    added--;
    left += postingCountOf(cursorAt(cursors, added));
  }
  addTerms(window, dimensionCount, cursors, 0, added, sums);
  if (added == 0) return 0;
  while (added < cursorCount) {
    const needed = neededBefore(cursorAt(cursors, added), loose);
    const lookUpCount = <u64>countSums(sums, rowCount, needed) * (cursorCount - added);
    if (lookUpCount * POSTINGS_PER_LOOK_UP <= left) break;
    const first = added;
    const half = left >>> 1;
    do left -= postingCountOf(cursorAt(cursors, added++));
    while (added < cursorCount && left > half);
    addTerms(window, dimensionCount, cursors, first, added, sums);
  }
  return added;
}

/**
 * Looks through the sums of the rows `from` to `to` and sets them to 0. Where those of the terms
 * that were not added yet (from cursor `addedCount` on) may lift a row to the threshold, adds them.
 * Writes the allowed rows with a score of at least `threshold`, and the scores; answers how many.
 */
export function collectSparseRows(
  window: usize, dimensionCount: i32, cursors: usize, addedCount: i32, cursorCount: i32, sums: usize, from: u32, to: u32,
  threshold: f32, loose: f64, allowed: usize, allowedBit: u32, foundRows: usize, foundScores: usize,
): i32 {
  const isComplete = addedCount == cursorCount;
  const needed = isComplete ? threshold : neededBefore(cursorAt(cursors, addedCount), loose);
  const values = valuesOf(window, dimensionCount);
  const rows = rowsOf(window, dimensionCount);
  let found: usize = 0;
  let row = from;
  while (row < to) {
    row = nextSum(sums, row, to, needed);
    if (row >= to) break;
    const at = sums + (<usize>row << 2);
    let score = load<f32>(at);
    store<f32>(at, 0);
    if (isAllowed(allowed, allowedBit, row)) {
      if (!isComplete) score = complete(values, rows, cursors, addedCount, cursorCount, row, score, loose);
      if (score >= threshold) {
        store<u32>(foundRows + (found << 2), row);
        store<f32>(foundScores + (found << 2), score);
        found++;
      }
    }
    row++;
  }
  return <i32>found;
}

/** Prepares {@link walkSparseRows}: cursors to their first rows, `order` with their numbers. */
export function startSparseWalk(
  window: usize, dimensionCount: i32, cursors: usize, cursorCount: i32, order: usize,
): void {
  const rows = rowsOf(window, dimensionCount);
  for (let i = 0; i < cursorCount; i++) {
    const cursor = cursorAt(cursors, i);
    cursor.row = rowAt(rows, cursor);
    store<u32>(order + (<usize>i << 2), i);
  }
  sortByRow(cursors, cursorCount, order);
}

/**
 * WAND (Broder et al., 2003): goes on from where the cursors are to row `to`, over the rows whose
 * terms' bounds reach `loose` together. Writes and answers as {@link collectSparseRows} does.
 */
export function walkSparseRows(
  window: usize, dimensionCount: i32, cursors: usize, cursorCount: i32, order: usize, to: u32, threshold: f32, loose: f64,
  allowed: usize, allowedBit: u32, foundRows: usize, foundScores: usize,
): i32 {
  const values = valuesOf(window, dimensionCount);
  const rows = rowsOf(window, dimensionCount);
  let found: usize = 0;
  for (;;) {
    const pivot = pivotOf(cursors, cursorCount, order, loose);
    if (pivot == cursorCount) break;
    const row = orderedAt(cursors, order, pivot).row;
    if (row >= to) break;
    if (orderedAt(cursors, order, 0).row == row) {
      const score = takeRow(values, rows, cursors, cursorCount, row);
      if (score >= threshold && isAllowed(allowed, allowedBit, row)) {
        store<u32>(foundRows + (found << 2), row);
        store<f32>(foundScores + (found << 2), score);
        found++;
      }
    } else {
      for (let i = 0; i < pivot; i++) {
        const cursor = orderedAt(cursors, order, i);
        cursor.next = seek(rows, cursor.next, cursor.end, row);
        cursor.row = rowAt(rows, cursor);
      }
    }
    sortByRow(cursors, cursorCount, order);
  }
  return <i32>found;
}

/** Shell's sort, the greatest bound first. The place behind the last cursor holds the one that moves. */
function sortByBound(cursors: usize, count: i32): void {
  const held = cursorAt(cursors, count);
  let gap = 1;
  while (3 * gap + 1 < count) gap = 3 * gap + 1;
  for (; gap > 0; gap /= 3) {
    for (let i = gap; i < count; i++) {
      copyCursor(held, cursorAt(cursors, i));
      let place = i;
      for (; place >= gap && cursorAt(cursors, place - gap).bound < held.bound; place -= gap) {
        copyCursor(cursorAt(cursors, place), cursorAt(cursors, place - gap));
      }
      copyCursor(cursorAt(cursors, place), held);
    }
  }
}

// @ts-ignore: decorator
@inline
function copyCursor(target: Cursor, source: Cursor): void {
  memory.copy(changetype<usize>(target), changetype<usize>(source), offsetof<Cursor>());
}

// @ts-ignore: decorator
@inline
function lowerBound(dimensions: usize, from: i32, count: i32, dimension: u32): i32 {
  let low = from;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (load<u32>(dimensions + (<usize>middle << 2)) < dimension) low = middle + 1;
    else high = middle;
  }
  return low;
}

// @ts-ignore: decorator
@inline
function postingCountOf(cursor: Cursor): u32 {
  return cursor.end - cursor.next;
}

/** The sum that a row needs, so that it may reach `loose` with the terms from `cursor` on. */
// @ts-ignore: decorator
@inline
function neededBefore(cursor: Cursor, loose: f64): f32 {
  // Rounding to f32 must not lift it.
  return <f32>((loose - cursor.suffixBound) * (1 - 1e-6));
}

function addTerms(
  window: usize, dimensionCount: i32, cursors: usize, first: i32, end: i32, sums: usize,
): void {
  const values = valuesOf(window, dimensionCount);
  const rows = rowsOf(window, dimensionCount);
  for (let i = first; i < end; i++) {
    const cursor = cursorAt(cursors, i);
    const weight = cursor.weight;
    let value = values + (<usize>cursor.next << 2);
    let row = rows + (<usize>cursor.next << 1);
    const rowEnd = rows + (<usize>cursor.end << 1);
    for (; row + 8 <= rowEnd; row += 8, value += 16) {
      add(sums, row, weight * load<f32>(value));
      add(sums, row + 2, weight * load<f32>(value, 4));
      add(sums, row + 4, weight * load<f32>(value, 8));
      add(sums, row + 6, weight * load<f32>(value, 12));
    }
    for (; row < rowEnd; row += 2, value += 4) add(sums, row, weight * load<f32>(value));
  }
}

// @ts-ignore: decorator
@inline
function add(sums: usize, row: usize, value: f32): void {
  const at = sums + (<usize>load<u16>(row) << 2);
  store<f32>(at, load<f32>(at) + value);
}

/** How many of the first sums are at least `needed`. */
// @ts-ignore: decorator
@inline
function countSums(sums: usize, rowCount: u32, needed: f32): u32 {
  let count: u32 = 0;
  let row: u32 = 0;
  if (ASC_FEATURE_SIMD) {
    const limits = f32x4.splat(needed);
    let counts = i32x4.splat(0);
    for (; row + 4 <= rowCount; row += 4) {
      counts = i32x4.sub(counts, f32x4.ge(v128.load(sums + (<usize>row << 2)), limits));
    }
    count = i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 1)
      + i32x4.extract_lane(counts, 2) + i32x4.extract_lane(counts, 3);
  }
  for (; row < rowCount; row++) count += <u32>(load<f32>(sums + (<usize>row << 2)) >= needed);
  return count;
}

/** The first row from `row` on whose sum is at least `needed`, or `to`. Sets those before it to 0. */
// @ts-ignore: decorator
@inline
function nextSum(sums: usize, row: u32, to: u32, needed: f32): u32 {
  if (ASC_FEATURE_SIMD) {
    const limits = f32x4.splat(needed);
    const zeros = f32x4.splat(0);
    for (; row + 8 <= to; row += 8) {
      const at = sums + (<usize>row << 2);
      const reached = v128.or(f32x4.ge(v128.load(at), limits), f32x4.ge(v128.load(at, 16), limits));
      if (v128.any_true(reached)) break;
      v128.store(at, zeros);
      v128.store(at, zeros, 16);
    }
  }
  for (; row < to; row++) {
    const at = sums + (<usize>row << 2);
    if (load<f32>(at) >= needed) return row;
    store<f32>(at, 0);
  }
  return to;
}

/** Adds the postings of a row that the cursors from `first` on have, while it may reach `loose`. */
// @ts-ignore: decorator
@inline
function complete(
  values: usize, rows: usize, cursors: usize, first: i32, cursorCount: i32, row: u32, score: f32, loose: f64,
): f32 {
  for (let i = first; i < cursorCount; i++) {
    const cursor = cursorAt(cursors, i);
    if (<f64>score + cursor.suffixBound < loose) return 0;
    const next = seek(rows, cursor.next, cursor.end, row);
    cursor.next = next;
    if (next < cursor.end && <u32>load<u16>(rows + (<usize>next << 1)) == row) {
      score += cursor.weight * load<f32>(values + (<usize>next << 2));
    }
  }
  return score;
}

/** The score of a row. Moves the cursors that are on it to their next rows. */
// @ts-ignore: decorator
@inline
function takeRow(values: usize, rows: usize, cursors: usize, cursorCount: i32, row: u32): f32 {
  let score: f32 = 0;
  for (let i = 0; i < cursorCount; i++) {
    const cursor = cursorAt(cursors, i);
    if (cursor.row != row) continue;
    score += cursor.weight * load<f32>(values + (<usize>cursor.next << 2));
    cursor.next++;
    cursor.row = rowAt(rows, cursor);
  }
  return score;
}

// @ts-ignore: decorator
@inline
function rowAt(rows: usize, cursor: Cursor): u32 {
  return cursor.next < cursor.end ? <u32>load<u16>(rows + (<usize>cursor.next << 1)) : NO_ROW;
}

// @ts-ignore: decorator
@inline
function orderedAt(cursors: usize, order: usize, place: i32): Cursor {
  return cursorAt(cursors, load<u32>(order + (<usize>place << 2)));
}

/** The first place in the order up to which the bounds reach `loose` together, or `cursorCount`. */
// @ts-ignore: decorator
@inline
function pivotOf(cursors: usize, cursorCount: i32, order: usize, loose: f64): i32 {
  let bound: f64 = 0;
  for (let i = 0; i < cursorCount; i++) {
    const cursor = orderedAt(cursors, order, i);
    if (cursor.row == NO_ROW) break;
    bound += <f64>cursor.bound;
    if (bound >= loose) return i;
  }
  return cursorCount;
}

/** Sorts the order by the cursors' rows: by insertion, since little has changed since the last time. */
// @ts-ignore: decorator
@inline
function sortByRow(cursors: usize, cursorCount: i32, order: usize): void {
  for (let i = 1; i < cursorCount; i++) {
    const moved = load<u32>(order + (<usize>i << 2));
    const row = cursorAt(cursors, moved).row;
    let place = i;
    for (; place > 0 && orderedAt(cursors, order, place - 1).row > row; place--) {
      store<u32>(order + (<usize>place << 2), load<u32>(order + (<usize>(place - 1) << 2)));
    }
    store<u32>(order + (<usize>place << 2), moved);
  }
}
