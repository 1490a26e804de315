import { Bitset } from "../base/bitset.ts";
import { intervalMarker } from "../kernels/interval-marker.ts";
import type { FixedArray } from "../schema/column.ts";
import { integerArithmetic } from "./arithmetic.ts";
import type { ArithmeticNode } from "./bound-node.ts";
import { holds, orderOf } from "./constant.ts";
import type { ComparisonOperator } from "./expression.ts";
import type { Int64Set } from "./int64-set.ts";
import type { Interval } from "./interval.ts";
import { boundsOf } from "./interval-bounds.ts";

/** The low and the high halves of the values, in turn (the machine is little-endian). */
export function halvesOf(values: BigInt64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2);
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
  const marker = intervalMarker();
  const block = new BigInt64Array(blockRows);
  const bounds = boundsOf(block, [interval]);
  for (let start = 0; start < rowCount; start += blockRows) {
    const count = Math.min(blockRows, rowCount - start);
    const results = block.subarray(0, count);
    const pairs = halvesOf(results);
    if (values instanceof BigInt64Array) block.set(values.subarray(start, start + count));
    else extend(values, start, pairs);
    combine(pairs, operator, by);
    marker.mark(results, bounds, matches.words, start >>> 5);
  }
  return interval.negated ? matches.not() : matches;
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
