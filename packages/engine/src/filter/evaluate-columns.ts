import { assert, unreachable } from "../base/assert.ts";
import { Bitset } from "../base/bitset.ts";
import { compileGeometryTest, type GeometryJudge } from "../geometry/compile-geometry-test.ts";
import type { GeometryTest } from "../geometry/geometry-test.ts";
import {
  type BytesColumn,
  bytesAt,
  type Column,
  isValid,
  type ListColumn,
} from "../schema/column.ts";
import { infoOf } from "../schema/data-type.ts";
import type {
  BoundNode,
  CompareFieldsNode,
  GeometryNode,
  LogicalNode,
  MatchNode,
  Operand,
  ShiftNode,
} from "./bound-node.ts";
import { compareTexts } from "./bytes-kernels.ts";
import { holds, orderOfNumbers } from "./constant.ts";
import { elementsOf, rowsWithEnough } from "./element-counts.ts";
import { evaluateJson, type JsonNode } from "./evaluate-json.ts";
import { matchList } from "./evaluate-list.ts";
import { matchScalar } from "./evaluate-scalar.ts";
import { compareMixed } from "./int64-kernels.ts";
import { elementsAt } from "./list-columns.ts";
import { compareNumbers } from "./number-kernels.ts";
import { randomRows } from "./random-rows.ts";
import type { RegexPattern } from "./regex-pattern.ts";
import { shiftTime } from "./time-interval.ts";
import {
  and,
  constantVerdict,
  not,
  nullsOf,
  or,
  possibleOf,
  type Verdict,
  withNulls,
} from "./verdict.ts";

/** The columns to evaluate on, each with at least `rowCount` rows. */
export interface ColumnSource {
  /**
   * Asked by each condition, and again while one goes on for long: what it throws ends the evaluation.
   */
  readonly columnOf: (fieldId: number) => Column;
  readonly rowCount: number;
}

/** The rows for which the condition is TRUE, found column by column. */
export function evaluateColumns(root: BoundNode, source: ColumnSource): Bitset {
  return evaluate(root, source, undefined).matches;
}

/**
 * Evaluates a condition. Only the answers for the rows of `active` (absent: all rows) matter to
 * the caller; those for others may be anything.
 */
function evaluate(node: BoundNode, source: ColumnSource, active: Bitset | undefined): Verdict {
  const { rowCount } = source;
  switch (node.kind) {
    case "constant":
      return constantVerdict(node.value, rowCount);
    case "and":
    case "or":
      return evaluateChain(node, source, active);
    case "not":
      return not(evaluate(node.operand, source, active));
    case "null-check": {
      const nulls = nullsOf(source.columnOf(node.fieldId).validity, rowCount);
      return { matches: nulls, unknown: undefined };
    }
    case "compare-fields":
      return compareFields(node, source);
    case "shift":
      return evaluateShift(node, source);
    case "geometry":
      return evaluateGeometry(node, source, active);
    case "match":
      return evaluateMatch(node, source);
    case "element-filter": {
      const { match, rows } = node;
      if (rows === undefined) return evaluateMatch(match, source);
      return evaluateChain({ kind: "and", operands: [rows, match] }, source, active);
    }
    case "sample": {
      const all = node.rows && evaluate(node.rows, source, active).matches;
      const rows = all ?? Bitset.full(rowCount);
      return { matches: randomRows(rows, node.factor, node.random), unknown: undefined };
    }
    default:
      return evaluateCondition(node, source, active);
  }
}

/**
 * A chain of `and` or `or`, cheap operands first: those that follow are asked only about the rows
 * that are still undecided, and not at all when there is none.
 */
function evaluateChain(
  { kind, operands }: LogicalNode,
  source: ColumnSource,
  active: Bitset | undefined,
): Verdict {
  const [first, ...rest] = cheapestFirst(operands);
  let verdict = evaluate(first, source, active);
  for (const operand of rest) {
    // One that looks at all rows anyway need not be told which ones matter.
    if (costOf(operand) < costPerRow) {
      if (isDecided(verdict, kind)) break;
      const next = evaluate(operand, source, undefined);
      verdict = kind === "and" ? and(verdict, next) : or(verdict, next);
      continue;
    }
    const undecided = kind === "and" ? possibleOf(verdict) : verdict.matches.clone().not();
    if (active !== undefined) undecided.and(active);
    if (undecided.isEmpty()) break;
    const next = evaluate(operand, source, undecided);
    verdict = kind === "and" ? and(verdict, next) : or(verdict, next);
  }
  return verdict;
}

/** Whether no further operand can change the verdict of a row. */
function isDecided({ matches, unknown }: Verdict, kind: "and" | "or"): boolean {
  if (kind === "or") return matches.count() === matches.size;
  return matches.isEmpty() && (unknown === undefined || unknown.isEmpty());
}

function cheapestFirst(operands: readonly BoundNode[]): readonly BoundNode[] {
  const costs = new Map(operands.map((operand) => [operand, costOf(operand)]));
  return operands.toSorted((a, b) => (costs.get(a) ?? 0) - (costs.get(b) ?? 0));
}

/** Conditions that cost so much are asked only about the rows that matter. */
const costPerRow = 2;

/** How much a condition costs per row, roughly: numbers, then text, then arrays, then JSON. */
function costOf(node: BoundNode): number {
  switch (node.kind) {
    case "constant":
    case "null-check":
    case "compare-fields":
      return 0;
    case "and":
    case "or":
      return node.operands.reduce((cost, operand) => Math.max(cost, costOf(operand)), 0);
    case "not":
      return costOf(node.operand);
    case "shift":
    case "match":
      return 2;
    case "geometry":
    case "element-filter":
    case "sample":
      return 4;
    case "regex":
      return costOfOperand(node.operand) + 1;
    default:
      return costOfOperand(node.operand);
  }
}

function costOfOperand(operand: Operand): number {
  switch (operand.kind) {
    case "scalar":
      return infoOf(operand.type).layout === "fixed" ? 0 : 1;
    case "element":
    case "array":
      return 2;
    case "json":
      return 3;
    default:
      return unreachable(operand);
  }
}

function evaluateCondition(
  node: JsonNode,
  source: ColumnSource,
  active: Bitset | undefined,
): Verdict {
  const { operand } = node;
  const { rowCount } = source;
  const column = source.columnOf(operand.fieldId);
  if (operand.kind === "json") {
    assert(column.layout === "bytes", "A JSON field has a bytes column");
    return evaluateJson(node, operand, column, { rowCount, active });
  }
  assert(node.kind !== "exists", "exists is bound to JSON only");
  if (operand.kind === "array") {
    assert(
      node.kind === "compare" || node.kind === "length" || node.kind === "contains",
      "Other conditions are not bound to arrays",
    );
    return withNulls(matchList(node, operand, column, rowCount), column);
  }
  assert(node.kind !== "length" && node.kind !== "contains", "Those are bound to arrays only");
  const values =
    operand.kind === "scalar" ? column : elementColumn(column, operand.index, rowCount);
  if (node.kind === "regex") {
    assert(values.layout === "bytes", "A regular expression is bound to text");
    return withNulls(matchRegex(values, node.pattern, active, rowCount), values);
  }
  return withNulls(matchScalar(node, values, operand.type, rowCount), values);
}

function elementColumn(column: Column, index: number, rowCount: number): Column {
  assert(column.layout === "list", "An Array field has a list column");
  return elementsAt(column, index, rowCount);
}

function compareFields(node: CompareFieldsNode, { columnOf, rowCount }: ColumnSource): Verdict {
  const left = columnOf(node.left.fieldId);
  const right = columnOf(node.right.fieldId);
  const verdict = withNulls(compareColumns(left, node, right, rowCount), left);
  // Only the nulls of the other side are taken from this one.
  const other = withNulls(verdict.matches, right);
  if (verdict.unknown === undefined) return other;
  if (other.unknown === undefined) return { matches: other.matches, unknown: verdict.unknown };
  return { matches: other.matches, unknown: verdict.unknown.or(other.unknown) };
}

function compareColumns(
  left: Column,
  { operator }: CompareFieldsNode,
  right: Column,
  rowCount: number,
): Bitset {
  if (left.layout === "bytes" && right.layout === "bytes") {
    return compareTexts(left, operator, right, rowCount);
  }
  assert(left.layout === "fixed" && right.layout === "fixed", "Fields of one kind are compared");
  const [a, b] = [left.values, right.values];
  return a instanceof BigInt64Array || b instanceof BigInt64Array
    ? compareMixed(a, operator, b, rowCount)
    : compareNumbers(a, operator, b, rowCount);
}

/** The elements for which the predicate is TRUE, counted from the first one of the column on. */
export function evaluatePredicate(node: MatchNode, { columnOf, rowCount }: ColumnSource): Bitset {
  const elements = (fieldId: number) => elementsOf(listColumn(columnOf(fieldId)), rowCount);
  const { offsets } = listColumn(columnOf(node.fieldId));
  const source = { columnOf: elements, rowCount: offsets[rowCount] - offsets[0] };
  return evaluateColumns(node.predicate, source);
}

function evaluateMatch(node: MatchNode, source: ColumnSource): Verdict {
  const column = listColumn(source.columnOf(node.fieldId));
  const matching = evaluatePredicate(node, source);
  return withNulls(rowsWithEnough(node, column, matching, source.rowCount), column);
}

function listColumn(column: Column): ListColumn {
  assert(column.layout === "list", "Elements are those of a list column");
  return column;
}

function evaluateShift(
  { fieldId, interval, operator, value }: ShiftNode,
  { columnOf, rowCount }: ColumnSource,
): Verdict {
  const column = columnOf(fieldId);
  assert(column.layout === "fixed", "A Timestamptz field has a fixed column");
  const matches = new Bitset(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const shifted = shiftTime(BigInt(column.values[row]), interval);
    if (holds(operator, orderOfNumbers(shifted, value))) matches.add(row);
  }
  return withNulls(matches, column);
}

/** Made once per filter, however many segments it is evaluated on. */
const judges = new WeakMap<GeometryTest, GeometryJudge>();

function evaluateGeometry(
  { fieldId, test }: GeometryNode,
  { columnOf, rowCount }: ColumnSource,
  active: Bitset | undefined,
): Verdict {
  const column = columnOf(fieldId);
  assert(column.layout === "bytes", "A Geometry field has a bytes column");
  const judge = judges.get(test) ?? compileGeometryTest(test);
  judges.set(test, judge);
  const matches = new Bitset(rowCount);
  (active ?? Bitset.full(rowCount)).forEach((row) => {
    if (!isValid(column, row)) return;
    // A geometry may take a second: whoever lends the column can put an end to it.
    columnOf(fieldId);
    if (judge(bytesAt(column, row))) matches.add(row);
  });
  return withNulls(matches, column);
}

function matchRegex(
  { bytes, offsets }: BytesColumn,
  pattern: RegexPattern,
  active: Bitset | undefined,
  rowCount: number,
): Bitset {
  const matches = new Bitset(rowCount);
  // The same memory: a Buffer decodes short texts fastest.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  (active ?? Bitset.full(rowCount)).forEach((row) => {
    if (pattern.test(text.toString("utf8", offsets[row], offsets[row + 1]))) matches.add(row);
  });
  return matches;
}
