import { unreachable } from "../base/assert.ts";
import { Bitset } from "../base/bitset.ts";
import { type BytesColumn, isValid } from "../schema/column.ts";
import { mixedArithmetic } from "./arithmetic.ts";
import type {
  ArithmeticNode,
  BoundNode,
  ContainsNode,
  JsonOperand,
  LikeNode,
  Operand,
  RangeNode,
  RegexNode,
} from "./bound-node.ts";
import { compareToLiteral } from "./bytes-kernels.ts";
import { type Constant, holds, orderOf } from "./constant.ts";
import { ConstantSet } from "./constant-set.ts";
import type { ComparisonOperator } from "./expression.ts";
import { readJson } from "./json-reader.ts";
import { findJson, hasEscape, holdsJson, jsonStepOf, skipJson, stringAt } from "./json-scan.ts";
import { compareJson, isJsonArray } from "./json-semantics.ts";
import type { JsonValue } from "./json-value.ts";
import { isLike } from "./like-text.ts";
import type { Verdict } from "./verdict.ts";

const encoder = new TextEncoder();

/** The conditions on the value at a path of a JSON field. */
export type JsonNode = Extract<BoundNode, { readonly operand: Operand }>;

/**
 * What a condition says of the value that begins at `at` of the text that ends at `end`. Undefined
 * is UNKNOWN; `at` is -1 where the value is missing.
 */
type Judge = (at: number, end: number) => boolean | undefined;

/** The same of a value that was read. Undefined: missing. */
type ValueJudge = (value: JsonValue | undefined) => boolean | undefined;

/**
 * Evaluates a condition on JSON text, row by row: finding the value costs far more than the call
 * to judge it. Only the rows of `active` are looked at; the answers for others mean nothing.
 */
export function evaluateJson(
  node: JsonNode,
  operand: JsonOperand,
  column: BytesColumn,
  rows: Rows,
): Verdict {
  const { offsets } = column;
  // The same memory: a Buffer decodes short texts fastest.
  const bytes = Buffer.from(column.bytes.buffer, column.bytes.byteOffset, column.bytes.byteLength);
  const path = operand.path.map(jsonStepOf);
  const judge = judgeOf(node, bytes);
  const matches = new Bitset(rows.rowCount);
  const unknown = new Bitset(rows.rowCount);
  const active = rows.active ?? Bitset.full(rows.rowCount);
  active.forEach((row) => {
    const at = isValid(column, row) ? findJson(bytes, offsets[row], path) : -1;
    const answer = judge(at, offsets[row + 1]);
    if (answer === undefined) unknown.add(row);
    else if (answer) matches.add(row);
  });
  return { matches, unknown };
}

interface Rows {
  readonly rowCount: number;
  readonly active: Bitset | undefined;
}

function judgeOf(node: JsonNode, bytes: Buffer): Judge {
  switch (node.kind) {
    case "exists":
      return (at) => at >= 0 && holdsJson(bytes, at, skipJson(bytes, at));
    case "regex":
      return (at) => (at >= 0 && bytes[at] === quote ? matchesAt(bytes, at, node) : undefined);
    case "like":
      return (at) => (at >= 0 && bytes[at] === quote ? isLikeAt(bytes, at, node) : undefined);
    default: {
      if (node.kind === "compare" && typeof node.value === "string") {
        return textJudge(node.operator, node.value, bytes);
      }
      const judge = valueJudgeOf(node);
      const integers = node.kind === "arithmetic" ? "bigint" : "any";
      return (at, end) => judge(at < 0 ? undefined : readJson(bytes, at, end, integers));
    }
  }
}

const quote = 0x22;

/** Compares the text where it stands, unless it is escaped there. */
function textJudge(operator: ComparisonOperator, constant: string, bytes: Buffer): Judge {
  const literal = encoder.encode(constant);
  return (at) => {
    if (at < 0 || bytes[at] !== quote) return undefined;
    const end = skipJson(bytes, at);
    if (hasEscape(bytes, at, end)) return compareJson(stringAt(bytes, at, end), operator, constant);
    return holds(operator, compareToLiteral(bytes, at + 1, end - 1, literal));
  };
}

function isLikeAt(bytes: Uint8Array, start: number, { pattern }: LikeNode): boolean {
  const end = skipJson(bytes, start);
  if (!hasEscape(bytes, start, end)) return isLike(bytes, start + 1, end - 1, pattern);
  const text = encoder.encode(stringAt(bytes, start, end));
  return isLike(text, 0, text.length, pattern);
}

function matchesAt(bytes: Buffer, start: number, { pattern }: RegexNode): boolean {
  const end = skipJson(bytes, start);
  return pattern.test(
    hasEscape(bytes, start, end)
      ? stringAt(bytes, start, end)
      : bytes.toString("utf8", start + 1, end - 1),
  );
}

function valueJudgeOf(node: Exclude<JsonNode, { kind: "exists" | "like" | "regex" }>): ValueJudge {
  switch (node.kind) {
    case "compare":
      return (value) => compareJson(value, node.operator, node.value);
    case "range":
      return (value) => inRange(node, value);
    case "in":
      return inJudge(node.values);
    case "arithmetic":
      return (value) => compareResult(node, value);
    case "length":
      return (value) =>
        isJsonArray(value) ? holds(node.operator, value.length - Number(node.value)) : undefined;
    case "contains":
      return containsJudge(node);
    default:
      return unreachable(node);
  }
}

/** Both bounds are of one type: where one comparison is UNKNOWN the other is as well. */
function inRange(node: RangeNode, value: JsonValue | undefined): boolean | undefined {
  const above = compareJson(value, node.lowerInclusive ? ">=" : ">", node.lower);
  if (above !== true) return above;
  return compareJson(value, node.upperInclusive ? "<=" : "<", node.upper);
}

/**
 * `value in [...]` is the `or` of the equalities: TRUE where one holds, else UNKNOWN where one of
 * them compares different types. They are looked up instead of tried one by one.
 */
function inJudge(constants: readonly Constant[]): ValueJudge {
  const types = new Set(constants.map(comparisonType));
  const listed = new ConstantSet(constants);
  return (value) => {
    if (value === undefined || value === null) return undefined;
    if (listed.has(value)) return true;
    return types.size === 1 && types.has(comparisonType(value)) ? false : undefined;
  };
}

/** Values of one such type can be compared. */
function comparisonType(value: Constant | JsonValue): string {
  if (isJsonArray(value)) return "list";
  return typeof value === "bigint" ? "number" : typeof value;
}

/** Integers stay integers where the argument is one. */
function compareResult(node: ArithmeticNode, value: JsonValue | undefined): boolean | undefined {
  const { arithmetic, argument, operator } = node;
  if (typeof value !== "bigint" && typeof value !== "number") return undefined;
  const result = mixedArithmetic(arithmetic, value, argument);
  if (result === undefined) return undefined;
  const order = orderOf(result, node.value);
  return order === undefined ? undefined : holds(operator, order);
}

/** A filter may name a hundred thousand constants: elements are looked up among them. */
function containsJudge({ mode, elements }: ContainsNode): ValueJudge {
  const constants = new ConstantSet(elements);
  return (value) => {
    if (!isJsonArray(value)) return undefined;
    if (mode === "all") return constants.isWithin(value);
    return value.some((element) => constants.has(element));
  };
}
