import { BrainError } from "../base/brain-error.ts";
import type { FieldInfo } from "../schema/field.ts";
import { columnName } from "../schema/field-column.ts";
import { quoteIdentifier } from "../store/quote-identifier.ts";
import type { Compiled, Scope } from "./compiled.ts";
import { valueTypeOf } from "./field-value-type.ts";
import type { SampleSource } from "./sample-source.ts";
import type { SqlParameters } from "./sql-parameters.ts";
import { type Member, type StructValueType, toCamelCase } from "./value-type.ts";

/** A column of the relation, quoted, by which its rows are ordered. */
export interface OrderKey {
  readonly column: string;
  readonly descending: boolean;
}

/**
 * What a chain of stages is in SQL: a SELECT whose columns are those of `fields` and some of our own.
 * The order is kept apart, as columns to order by, so that what does not need it does not pay for it.
 */
export interface Relation {
  readonly sql: string;
  readonly fields: readonly FieldInfo[];
  /** The first key counts most. The last ones tell all rows apart, but for equal rows. */
  readonly order: readonly OrderKey[];
  /** Of patches: the field that they are from, which is one label here. */
  readonly patchesField?: string;
}

/** All samples of a dataset. */
export function baseRelation(source: SampleSource): Relation {
  return {
    sql: "SELECT * FROM samples",
    fields: source.fields(),
    order: [{ column: quoteIdentifier("position"), descending: false }],
  };
}

/** ORDER BY of a relation: what is missing comes first, or last in reverse. */
export function orderClause(order: readonly OrderKey[], isReversed = false): string {
  const keys = order.map(({ column, descending }) =>
    descending === isReversed ? `${column} ASC NULLS FIRST` : `${column} DESC NULLS LAST`,
  );
  return `ORDER BY ${keys.join(", ")}`;
}

/** The scope of expressions about the rows of a relation that stands in SQL under a name. */
export function rowScope(relation: Relation, name: string, params: SqlParameters): Scope {
  const members = relation.fields.map((field): [string, Member] => [
    field.name,
    { column: columnName(field.name), type: valueTypeOf(field) },
  ]);
  const type: StructValueType = {
    kind: "struct",
    name: relation.patchesField === undefined ? "sample" : "patch",
    members: new Map(members),
  };
  const self: Compiled = { sql: name, type, isRow: true };
  return { self, root: self, params };
}

/** The field of a name. Throws `field-not-found`, naming those that there are. */
export function requireField(relation: Relation, name: string): FieldInfo {
  const field =
    relation.fields.find((candidate) => candidate.name === name) ??
    relation.fields.find((candidate) => candidate.name === toCamelCase(name));
  if (field !== undefined) return field;
  const allowed = relation.fields.map((candidate) => candidate.name);
  throw new BrainError(
    "field-not-found",
    `There is no field "${name}": there are ${allowed.join(", ")}`,
    { details: { field: name, allowed } },
  );
}

export function columnOf(field: FieldInfo): string {
  return quoteIdentifier(columnName(field.name));
}
