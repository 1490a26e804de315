import { unreachable } from "../base/assert.ts";
import type { Bitset } from "../base/bitset.ts";
import type { CollectionSchema } from "../schema/collection-schema.ts";
import type { Column } from "../schema/column.ts";
import { bind } from "./bind.ts";
import type { BoundNode } from "./bound-node.ts";
import { evaluateColumns } from "./evaluate-columns.ts";
import { parseExpression } from "./parser.ts";
import type { TemplateValue } from "./template-value.ts";

/** A filter that is checked against a schema and can be evaluated on its columns. */
export interface BoundFilter {
  readonly root: BoundNode;
  /** The ids of the fields that it reads, ascending. */
  readonly fieldIds: readonly number[];
}

/**
 * Parses and binds a filter of Milvus's language, for example `age > 20 and tags[0] == "a"`.
 * Throws `filter-invalid` with Milvus's text, or `unsupported` for the constructs that this engine
 * does not run.
 */
export function compileFilter(
  expression: string,
  schema: CollectionSchema,
  templates: Readonly<Record<string, TemplateValue>> = {},
): BoundFilter {
  const root = bind(parseExpression(expression), { source: expression, schema, templates });
  const fieldIds = new Set<number>();
  collectFields(root, fieldIds);
  return { root, fieldIds: [...fieldIds].sort((a, b) => a - b) };
}

/**
 * The rows of 0 to `rowCount - 1` for which the filter is TRUE. `columnOf` gives the column of a
 * field, with at least `rowCount` rows.
 */
export function evaluateFilter(
  filter: BoundFilter,
  columnOf: (fieldId: number) => Column,
  rowCount: number,
): Bitset {
  return evaluateColumns(filter.root, { columnOf, rowCount });
}

/**
 * The keys of a filter that is exactly `key == x` or `key in [...]`, in the order written. Such a
 * filter needs no scan: Milvus calls a delete by one a simple delete.
 */
export function keysOf(
  { root }: BoundFilter,
  primaryKeyFieldId: number,
): readonly (bigint | string)[] | undefined {
  if (root.kind !== "in" && !(root.kind === "compare" && root.operator === "==")) return undefined;
  const { operand } = root;
  if (operand.kind !== "scalar" || operand.fieldId !== primaryKeyFieldId) return undefined;
  const values = root.kind === "in" ? root.values : [root.value];
  // The binder has cast them to the type of the key.
  return values as readonly (bigint | string)[];
}

/** Whether the filter passes every row without looking at it, as `1 == 1` and `id not in []` do. */
export function isAlwaysTrue({ root }: BoundFilter): boolean {
  return root.kind === "constant" && root.value === true;
}

function collectFields(node: BoundNode, into: Set<number>): void {
  switch (node.kind) {
    case "constant":
      break;
    case "and":
    case "or":
      for (const operand of node.operands) collectFields(operand, into);
      break;
    case "not":
      collectFields(node.operand, into);
      break;
    case "compare-fields":
      into.add(node.left.fieldId).add(node.right.fieldId);
      break;
    case "null-check":
      into.add(node.fieldId);
      break;
    case "compare":
    case "range":
    case "in":
    case "like":
    case "arithmetic":
    case "length":
    case "exists":
    case "contains":
      into.add(node.operand.fieldId);
      break;
    default:
      unreachable(node);
  }
}
