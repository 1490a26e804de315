import { BrainError } from "../base/brain-error.ts";
import type { FieldInfo } from "../schema/field.ts";
import {
  elementLabelType,
  isLabelListType,
  isLabelType,
  labelMembers,
} from "../schema/label-shape.ts";
import { quoteIdentifier } from "../store/quote-identifier.ts";
import { compileCondition } from "./compile-expression.ts";
import type { Scope } from "./compiled.ts";
import type { ExpressionNode } from "./expression-node.ts";
import { valueTypeOf } from "./field-value-type.ts";
import { columnOf, type Relation, requireField, rowScope } from "./relation.ts";
import { where } from "./row-stages.ts";
import type { SqlParameters } from "./sql-parameters.ts";
import type { LabelCriteria, StageParams } from "./stage.ts";

/** What a label of a field must be, written for the label that is `self` in the scope. */
type LabelTest = (scope: Scope, field: FieldInfo) => string;

export function filterLabels(
  relation: Relation,
  { field, filter, onlyMatches }: StageParams["filterLabels"],
  params: SqlParameters,
): Relation {
  const info = requireLabelField(relation, field, "filterLabels");
  const filtered = keepLabels(relation, [info], params, (scope) => compileCondition(filter, scope));
  return onlyMatches ? withLabels(filtered, [info]) : filtered;
}

export function filterField(
  relation: Relation,
  { field, filter, onlyMatches }: StageParams["filterField"],
  params: SqlParameters,
): Relation {
  const info = requireField(relation, field);
  if (isLabelType(info.type)) {
    throw new BrainError(
      "view-invalid",
      `Cannot use filterField on "${field}", which has labels: use filterLabels`,
      { details: { field } },
    );
  }
  const name = params.newName();
  const row = rowScope(relation, name, params);
  const column = `${name}.${columnOf(info)}`;
  const scope = { ...row, self: { sql: column, type: valueTypeOf(info) } };
  const holds = compileCondition(filter, scope);
  const kept = replaceColumns(relation, name, [[info, onlyIf(holds, column, params)]]);
  return onlyMatches ? where(kept, params.newName(), `${columnOf(info)} IS NOT NULL`) : kept;
}

export function mapLabels(
  relation: Relation,
  { field, map }: StageParams["mapLabels"],
  params: SqlParameters,
): Relation {
  const info = requireLabelField(relation, field, "mapLabels");
  const type = isLabelType(info.type) ? elementLabelType(info.type) : "Classification";
  if (!labelMembers[type].some(({ column }) => column === "label")) {
    throw new BrainError(
      "view-invalid",
      `Cannot use mapLabels on "${field}": a ${type} has no label`,
    );
  }
  const from = params.bindList(Object.keys(map), "VARCHAR");
  const to = params.bindList(Object.values(map), "VARCHAR");
  const mapped = (label: string): string => {
    const found = `list_extract(${to}, list_position(${from}, (${label})."label"))`;
    const members = labelMembers[type].map(({ column }) => {
      const member = `(${label}).${quoteIdentifier(column)}`;
      const value = column === "label" ? `coalesce(${found}, ${member})` : member;
      return `${quoteIdentifier(column)} := ${value}`;
    });
    return `struct_pack(${members.join(", ")})`;
  };
  const name = params.newName();
  const column = `${name}.${columnOf(info)}`;
  const element = params.newName();
  const isList = isLabelListType(info.type);
  const labels = isList ? column : presentOf(column, params);
  const renamed = `list_transform(${labels}, lambda ${element}: ${mapped(element)})`;
  const sql = isList ? renamed : `list_extract(${renamed}, 1)`;
  return replaceColumns(relation, name, [[info, sql]]);
}

export function limitLabels(
  relation: Relation,
  { field, count }: StageParams["limitLabels"],
  params: SqlParameters,
): Relation {
  const info = requireLabelField(relation, field, "limitLabels");
  if (!isLabelListType(info.type)) {
    throw new BrainError(
      "view-invalid",
      `Cannot use limitLabels on "${field}": it has no list of labels`,
    );
  }
  const name = params.newName();
  const sql = `list_slice(${name}.${columnOf(info)}, 1, ${count})`;
  return replaceColumns(relation, name, [[info, sql]]);
}

export function selectLabels(
  relation: Relation,
  criteria: StageParams["selectLabels"],
  params: SqlParameters,
): Relation {
  const fields = labelFields(relation, criteria, "selectLabels");
  const { relation: marked, test } = withCriteria(relation, { ...criteria, fields }, params, "AND");
  const selected = keepLabels(marked, fields, params, test);
  const isOther = (field: FieldInfo): boolean =>
    isLabelType(field.type) && !fields.some(({ name }) => name === field.name);
  const narrowed = { ...selected, fields: selected.fields.filter((field) => !isOther(field)) };
  return criteria.omitEmpty ? withLabels(narrowed, fields) : narrowed;
}

export function excludeLabels(
  relation: Relation,
  criteria: StageParams["excludeLabels"],
  params: SqlParameters,
): Relation {
  if (criteria.ids === undefined && criteria.tags === undefined && criteria.fields === undefined) {
    throw new BrainError("view-invalid", "Cannot use excludeLabels: give ids, tags or fields");
  }
  const fields = labelFields(relation, criteria, "excludeLabels");
  const { relation: marked, test } = withCriteria(relation, { ...criteria, fields }, params, "OR");
  const left = keepLabels(marked, fields, params, (scope, field) => `NOT ${test(scope, field)}`);
  return criteria.omitEmpty ? withLabels(left, fields) : left;
}

export function matchLabels(
  relation: Relation,
  { filter, bool, ...criteria }: StageParams["matchLabels"],
  params: SqlParameters,
): Relation {
  const fields = labelFields(relation, criteria, "matchLabels");
  const wanted = { ...criteria, fields, ...(filter !== undefined && { filter }) };
  const { relation: marked, test } = withCriteria(relation, wanted, params, "AND");
  const name = params.newName();
  const row = rowScope(marked, name, params);
  const tests = fields.map((field) => {
    const column = `${name}.${columnOf(field)}`;
    const type = valueTypeOf(field);
    if (type.kind !== "list") {
      return `(${column} IS NOT NULL AND ${test({ ...row, self: { sql: column, type } }, field)})`;
    }
    const element = params.newName();
    const holds = test({ ...row, self: { sql: element, type: type.element } }, field);
    return `(coalesce(len(list_filter(${column}, lambda ${element}: ${holds})), 0) > 0)`;
  });
  const any = tests.length === 0 ? "false" : `(${tests.join(" OR ")})`;
  return where(marked, name, bool ? any : `NOT ${any}`);
}

interface WantedLabels extends Omit<LabelCriteria, "fields"> {
  readonly fields: readonly FieldInfo[];
  readonly filter?: ExpressionNode;
}

/**
 * A test of labels by the criteria, which are joined by AND or OR; without any, all labels meet them.
 * Ids may be many: they are looked up by a join, and each row gets the few that are among its own.
 */
function withCriteria(
  relation: Relation,
  { ids, tags, filter, fields }: WantedLabels,
  params: SqlParameters,
  joint: "AND" | "OR",
): { relation: Relation; test: LabelTest } {
  const found = new Map<string, string>();
  const marked = ids === undefined ? relation : markIds(relation, { fields, ids, found }, params);
  const tagList = tags === undefined ? "" : params.bindList(tags, "VARCHAR");
  const test: LabelTest = (scope, field) => {
    const label = `(${scope.self.sql})`;
    const parts: string[] = [];
    const mark = found.get(field.name);
    if (mark !== undefined) {
      parts.push(`coalesce(list_contains(${scope.root.sql}.${mark}, ${label}."id"), false)`);
    }
    if (tags !== undefined) {
      parts.push(`coalesce(list_has_any(${label}."tags", ${tagList}), false)`);
    }
    if (filter !== undefined) parts.push(compileCondition(filter, scope));
    return parts.length === 0 ? "true" : `(${parts.join(` ${joint} `)})`;
  };
  return { relation: marked, test };
}

/** Adds a column for each field: which of its labels in the row have one of the ids. */
function markIds(
  relation: Relation,
  marks: {
    readonly fields: readonly FieldInfo[];
    readonly ids: readonly string[];
    /** Receives the names of the columns. */
    readonly found: Map<string, string>;
  },
  params: SqlParameters,
): Relation {
  const wanted = params.bindList(marks.ids, "VARCHAR");
  const rows = params.newName();
  const joins = marks.fields.map((field) => {
    const [table, mark] = [params.newName(), params.newName()];
    marks.found.set(field.name, mark);
    const column = columnOf(field);
    const label = isLabelListType(field.type) ? `unnest(${column})` : column;
    const all = `SELECT id AS row_id, (${label})."id" AS label_id FROM ${rows}`;
    const own =
      `SELECT row_id, list(label_id) AS ${mark} FROM (${all}) ` +
      `WHERE label_id IN (SELECT unnest(${wanted})) GROUP BY row_id`;
    return {
      column: `${table}.${mark}`,
      sql: `LEFT JOIN (${own}) AS ${table} ON ${table}.row_id = ${rows}.id`,
    };
  });
  const columns = [`${rows}.*`, ...joins.map(({ column }) => column)].join(", ");
  const tables = [rows, ...joins.map(({ sql }) => sql)].join(" ");
  return {
    ...relation,
    sql: `WITH ${rows} AS (${relation.sql}) SELECT ${columns} FROM ${tables}`,
  };
}

/** Takes out of the fields the labels that fail the test. */
function keepLabels(
  relation: Relation,
  fields: readonly FieldInfo[],
  params: SqlParameters,
  test: LabelTest,
): Relation {
  const name = params.newName();
  const row = rowScope(relation, name, params);
  const replaced = fields.map((field): [FieldInfo, string] => {
    const column = `${name}.${columnOf(field)}`;
    const type = valueTypeOf(field);
    if (type.kind !== "list") {
      const holds = test({ ...row, self: { sql: column, type } }, field);
      return [field, onlyIf(holds, column, params)];
    }
    const element = params.newName();
    const holds = test({ ...row, self: { sql: element, type: type.element } }, field);
    return [field, `list_filter(${column}, lambda ${element}: ${holds})`];
  });
  return replaceColumns(relation, name, replaced);
}

/** The rows that have a label in any of the fields. */
function withLabels(relation: Relation, fields: readonly FieldInfo[]): Relation {
  const tests = fields.map((field) =>
    isLabelListType(field.type)
      ? `coalesce(len(${columnOf(field)}), 0) > 0`
      : `${columnOf(field)} IS NOT NULL`,
  );
  const sql = `SELECT * FROM (${relation.sql}) WHERE ${tests.join(" OR ") || "false"}`;
  return { ...relation, sql };
}

function replaceColumns(
  relation: Relation,
  name: string,
  columns: readonly (readonly [FieldInfo, string])[],
): Relation {
  if (columns.length === 0) return relation;
  const replaced = columns.map(([field, sql]) => `${sql} AS ${columnOf(field)}`).join(", ");
  return {
    ...relation,
    sql: `SELECT * REPLACE (${replaced}) FROM (${relation.sql}) AS ${name}`,
  };
}

/** A value or NULL. A list of one, since DuckDB's CASE does not take arrays, which labels have in them. */
function onlyIf(holds: string, value: string, params: SqlParameters): string {
  return `list_extract(list_filter([${value}], lambda ${params.newName()}: ${holds}), 1)`;
}

/** A list of the value, or of nothing if it is NULL. */
function presentOf(value: string, params: SqlParameters): string {
  const name = params.newName();
  return `list_filter([${value}], lambda ${name}: ${name} IS NOT NULL)`;
}

function labelFields(relation: Relation, { fields }: LabelCriteria, stage: string): FieldInfo[] {
  if (fields !== undefined) return fields.map((name) => requireLabelField(relation, name, stage));
  return relation.fields.filter(({ type }) => isLabelType(type));
}

function requireLabelField(relation: Relation, name: string, stage: string): FieldInfo {
  const field = requireField(relation, name);
  if (isLabelType(field.type)) return field;
  throw new BrainError(
    "view-invalid",
    `Cannot use ${stage} on "${name}": it has a ${field.type}, expected labels`,
    { details: { field: name, found: field.type } },
  );
}
