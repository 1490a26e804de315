import type { Bitset } from "../base/bitset.ts";
import type { CollectionSchema } from "../schema/collection-schema.ts";
import type { Column } from "../schema/column.ts";
import { bind } from "./bind.ts";
import type { BoundNode, MatchNode } from "./bound-node.ts";
import { evaluateColumns, evaluatePredicate } from "./evaluate-columns.ts";
import { fieldsOf } from "./fields-of.ts";
import { failFilter } from "./filter-error.ts";
import type { FilterOptions } from "./filter-options.ts";
import { maxConditions } from "./limits.ts";
import { parseExpression } from "./parser.ts";
import type { TemplateValue } from "./template-value.ts";

/** A filter that is checked against a schema and can be evaluated on its columns. */
export interface BoundFilter {
  readonly root: BoundNode;
  /** The ids of the fields that it reads, ascending. */
  readonly fieldIds: readonly number[];
}

/** What `element_filter` of a filter asks of the elements of an array of structs. */
export interface ElementFilter {
  /** The name of the array of structs. */
  readonly struct: string;
  readonly match: MatchNode;
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
  options: FilterOptions = {},
): BoundFilter {
  const scope = { source: expression, schema, templates, options };
  const root = bind(parseExpression(expression), scope);
  const conditions = countConditions(root);
  if (conditions > maxConditions) {
    failFilter(expression, `${conditions} conditions, the most allowed are ${maxConditions}`);
  }
  return { root, fieldIds: fieldsOf(root) };
}

function countConditions(node: BoundNode): number {
  switch (node.kind) {
    case "and":
    case "or":
      return node.operands.reduce((count, operand) => count + countConditions(operand), 0);
    case "not":
      return countConditions(node.operand);
    case "match":
      return countConditions(node.predicate);
    case "element-filter":
    case "sample":
      return 1 + (node.rows === undefined ? 0 : countConditions(node.rows));
    default:
      return 1;
  }
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

/**
 * The values of a field that rows must have to pass, where the filter says so: by `==` and `in`,
 * joined by `or` with others of the kind, and by `and` with anything. For a partition key they tell
 * the partitions to look into. Undefined where any value may pass.
 */
export function partitionKeyValues(
  { root }: BoundFilter,
  fieldId: number,
): readonly (bigint | string)[] | undefined {
  const values = valuesOf(root, fieldId);
  return values && [...values];
}

function valuesOf(node: BoundNode, fieldId: number): ReadonlySet<bigint | string> | undefined {
  switch (node.kind) {
    case "constant":
      return node.value ? undefined : new Set();
    case "compare":
    case "in": {
      if (node.kind === "compare" && node.operator !== "==") return undefined;
      const { operand } = node;
      if (operand.kind !== "scalar" || operand.fieldId !== fieldId) return undefined;
      // The binder has cast them to the type of the key.
      const values = node.kind === "in" ? node.values : [node.value];
      return new Set(values as readonly (bigint | string)[]);
    }
    case "and":
      return smallest(node.operands.map((operand) => valuesOf(operand, fieldId)));
    case "or":
      return union(node.operands.map((operand) => valuesOf(operand, fieldId)));
    case "sample":
    case "element-filter":
      return node.rows && valuesOf(node.rows, fieldId);
    default:
      return undefined;
  }
}

type Values = ReadonlySet<bigint | string> | undefined;

function smallest(sets: readonly Values[]): Values {
  return sets.reduce((best, set) =>
    best === undefined || (set !== undefined && set.size < best.size) ? set : best,
  );
}

function union(sets: readonly Values[]): Values {
  const all = new Set<bigint | string>();
  for (const set of sets) {
    if (set === undefined) return undefined;
    for (const value of set) all.add(value);
  }
  return all;
}

/**
 * The `element_filter` of a filter, if it has one. In a search among the elements of its array of
 * structs only those are searched for which {@link evaluateElements} answers.
 */
export function elementFilterOf({ root }: BoundFilter): ElementFilter | undefined {
  return root.kind === "element-filter" ? root : undefined;
}

/**
 * The elements of the first `rowCount` rows that satisfy an `element_filter`, counted through: the
 * element `i` of a row is `offsets[row] - offsets[0] + i`, by the offsets of the column of any
 * sub-field.
 */
export function evaluateElements(
  { match }: ElementFilter,
  columnOf: (fieldId: number) => Column,
  rowCount: number,
): Bitset {
  return evaluatePredicate(match, { columnOf, rowCount });
}

/** Whether the filter passes every row without looking at it, as `1 == 1` and `id not in []` do. */
export function isAlwaysTrue({ root }: BoundFilter): boolean {
  return root.kind === "constant" && root.value === true;
}
