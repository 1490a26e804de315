import { AssertionError, assert, unreachable } from "../base/assert.ts";
import { compileGeometryTest } from "../geometry/compile-geometry-test.ts";
import { bytesAt, type Column, isValid } from "../schema/column.ts";
import { type DataType, infoOf } from "../schema/data-type.ts";
import { mixedArithmetic } from "./arithmetic.ts";
import type {
  ArithmeticNode,
  BoundNode,
  CompareFieldsNode,
  ContainsNode,
  InNode,
  JsonPath,
  LikeNode,
  MatchNode,
  Operand,
  RangeNode,
} from "./bound-node.ts";
import { type Constant, holds, orderOf } from "./constant.ts";
import { elementsOf, isEnough } from "./element-counts.ts";
import type { BoundFilter } from "./filter.ts";
import { compareJson, equalsJson, existsJson, isJsonArray } from "./json-semantics.ts";
import { type JsonValue, parseJson } from "./json-value.ts";
import type { LikePattern } from "./like-pattern.ts";
import { shiftTime } from "./time-interval.ts";

type ColumnOf = (fieldId: number) => Column;

/** What an operand is in one row. Undefined: null, missing. */
type RowValue = JsonValue | undefined;

const decoder = new TextDecoder();

/**
 * What the filter says of one row: undefined is UNKNOWN. Slow and obvious on purpose: the tests
 * hold the column evaluator against it.
 */
export function evaluateRow(
  filter: BoundFilter,
  columnOf: ColumnOf,
  row: number,
): boolean | undefined {
  return evaluate(filter.root, columnOf, row);
}

function evaluate(node: BoundNode, columnOf: ColumnOf, row: number): boolean | undefined {
  switch (node.kind) {
    case "constant":
      return node.value;
    case "and":
    case "or":
      return combine(
        node.operands.map((operand) => evaluate(operand, columnOf, row)),
        node.kind === "or",
      );
    case "not":
      return negate(evaluate(node.operand, columnOf, row));
    case "null-check":
      return !isValid(columnOf(node.fieldId), row);
    case "compare-fields": {
      const left = read(node.left, columnOf, row);
      const right = read(node.right, columnOf, row);
      return compareFields(node, left, right);
    }
    case "shift": {
      const value = read(
        { kind: "scalar", fieldId: node.fieldId, type: "Timestamptz" },
        columnOf,
        row,
      );
      if (typeof value !== "bigint") return undefined;
      return compareJson(shiftTime(value, node.interval), node.operator, node.value);
    }
    case "geometry": {
      const column = columnOf(node.fieldId);
      if (!isValid(column, row)) return undefined;
      assert(column.layout === "bytes", "A Geometry field has a bytes column");
      return compileGeometryTest(node.test)(bytesAt(column, row));
    }
    case "match":
      return match(node, columnOf, row);
    case "element-filter": {
      const parts: BoundNode[] = node.rows === undefined ? [node.match] : [node.rows, node.match];
      return evaluate({ kind: "and", operands: parts }, columnOf, row);
    }
    case "sample":
      throw new AssertionError("A random choice is made among all rows, not of one");
    default:
      return condition(node, read(node.operand, columnOf, row));
  }
}

/** SQL's AND and OR: the decisive value wins, then UNKNOWN, then the other. */
function combine(values: readonly (boolean | undefined)[], decisive: boolean): boolean | undefined {
  if (values.includes(decisive)) return decisive;
  return values.includes(undefined) ? undefined : !decisive;
}

function negate(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}

function match(node: MatchNode, columnOf: ColumnOf, row: number): boolean | undefined {
  const list = columnOf(node.fieldId);
  assert(list.layout === "list", "Elements are those of a list column");
  if (!isValid(list, row)) return undefined;
  const elementOf = (fieldId: number) => {
    const column = columnOf(fieldId);
    assert(column.layout === "list", "Elements are those of a list column");
    return elementsOf(column, column.rowCount);
  };
  const first = list.offsets[row] - list.offsets[0];
  const length = list.offsets[row + 1] - list.offsets[row];
  let count = 0;
  for (let i = 0; i < length; i++) {
    if (evaluate(node.predicate, elementOf, first + i) === true) count++;
  }
  return isEnough(node, count, length);
}

type Condition = Extract<BoundNode, { readonly operand: Operand }>;

function condition(node: Condition, value: RowValue): boolean | undefined {
  switch (node.kind) {
    case "exists":
      return existsJson(value);
    case "compare":
      return compareJson(value, node.operator, node.value);
    case "range":
      return inRange(node, value);
    case "in":
      return isOneOf(node, value);
    case "like":
      return isLike(node, value);
    case "regex":
      return typeof value === "string" ? node.pattern.test(value) : undefined;
    case "arithmetic":
      return compareResult(node, value);
    case "length":
      return isJsonArray(value)
        ? holds(node.operator, value.length - Number(node.value))
        : undefined;
    case "contains":
      return contains(node, value);
    default:
      return unreachable(node);
  }
}

function inRange(node: RangeNode, value: RowValue): boolean | undefined {
  const above = compareJson(value, node.lowerInclusive ? ">=" : ">", node.lower);
  const below = compareJson(value, node.upperInclusive ? "<=" : "<", node.upper);
  return combine([above, below], false);
}

function isOneOf(node: InNode, value: RowValue): boolean | undefined {
  return combine(
    node.values.map((constant) => compareJson(value, "==", constant)),
    true,
  );
}

function isLike(node: LikeNode, value: RowValue): boolean | undefined {
  return typeof value === "string" ? regexOf(node.pattern).test(value) : undefined;
}

/** The pattern as a regular expression, made anew from its text. */
function regexOf({ pattern }: LikePattern): RegExp {
  const source = pattern.replace(/\\(.)|[%_]|[\^$\\.*+?()[\]{}|/]/gsu, (found, escaped) => {
    if (found === "%") return ".*";
    if (found === "_") return ".";
    return literally(escaped ?? found);
  });
  return new RegExp(`^${source}$`, "su");
}

function literally(character: string): string {
  return /[\^$\\.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

function compareResult(node: ArithmeticNode, value: RowValue): boolean | undefined {
  if (typeof value !== "bigint" && typeof value !== "number") return undefined;
  const result = resultOf(node, value);
  if (result === undefined) return undefined;
  const order = orderOf(result, node.value);
  return order === undefined ? undefined : holds(node.operator, order);
}

/** Integers stay integers where the argument is one; a Float field computes in float32. */
function resultOf({ operand, arithmetic, argument }: ArithmeticNode, value: bigint | number) {
  const result = mixedArithmetic(arithmetic, value, argument);
  const rounds = operand.kind !== "json" && operand.type === "Float";
  return rounds && typeof result === "number" ? Math.fround(result) : result;
}

function contains(node: ContainsNode, value: RowValue): boolean | undefined {
  if (!isJsonArray(value)) return undefined;
  const isIn = (constant: Constant) => value.some((element) => equalsJson(element, constant));
  return node.mode === "any" ? node.elements.some(isIn) : node.elements.every(isIn);
}

function compareFields(
  { operator }: CompareFieldsNode,
  left: RowValue,
  right: RowValue,
): boolean | undefined {
  return isScalar(right) ? compareJson(left, operator, right) : undefined;
}

function isScalar(value: RowValue): value is boolean | bigint | number | string {
  return value !== undefined && value !== null && typeof value !== "object";
}

function read(operand: Operand, columnOf: ColumnOf, row: number): RowValue {
  const column = columnOf(operand.fieldId);
  if (!isValid(column, row)) return undefined;
  switch (operand.kind) {
    case "scalar":
      return scalarAt(column, operand.type, row);
    case "array":
      return arrayAt(column, operand.type, row);
    case "element":
      return arrayAt(column, operand.type, row)[operand.index];
    case "json":
      return walk(parseJson(textAt(column, row)), operand.path);
    default:
      return unreachable(operand);
  }
}

function scalarAt(column: Column, type: DataType, row: number): JsonValue {
  if (column.layout === "bytes") return textAt(column, row);
  assert(column.layout === "fixed", "A scalar field has a fixed or bytes column");
  const value = column.values[row];
  if (type === "Bool") return value === 1;
  const { family } = infoOf(type);
  return family === "integer" || family === "timestamp" ? BigInt(value) : Number(value);
}

function arrayAt(column: Column, type: DataType, row: number): readonly JsonValue[] {
  assert(column.layout === "list", "An Array field has a list column");
  const values: JsonValue[] = [];
  for (let i = column.offsets[row]; i < column.offsets[row + 1]; i++) {
    values.push(scalarAt(column.elements, type, i));
  }
  return values;
}

function textAt(column: Column, row: number): string {
  assert(column.layout === "bytes", "A text field has a bytes column");
  return decoder.decode(bytesAt(column, row));
}

/** What stands at a path. In arrays a step counts as an index, as in a JSON pointer. */
function walk(root: JsonValue, path: JsonPath): RowValue {
  let value: RowValue = root;
  for (const step of path) {
    if (isJsonArray(value)) value = /^(?:0|[1-9]\d*)$/.test(step) ? value[Number(step)] : undefined;
    else if (value instanceof Map) value = value.get(step);
    else return undefined;
  }
  return value;
}
