import { type Constant, holds, isList, orderOf } from "./constant.ts";
import type { ComparisonOperator } from "./expression.ts";
import type { JsonValue } from "./json-value.ts";

/**
 * `value operator constant` for a JSON value: undefined (UNKNOWN) where it is missing, null or of
 * another type, for every operator, `!=` included (Milvus 3.0).
 */
export function compareJson(
  value: JsonValue | undefined,
  operator: ComparisonOperator,
  constant: Constant,
): boolean | undefined {
  if (isList(constant)) {
    if (!isJsonArray(value)) return undefined;
    return equalsJson(value, constant) === (operator === "==");
  }
  if (value === undefined || value === null || typeof value === "object") return undefined;
  const order = orderOf(value, constant);
  return order === undefined ? undefined : holds(operator, order);
}

/** Whether a JSON value is a constant: numbers by value, lists element by element. */
export function equalsJson(value: JsonValue, constant: Constant): boolean {
  if (isList(constant)) {
    return (
      isJsonArray(value) &&
      value.length === constant.length &&
      value.every((element, i) => equalsJson(element, constant[i]))
    );
  }
  if (value === null || typeof value === "object") return false;
  return orderOf(value, constant) === 0;
}

/** Whether `exists` is TRUE: nulls do not exist, nor objects and arrays that hold nothing else. */
export function existsJson(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null) return false;
  if (isJsonArray(value)) return value.some(existsJson);
  if (typeof value === "object") return [...value.values()].some(existsJson);
  return true;
}

export function isJsonArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
