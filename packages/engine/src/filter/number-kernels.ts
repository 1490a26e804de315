import { Bitset } from "../base/bitset.ts";
import { intervalMarker } from "../kernels/interval-marker.ts";
import type { FixedArray } from "../schema/column.ts";
import { type FloatOperator, floatArithmetic } from "./arithmetic.ts";
import { holds } from "./constant.ts";
import type { ComparisonOperator } from "./expression.ts";
import type { Interval } from "./interval.ts";
import { boundsOf } from "./interval-bounds.ts";

/** The arrays whose elements are JavaScript numbers. */
export type NumberArray = Exclude<FixedArray, BigInt64Array>;

/** Rows per step: a multiple of 32, and small enough for the step to stay in the L1 cache. */
const blockRows = 1024;

/** Arithmetic on each value before it is looked at. */
export interface Arithmetic {
  readonly operator: FloatOperator;
  readonly argument: number;
  /** How results become values of their type: cut to an integer, to float32, or kept. */
  readonly rounding: "truncate" | "float32" | "none";
}

/** The rows whose number is in the interval after the arithmetic. */
export function inIntervalAfter(
  arithmetic: Arithmetic,
  values: NumberArray,
  rowCount: number,
  interval: Interval<number>,
): Bitset {
  const matches = new Bitset(rowCount);
  const marker = intervalMarker();
  const buffer = new Float64Array(blockRows);
  const bounds = boundsOf(buffer, [interval]);
  for (let start = 0; start < rowCount; start += blockRows) {
    const count = Math.min(blockRows, rowCount - start);
    const block = blockOf(values, start, count, buffer);
    const results = compute(block, count, arithmetic, buffer).subarray(0, count);
    marker.mark(results, bounds, matches.words, start >>> 5);
  }
  return interval.negated ? matches.not() : matches;
}

/** `count` values from `start` on as doubles: in place where they are, else copied to `buffer`. */
function blockOf(
  values: NumberArray,
  start: number,
  count: number,
  buffer: Float64Array,
): Float64Array {
  if (values instanceof Float64Array) return values.subarray(start, start + count);
  buffer.set(values.subarray(start, start + count));
  return buffer;
}

function compute(
  values: Float64Array,
  count: number,
  { operator, argument, rounding }: Arithmetic,
  results: Float64Array,
): Float64Array {
  for (let i = 0; i < count; i++) results[i] = floatArithmetic(operator, values[i], argument);
  if (rounding === "truncate") for (let i = 0; i < count; i++) results[i] = Math.trunc(results[i]);
  if (rounding === "float32") for (let i = 0; i < count; i++) results[i] = Math.fround(results[i]);
  return results;
}

/** The rows whose number is in the set. */
export function inNumberSet(
  values: NumberArray,
  rowCount: number,
  set: ReadonlySet<number>,
): Bitset {
  const matches = new Bitset(rowCount);
  const buffer = new Float64Array(blockRows);
  for (let start = 0; start < rowCount; start += blockRows) {
    const count = Math.min(blockRows, rowCount - start);
    const block = blockOf(values, start, count, buffer);
    for (let i = 0; i < count; i++) if (set.has(block[i])) matches.add(start + i);
  }
  return matches;
}

/** The rows where `left operator right` holds. */
export function compareNumbers(
  left: NumberArray,
  operator: ComparisonOperator,
  right: NumberArray,
  rowCount: number,
): Bitset {
  const matches = new Bitset(rowCount);
  const leftBuffer = new Float64Array(blockRows);
  const rightBuffer = new Float64Array(blockRows);
  const accepts = acceptedOrders(operator);
  for (let start = 0; start < rowCount; start += blockRows) {
    const count = Math.min(blockRows, rowCount - start);
    const a = blockOf(left, start, count, leftBuffer);
    const b = blockOf(right, start, count, rightBuffer);
    markAccepted(a, b, count, accepts, matches.words, start >>> 5);
  }
  return matches;
}

/** A bit per outcome of a comparison: 1 less, 2 equal, 4 greater, 8 not ordered (NaN). */
function acceptedOrders(operator: ComparisonOperator): number {
  return [-1, 0, 1, Number.NaN].reduce(
    (bits, order, i) => (holds(operator, order) ? bits | (1 << i) : bits),
    0,
  );
}

function markAccepted(
  left: Float64Array,
  right: Float64Array,
  count: number,
  accepts: number,
  words: Uint32Array,
  firstWord: number,
): void {
  for (let i = 0; i < count; i++) {
    const a = left[i];
    const b = right[i];
    // 0 to 3: less, equal, greater, not ordered.
    const unordered = Number(Number.isNaN(a) || Number.isNaN(b));
    const order = Number(a === b) + 2 * Number(a > b) + 3 * unordered;
    words[firstWord + (i >>> 5)] |= ((accepts >>> order) & 1) << i;
  }
}
