import { unreachable } from "../base/assert.ts";
import type { DataType } from "../schema/data-type.ts";
import type { ComparisonOperator } from "./expression.ts";
import { compareStrings } from "./string-order.ts";

/** A value known when the filter is bound. An integer is a bigint, a float is a number. */
export type Constant = boolean | bigint | number | string | readonly Constant[];

export function isList(constant: Constant): constant is readonly Constant[] {
  return Array.isArray(constant);
}

export function isNumber(constant: Constant): constant is bigint | number {
  return typeof constant === "bigint" || typeof constant === "number";
}

/** The type that Milvus gives a literal. */
export function typeOfConstant(constant: Constant): DataType {
  switch (typeof constant) {
    case "boolean":
      return "Bool";
    case "bigint":
      return "Int64";
    case "number":
      return "Double";
    case "string":
      return "VarChar";
    default:
      return "Array";
  }
}

/**
 * What `a <=> b` answers: a number below, at or above 0; NaN for NaN, which makes only `!=` true;
 * undefined where the two can't be compared.
 */
export function orderOf(a: Constant, b: Constant): number | undefined {
  if (isNumber(a) && isNumber(b)) return orderOfNumbers(a, b);
  if (typeof a === "string" && typeof b === "string") return compareStrings(a, b);
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  return undefined;
}

/** JavaScript compares bigints with numbers by their exact values. */
export function orderOfNumbers(a: bigint | number, b: bigint | number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return a >= b ? 0 : Number.NaN;
}

/** Whether an order (see {@link orderOf}) makes a comparison true. */
export function holds(operator: ComparisonOperator, order: number): boolean {
  switch (operator) {
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    case "==":
      return order === 0;
    case "!=":
      return order !== 0;
    default:
      return unreachable(operator);
  }
}

/** A constant as Milvus's messages show it: the text form of its protobuf message. */
export function printConstant(constant: Constant): string {
  if (isList(constant)) {
    const elements = constant.map((element) => `array:{${printConstant(element)}}`);
    return `array_val:{${elements.join(" ")}}`;
  }
  switch (typeof constant) {
    case "boolean":
      return `bool_val:${constant}`;
    case "bigint":
      return `int64_val:${constant}`;
    case "number":
      return `float_val:${constant}`;
    case "string":
      return `string_val:${JSON.stringify(constant)}`;
    default:
      return unreachable(constant);
  }
}
