import { must } from "../base/assert.ts";
import type { FixedArray } from "../schema/column.ts";
import type { Interval } from "./interval.ts";

/** The least and the greatest of some numbers. */
type Ends = Pick<Interval<bigint | number>, "low" | "high">;

/**
 * The bounds of intervals in the type of a column, low and high in turn: of its values exactly those
 * are between two bounds that are in an interval. Intervals with no value of the type are left out.
 */
export function boundsOf(values: FixedArray, intervals: readonly Ends[]): FixedArray {
  if (values instanceof BigInt64Array) return BigInt64Array.from(pairs(intervals, withinInt64));
  if (values instanceof Float32Array) return Float32Array.from(pairs(intervals, withinFloat32));
  if (values instanceof Float64Array) return Float64Array.from(pairs(intervals, withinFloat64));
  const found = integerArrays.find(({ type }) => values instanceof type);
  const { type, least, greatest } = must(found, "all other arrays are of short integers");
  return type.from(
    pairs(intervals, ({ low, high }) => [
      Math.max(least, Math.ceil(Number(low))),
      Math.min(greatest, Math.floor(Number(high))),
    ]),
  );
}

/** With the least and the greatest value that each holds. */
const integerArrays = [
  { type: Uint8Array, least: 0, greatest: 2 ** 8 - 1 },
  { type: Int8Array, least: -(2 ** 7), greatest: 2 ** 7 - 1 },
  { type: Int16Array, least: -(2 ** 15), greatest: 2 ** 15 - 1 },
  { type: Int32Array, least: -(2 ** 31), greatest: 2 ** 31 - 1 },
] as const;

function pairs<T extends bigint | number>(
  intervals: readonly Ends[],
  within: (ends: Ends) => readonly [T, T],
): T[] {
  // Not `low > high`, which NaN is not either.
  return intervals.map(within).flatMap(([low, high]) => (low <= high ? [low, high] : []));
}

function withinInt64({ low, high }: Ends): [bigint, bigint] {
  const [least, greatest] = [-(1n << 63n), (1n << 63n) - 1n];
  return [low < least ? least : BigInt(low), high > greatest ? greatest : BigInt(high)];
}

function withinFloat64({ low, high }: Ends): [number, number] {
  return [Number(low), Number(high)];
}

function withinFloat32({ low, high }: Ends): [number, number] {
  return [float32AtLeast(Number(low)), -float32AtLeast(-Number(high))];
}

/** The least float32 that is not below a double. */
function float32AtLeast(value: number): number {
  const rounded = Math.fround(value);
  if (!(rounded < value)) return rounded;
  const bits = new Int32Array(Float32Array.of(rounded).buffer);
  // Positive ones are ordered as their bits are, negative ones the other way. Above 0 is the least one.
  if (rounded === 0) bits[0] = 1;
  else bits[0] += rounded > 0 ? 1 : -1;
  return new Float32Array(bits.buffer)[0];
}
