import { AssertionError, assert, unreachable } from "../base/assert.ts";
import type { Bitset } from "../base/bitset.ts";
import { intervalCountMax } from "../kernels/interval-marker.ts";
import type { BytesColumn, Column, FixedArray, FixedColumn } from "../schema/column.ts";
import type { DataType } from "../schema/data-type.ts";
import { isBitOperator } from "./arithmetic.ts";
import type { ArithmeticNode, CompareNode, InNode, LikeNode, RangeNode } from "./bound-node.ts";
import { compareBytes, inBytesSet, like } from "./bytes-kernels.ts";
import { BytesSet } from "./bytes-set.ts";
import type { Constant } from "./constant.ts";
import type { ArithmeticOperator, ComparisonOperator } from "./expression.ts";
import { inInt64Arithmetic, inInt64Bits, inInt64Set } from "./int64-kernels.ts";
import { Int64Set } from "./int64-set.ts";
import { floatInterval, type Interval, integerInterval, intersection } from "./interval.ts";
import { inAnyInterval, inInterval } from "./mark-intervals.ts";
import { type Arithmetic, inIntervalAfter, inNumberSet } from "./number-kernels.ts";

const encoder = new TextEncoder();

/** The conditions on one value per row. */
export type ScalarNode = CompareNode | RangeNode | InNode | LikeNode | ArithmeticNode;

/**
 * The rows of a column of scalars for which a condition is true, as far as they have a value: what
 * it says of the others is the caller's to take out.
 */
export function matchScalar(
  node: ScalarNode,
  column: Column,
  type: DataType,
  rowCount: number,
): Bitset {
  if (column.layout === "bytes") return matchText(node, column, rowCount);
  assert(column.layout === "fixed", "A scalar field has a fixed or bytes column");
  switch (node.kind) {
    case "compare":
    case "range":
      return matchInterval(node, column, rowCount);
    case "in":
      return matchSet(node.values, column, rowCount);
    case "arithmetic":
      return matchArithmetic(node, column, type, rowCount);
    case "like":
      throw new AssertionError("like is bound to text only");
    default:
      return unreachable(node);
  }
}

function matchText(node: ScalarNode, column: BytesColumn, rowCount: number): Bitset {
  switch (node.kind) {
    case "compare":
      return compareBytes(column, node.operator, utf8(node.value), rowCount);
    case "range": {
      const { lower, lowerInclusive, upper, upperInclusive } = node;
      const above = compareBytes(column, lowerInclusive ? ">=" : ">", utf8(lower), rowCount);
      return above.and(compareBytes(column, upperInclusive ? "<=" : "<", utf8(upper), rowCount));
    }
    case "in":
      return inBytesSet(column, memoised(bytesSets, node.values, bytesSetOf), rowCount);
    case "like":
      return like(column, node.pattern, rowCount);
    case "arithmetic":
      throw new AssertionError("Arithmetic is bound to numbers only");
    default:
      return unreachable(node);
  }
}

function utf8(text: Constant): Uint8Array {
  return encoder.encode(String(text));
}

function matchInterval(
  node: CompareNode | RangeNode,
  { values }: FixedColumn,
  rowCount: number,
): Bitset {
  const constant = node.kind === "compare" ? node.value : node.lower;
  const interval =
    typeof constant === "number"
      ? intervalOf(node, Number, floatInterval)
      : intervalOf(node, asInteger, integerInterval);
  return inInterval(values, rowCount, interval);
}

function intervalOf<T extends bigint | number>(
  node: CompareNode | RangeNode,
  convert: (constant: Constant) => T,
  make: (operator: ComparisonOperator, constant: T) => Interval<T>,
): Interval<T> {
  if (node.kind === "compare") return make(node.operator, convert(node.value));
  const above = make(node.lowerInclusive ? ">=" : ">", convert(node.lower));
  return intersection(above, make(node.upperInclusive ? "<=" : "<", convert(node.upper)));
}

/** Integers as they are, false as 0 and true as 1: how Bool columns hold them. */
function asInteger(constant: Constant): bigint {
  assert(typeof constant === "bigint" || typeof constant === "boolean", "An integer or a Bool");
  return BigInt(constant);
}

/** Results of arithmetic that doubles hold compare the same with a bound that was rounded to one. */
function asDoubles({ low, high, negated }: Interval<bigint>): Interval<number> {
  return { low: Number(low), high: Number(high), negated };
}

function matchSet(
  constants: readonly Constant[],
  { values }: FixedColumn,
  rowCount: number,
): Bitset {
  if (constants.length <= intervalCountMax) {
    return inAnyInterval(values, rowCount, constants.map(pointOf));
  }
  return values instanceof BigInt64Array
    ? inInt64Set(values, rowCount, memoised(int64Sets, constants, int64SetOf))
    : inNumberSet(values, rowCount, memoised(numberSets, constants, numberSetOf));
}

/** The interval of one number. */
function pointOf(constant: Constant): {
  readonly low: bigint | number;
  readonly high: bigint | number;
} {
  const value = typeof constant === "number" ? constant : asInteger(constant);
  return { low: value, high: value };
}

/** Sets are made once per filter, however many segments it is evaluated on. */
const int64Sets = new WeakMap<readonly Constant[], Int64Set>();
const numberSets = new WeakMap<readonly Constant[], ReadonlySet<number>>();
const bytesSets = new WeakMap<readonly Constant[], BytesSet>();

function memoised<T>(
  memory: WeakMap<readonly Constant[], T>,
  constants: readonly Constant[],
  make: (constants: readonly Constant[]) => T,
): T {
  const known = memory.get(constants);
  if (known !== undefined) return known;
  const made = make(constants);
  memory.set(constants, made);
  return made;
}

function int64SetOf(constants: readonly Constant[]): Int64Set {
  return new Int64Set(constants.map(asInteger));
}

function numberSetOf(constants: readonly Constant[]): ReadonlySet<number> {
  return new Set(constants.map(Number));
}

function bytesSetOf(constants: readonly Constant[]): BytesSet {
  return new BytesSet(constants.map(String));
}

/** Beyond this an argument may take a 32-bit integer out of the integers that doubles hold. */
const exactArgument = 2 ** 21;

function matchArithmetic(
  node: ArithmeticNode,
  { values }: FixedColumn,
  type: DataType,
  rowCount: number,
): Bitset {
  const { arithmetic, operator, value } = node;
  if (isBitOperator(arithmetic)) return matchBits(node, values, rowCount);
  const argument = Number(node.argument);
  if (typeof value === "number") {
    assert(!(values instanceof BigInt64Array), "Integers are bound to bigints");
    const rounding = type === "Float" ? "float32" : "none";
    const steps: Arithmetic = { operator: arithmetic, argument, rounding };
    return inIntervalAfter(steps, values, rowCount, floatInterval(operator, value));
  }
  if (values instanceof BigInt64Array || Math.abs(argument) > exactArgument) {
    return inInt64Arithmetic(values, rowCount, node);
  }
  const steps: Arithmetic = { operator: arithmetic, argument, rounding: "truncate" };
  return inIntervalAfter(steps, values, rowCount, asDoubles(integerInterval(operator, value)));
}

function matchBits(node: ArithmeticNode, values: FixedArray, rowCount: number): Bitset {
  const { arithmetic, argument, operator, value } = node;
  if (!isBitwise(arithmetic)) return inInt64Arithmetic(values, rowCount, node);
  assert(typeof argument === "bigint" && typeof value === "bigint", "Bits are those of integers");
  const isFloat = values instanceof Float32Array || values instanceof Float64Array;
  // Elements of arrays come as doubles.
  const integers = isFloat ? Int32Array.from(values) : values;
  const interval = integerInterval(operator, value);
  return inInt64Bits(integers, rowCount, { operator: arithmetic, argument }, interval);
}

/** Whether each bit of the result comes from the same bit of the operands: no shift. */
function isBitwise(operator: ArithmeticOperator): operator is "&" | "|" | "^" {
  return operator === "&" || operator === "|" || operator === "^";
}
