import { Bitset } from "../base/bitset.ts";
import type { FixedArray } from "../schema/column.ts";
import { integerArithmetic } from "./arithmetic.ts";
import type { ArithmeticNode } from "./bound-node.ts";
import { holds, orderOf } from "./constant.ts";
import type { ComparisonOperator } from "./expression.ts";
import type { Int64Set } from "./int64-set.ts";
import type { Interval } from "./interval.ts";

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
  if (low <= high)
    markInterval(halvesOf(values), rowCount, halves(low), halves(high), matches.words);
  return negated ? matches.not() : matches;
}

/** The low and the high halves of the values, in turn (the machine is little-endian). */
export function halvesOf(values: BigInt64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2);
}

/** The low half, unsigned, and the high half, signed. */
function halves(value: bigint): readonly [number, number] {
  return [Number(BigInt.asUintN(32, value)), Number(value >> 32n)];
}

function markInterval(
  pairs: Int32Array,
  rowCount: number,
  [lowLow, lowHigh]: readonly [number, number],
  [highLow, highHigh]: readonly [number, number],
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
