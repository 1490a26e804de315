import { assert } from "../base/assert.ts";
import { Bitset } from "../base/bitset.ts";
import type { Column, ListColumn } from "../schema/column.ts";
import { limits } from "../schema/limits.ts";
import type { ArrayOperand, CompareNode, ContainsNode, LengthNode } from "./bound-node.ts";
import { type Constant, isList } from "./constant.ts";
import { matchScalar } from "./evaluate-scalar.ts";
import { lengthsOf, rowsWithAny, rowsWithAt } from "./list-columns.ts";

/** The conditions on a whole array. */
export type ListNode = CompareNode | LengthNode | ContainsNode;

/** The rows of an Array field for which a condition is true, as far as they have a value. */
export function matchList(
  node: ListNode,
  operand: ArrayOperand,
  column: Column,
  rowCount: number,
): Bitset {
  assert(column.layout === "list", "An Array field has a list column");
  switch (node.kind) {
    case "length":
      return matchLength(node, column, rowCount);
    case "contains":
      return matchContains(node, operand, column, rowCount);
    default:
      return matchEqual(node, operand, column, rowCount);
  }
}

function matchLength(
  { operator, value }: LengthNode,
  column: ListColumn,
  rowCount: number,
): Bitset {
  const operand = { kind: "scalar", fieldId: 0, type: "Int32" } as const;
  const compare: CompareNode = { kind: "compare", operand, operator, value };
  return matchScalar(compare, lengthsOf(column, rowCount), "Int32", rowCount);
}

function matchContains(
  { mode, elements }: ContainsNode,
  operand: ArrayOperand,
  column: ListColumn,
  rowCount: number,
): Bitset {
  if (mode === "any") {
    return rowsWithAny(column, elementsIn(elements, operand, column), rowCount);
  }
  const wanted = new Set(elements);
  const matches = Bitset.full(rowCount);
  // An array has no more elements than this, so none has more different ones.
  if (wanted.size > limits.arrayCapacity) return new Bitset(rowCount);
  for (const element of wanted) {
    if (matches.isEmpty()) break;
    matches.and(rowsWithAny(column, elementsIn([element], operand, column), rowCount));
  }
  return matches;
}

/** The rows whose array is the list, or is not. */
function matchEqual(
  { operator, value }: CompareNode,
  operand: ArrayOperand,
  column: ListColumn,
  rowCount: number,
): Bitset {
  assert(isList(value), "An array is compared with a list");
  const length = BigInt(value.length);
  const matches = matchLength(
    { kind: "length", operand, operator: "==", value: length },
    column,
    rowCount,
  );
  value.forEach((element, index) => {
    const marked = elementsIn([element], operand, column);
    matches.and(rowsWithAt(column, index, marked, rowCount));
  });
  return operator === "==" ? matches : matches.not();
}

/** The elements, of all arrays together, that are among the constants. */
function elementsIn(
  values: readonly Constant[],
  { fieldId, type }: ArrayOperand,
  { elements }: ListColumn,
): Bitset {
  if (values.length === 0) return new Bitset(elements.rowCount);
  const operand = { kind: "scalar", fieldId, type } as const;
  return matchScalar({ kind: "in", operand, values }, elements, type, elements.rowCount);
}
