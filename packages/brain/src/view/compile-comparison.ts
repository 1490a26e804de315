import { BrainError } from "../base/brain-error.ts";
import {
  anyElement,
  asNumber,
  asText,
  type Compiled,
  condition,
  existence,
  jsonBoolean,
  wrongType,
} from "./compiled.ts";
import type { Scalar } from "./expression-node.ts";
import type { SqlParameters } from "./sql-parameters.ts";
import { BOOLEAN, describeType, NUMBER, STRING, type ValueType } from "./value-type.ts";

export type Comparison = "eq" | "gt" | "gte" | "lt" | "lte";

const SQL_OPERATORS: Readonly<Record<Comparison, string>> = {
  eq: "=",
  gt: ">",
  gte: ">=",
  lt: "<",
  lte: "<=",
};

/** A comparison: of a list with a single value, whether it holds for any element. */
export function compileComparison(
  op: Comparison,
  [left, right]: readonly [Compiled, Compiled],
  params: SqlParameters,
): Compiled {
  if (right.type.kind === "null" || left.type.kind === "null") {
    const other = right.type.kind === "null" ? left : right;
    return op === "eq" ? negated(existence(other, params)) : condition("false");
  }
  if (left.type.kind === "list" && right.type.kind === "list") {
    if (op !== "eq") throw wrongType(op, "a list and a single value", right.type);
    return compareLists(left, right);
  }
  if (left.type.kind === "list") {
    return anyElement(left, params, (element) => compileComparison(op, [element, right], params));
  }
  if (right.type.kind === "list") {
    return anyElement(right, params, (element) => compileComparison(op, [left, element], params));
  }
  return compareScalars(op, left, right);
}

export function negated(value: Compiled): Compiled {
  return condition(`(NOT ${value.sql})`);
}

function compareScalars(op: Comparison, left: Compiled, right: Compiled): Compiled {
  const kind = commonKind(op, left.type, right.type);
  const sides = [left, right].map((side) => {
    if (kind === "number") return asNumber(side, op);
    if (kind === "string") return asText(side, op);
    if (kind === "boolean" && side.type.kind === "json") return jsonBoolean(side.sql);
    return side.sql;
  });
  return condition(`coalesce(${sides.join(` ${SQL_OPERATORS[op]} `)}, false)`);
}

/** What both sides are, or can be taken for. */
function commonKind(op: Comparison, left: ValueType, right: ValueType): ValueType["kind"] {
  const kinds = [left.kind, right.kind];
  const kind = left.kind === "json" ? right.kind : left.kind;
  const isOrdered = kind === "number" || kind === "string" || kind === "date";
  const isComparable = isOrdered || (op === "eq" && kind === "boolean");
  if (
    isComparable &&
    kinds.every((found) => found === kind || (found === "json" && kind !== "date"))
  ) {
    return kind;
  }
  const hint = kinds.includes("json") ? "; say toNumber() or toText() of a JSON value" : "";
  throw new BrainError(
    "expression-invalid",
    `Cannot compare a ${describeType(left)} with a ${describeType(right)} by "${op}"${hint}`,
    { details: { operator: op, left: describeType(left), right: describeType(right) } },
  );
}

function compareLists(left: Compiled, right: Compiled): Compiled {
  const [a, b] = [left, right].map(({ type }) =>
    type.kind === "list" ? type.element.kind : type.kind,
  );
  const isPlain = (kind: string | undefined) =>
    kind === "number" || kind === "string" || kind === "boolean" || kind === "null";
  if (!isPlain(a) || !isPlain(b) || (a !== b && a !== "null" && b !== "null")) {
    throw wrongType("eq", `a ${describeType(left.type)} on both sides`, right.type);
  }
  return condition(`coalesce(${left.sql} = ${right.sql}, false)`);
}

/** Whether the value equals one of the given ones, as `eq` has it. */
export function compileIsIn(
  value: Compiled,
  candidates: readonly Scalar[],
  params: SqlParameters,
): Compiled {
  const isGiven = isAmong(value, candidates, params);
  if (!candidates.includes(null)) return isGiven;
  return condition(`(${isGiven.sql} OR ${negated(existence(value, params)).sql})`);
}

function isAmong(value: Compiled, candidates: readonly Scalar[], params: SqlParameters): Compiled {
  if (value.type.kind === "list") {
    return anyElement(value, params, (element) => isAmong(element, candidates, params));
  }
  const alternatives: string[] = [];
  const numbers = candidates.filter((candidate) => typeof candidate === "number");
  const texts = candidates.filter((candidate) => typeof candidate === "string");
  const booleans = candidates.filter((candidate) => typeof candidate === "boolean");
  if (numbers.length > 0) {
    checkCandidates(value.type, NUMBER);
    const list = bindNumbers(numbers, params);
    alternatives.push(`list_contains(${list}, ${asNumber(value, "isIn")})`);
  }
  if (texts.length > 0) {
    checkCandidates(value.type, STRING);
    const list = params.bindList(texts, "VARCHAR");
    alternatives.push(`list_contains(${list}, ${asText(value, "isIn")})`);
  }
  if (booleans.length > 0) {
    checkCandidates(value.type, BOOLEAN);
    const sql = value.type.kind === "json" ? jsonBoolean(value.sql) : value.sql;
    alternatives.push(`list_contains(${params.bindList(booleans, "BOOLEAN")}, ${sql})`);
  }
  if (alternatives.length === 0) return condition("false");
  return condition(`(${alternatives.map((sql) => `coalesce(${sql}, false)`).join(" OR ")})`);
}

function checkCandidates(found: ValueType, candidate: ValueType): void {
  if (found.kind === candidate.kind || found.kind === "json" || found.kind === "null") return;
  throw wrongType("isIn", `values that are a ${describeType(found)}`, candidate);
}

/** A list of numbers; of whole ones as BIGINT, see {@link isInt64}. */
export function bindNumbers(values: readonly Scalar[], params: SqlParameters): string {
  const given = values.filter((value) => typeof value === "number");
  if (!given.every(isInt64)) return params.bindList(values, "DOUBLE");
  const ints = values.map((value) => (typeof value === "number" ? BigInt(value) : value));
  return params.bindList(ints, "BIGINT");
}

/** Whether a number is an integer of 64 bits, so that it can be compared exactly with others. */
export function isInt64(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < 2 ** 63 && !Object.is(value, -0);
}
