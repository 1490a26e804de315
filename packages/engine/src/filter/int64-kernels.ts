import { Bitset } from "../base/bitset.ts";
import type { FixedArray } from "../schema/column.ts";
import { integerArithmetic } from "./arithmetic.ts";
import type { ArithmeticNode } from "./bound-node.ts";
import { holds, orderOf } from "./constant.ts";
import type { ComparisonOperator } from "./expression.ts";
import type { Int64Set } from "./int64-set.ts";
import type { Interval } from "./interval.ts";

const int64Least = -(1n << 63n);
const int64Greatest = (1n << 63n) - 1n;

/**
 * The rows whose Int64 is in the interval. Looks at the values as pairs of 32-bit halves: a bigint
 * per row would be an allocation per row.
 */
export function inInt64Interval(
  values: BigInt64Array,
  rowCount: number,
  { low, high, negated }: Interval<bigint>,
): Bitset {
  const matches = new Bitset(rowCount);
  const pairs = halvesOf(values);
  const least = low === int64Least ? Number.NEGATIVE_INFINITY : doubleOf(low);
  const greatest = high === int64Greatest ? Number.POSITIVE_INFINITY : doubleOf(high);
  if (low > high) return negated ? matches.not() : matches;
  if (least !== undefined && greatest !== undefined) {
    markDoubles(pairs, rowCount, [least, greatest], matches.words);
  } else {
    markInterval(pairs, rowCount, [halves(low), halves(high)], matches.words);
  }
  return negated ? matches.not() : matches;
}

/**
 * A bound to compare with an Int64 that was rounded to a double, so that the answer is exact:
 * rounding keeps the order, and no value beyond 2^53 is rounded to one below it.
 */
function doubleOf(bound: bigint): number | undefined {
  const double = Number(bound);
  return Number.isSafeInteger(double) ? double : undefined;
}

/** Four times as fast as {@link markInterval}, which compares the halves one after the other. */
function markDoubles(
  pairs: Int32Array,
  rowCount: number,
  [least, greatest]: readonly [number, number],
  words: Uint32Array,
): void {
  for (let i = 0; i < rowCount; i += 32) {
    const end = Math.min(rowCount, i + 32);
    let word = 0;
    for (let j = i; j < end; j++) {
      const value = pairs[2 * j + 1] * 0x100000000 + (pairs[2 * j] >>> 0);
      // Without a branch: on mixed data one costs five times as much.
      word |= (Number(value >= least) & Number(value <= greatest)) << j;
    }
    words[i >>> 5] = word;
  }
}

/** The low and the high halves of the values, in turn (the machine is little-endian). */
export function halvesOf(values: BigInt64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2);
}

type Halves = readonly [number, number];

/** The low half, unsigned, and the high half, signed. */
function halves(value: bigint): Halves {
  return [Number(BigInt.asUintN(32, value)), Number(value >> 32n)];
}

function markInterval(
  pairs: Int32Array,
  rowCount: number,
  [[lowLow, lowHigh], [highLow, highHigh]]: readonly [Halves, Halves],
  words: Uint32Array,
): void {
  for (let i = 0; i < rowCount; i += 32) {
    const end = Math.min(rowCount, i + 32);
    let word = 0;
    for (let j = i; j < end; j++) {
      const low = pairs[2 * j] >>> 0;
      const high = pairs[2 * j + 1];
      // Without a branch: on mixed data one costs five times as much.
      const above = Number(high > lowHigh) | (Number(high === lowHigh) & Number(low >= lowLow));
      const below = Number(high < highHigh) | (Number(high === highHigh) & Number(low <= highLow));
      word |= (above & below) << j;
    }
    words[i >>> 5] = word;
  }
}

/** The rows whose Int64 is in the set. */
export function inInt64Set(values: BigInt64Array, rowCount: number, set: Int64Set): Bitset {
  const matches = new Bitset(rowCount);
  const pairs = halvesOf(values);
  for (let i = 0; i < rowCount; i++) {
    if (set.has(pairs[2 * i], pairs[2 * i + 1])) matches.add(i);
  }
  return matches;
}

/** Values per step of {@link inInt64Bits}: small enough for the step to stay in the L1 cache. */
const blockRows = 1024;

/** The rows whose integer is in the interval once an operator that works bit by bit is applied. */
export function inInt64Bits(
  values: Exclude<FixedArray, Float32Array | Float64Array>,
  rowCount: number,
  { operator, argument }: { readonly operator: "&" | "|" | "^"; readonly argument: bigint },
  interval: Interval<bigint>,
): Bitset {
  const matches = new Bitset(rowCount);
  const by = [Number(BigInt.asIntN(32, argument)), Number(argument >> 32n)] as const;
  const block = new BigInt64Array(blockRows);
  for (let start = 0; start < rowCount; start += blockRows) {
    const count = Math.min(blockRows, rowCount - start);
    const pairs = halvesOf(block.subarray(0, count));
    if (values instanceof BigInt64Array) block.set(values.subarray(start, start + count));
    else extend(values, start, pairs);
    combine(pairs, operator, by);
    matches.words.set(inInt64Interval(block, count, interval).words, start >>> 5);
  }
  return matches;
}

/** Writes shorter integers, from `start` on, as pairs of halves. */
function extend(values: ArrayLike<number>, start: number, pairs: Int32Array): void {
  for (let i = 0; i < pairs.length; i += 2) {
    const value = values[start + (i >>> 1)];
    pairs[i] = value;
    pairs[i + 1] = value >> 31;
  }
}

function combine(
  pairs: Int32Array,
  operator: "&" | "|" | "^",
  [low, high]: readonly [number, number],
): void {
  const by = [low, high];
  for (let i = 0; i < pairs.length; i++) {
    if (operator === "&") pairs[i] &= by[i & 1];
    else if (operator === "|") pairs[i] |= by[i & 1];
    else pairs[i] ^= by[i & 1];
  }
}

/** The rows where integer arithmetic in 64 bits gives what is asked. Exact, and slow: bigints. */
export function inInt64Arithmetic(
  values: FixedArray,
  rowCount: number,
  { arithmetic, argument, operator, value }: ArithmeticNode,
): Bitset {
  const matches = new Bitset(rowCount);
  const by = BigInt(argument);
  for (let i = 0; i < rowCount; i++) {
    const order = orderOf(integerArithmetic(arithmetic, BigInt(values[i]), by), value);
    if (order !== undefined && holds(operator, order)) matches.add(i);
  }
  return matches;
}

/** The rows where `left operator right` holds, exactly also between an Int64 and a double. */
export function compareMixed(
  left: FixedArray,
  operator: ComparisonOperator,
  right: FixedArray,
  rowCount: number,
): Bitset {
  const matches = new Bitset(rowCount);
  for (let i = 0; i < rowCount; i++) {
    const order = orderOf(left[i], right[i]);
    if (order !== undefined && holds(operator, order)) matches.add(i);
  }
  return matches;
}
