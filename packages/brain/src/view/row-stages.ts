import { BrainError } from "../base/brain-error.ts";
import { isStandardField } from "../schema/field-column.ts";
import { compileCondition, compileExpression } from "./compile-expression.ts";
import { asNumber, type Compiled, existence } from "./compiled.ts";
import type { ExpressionNode } from "./expression-node.ts";
import { orderClause, type Relation, requireField, rowScope } from "./relation.ts";
import { resolvePath } from "./resolve-path.ts";
import type { SqlParameters } from "./sql-parameters.ts";
import type { StageParams } from "./stage.ts";
import { describeType } from "./value-type.ts";

/** The rows for which a condition holds; it is written for rows that SQL knows by `name`. */
export function where(relation: Relation, name: string, sql: string): Relation {
  return { ...relation, sql: `SELECT * FROM (${relation.sql}) AS ${name} WHERE ${sql}` };
}

export function match(
  relation: Relation,
  { filter }: StageParams["match"],
  params: SqlParameters,
): Relation {
  const name = params.newName();
  return where(relation, name, compileCondition(filter, rowScope(relation, name, params)));
}

export function matchTags(
  relation: Relation,
  { tags, bool, all }: StageParams["matchTags"],
  params: SqlParameters,
): Relation {
  const name = params.newName();
  const holds = `coalesce(${hasTags(`${name}.tags`, tags, all, params)}, false)`;
  return where(relation, name, bool ? holds : `NOT ${holds}`);
}

/** Above so many tags, a list of them is compared as one: below, looking for each is up to five times as fast. */
const tagsOneByOneMax = 4;

function hasTags(
  column: string,
  tags: readonly string[],
  all: boolean,
  params: SqlParameters,
): string {
  if (tags.length === 0 || tags.length > tagsOneByOneMax) {
    const test = all ? "list_has_all" : "list_has_any";
    return `${test}(${column}, ${params.bindList(tags, "VARCHAR")})`;
  }
  const each = tags.map((tag) => `list_contains(${column}, ${params.bind(tag, "VARCHAR")})`);
  return `(${each.join(all ? " AND " : " OR ")})`;
}

export function exists(
  relation: Relation,
  { path, bool }: StageParams["exists"],
  params: SqlParameters,
): Relation {
  const name = params.newName();
  const { root } = rowScope(relation, name, params);
  const value = resolvePath(root, path, params);
  // A list field has a value when it has a list, an empty one too; behind it, any label must have one.
  const holds =
    value.type.kind === "list" && value.type.step !== undefined
      ? `(${value.sql} IS NOT NULL)`
      : existence(value, params).sql;
  return where(relation, name, bool ? holds : `NOT ${holds}`);
}

export function sortBy(
  relation: Relation,
  { keys }: StageParams["sortBy"],
  params: SqlParameters,
): Relation {
  const name = params.newName();
  const scope = rowScope(relation, name, params);
  const columns = keys.map(({ by, reverse }) => ({
    sql: keyOf(by, compileExpression(by, scope), "sort by"),
    column: params.newName(),
    descending: reverse,
  }));
  const added = columns.map(({ sql, column }) => `, ${sql} AS ${column}`).join("");
  return {
    ...relation,
    sql: `SELECT ${name}.*${added} FROM (${relation.sql}) AS ${name}`,
    order: [
      ...columns.map(({ column, descending }) => ({ column, descending })),
      ...relation.order,
    ],
  };
}

/** A value by which rows can be ordered and grouped. */
export function keyOf(by: ExpressionNode, value: Compiled, purpose: string): string {
  switch (value.type.kind) {
    case "number":
      return asNumber(value, purpose);
    case "string":
    case "date":
    case "boolean":
      return value.sql;
    default: {
      const what = by.op === "path" ? `"${by.path}"` : "the expression";
      throw new BrainError(
        "expression-invalid",
        `Cannot ${purpose} ${what}: it is a ${describeType(value.type)}, expected a number, text, date ` +
          "or boolean",
        { details: { found: describeType(value.type) } },
      );
    }
  }
}

export function limit(relation: Relation, { count }: StageParams["limit"]): Relation {
  return slice(relation, `LIMIT ${count}`);
}

export function skip(relation: Relation, { count }: StageParams["skip"]): Relation {
  return slice(relation, `OFFSET ${count}`);
}

/** From so many rows on, those of a page are found by what orders them alone, before the rest is read. */
const deepPage = 10_000;

/** `skip` and then `limit`. */
export function page(
  relation: Relation,
  { skip, limit }: { readonly skip: number; readonly limit: number },
  params: SqlParameters,
): Relation {
  const clause = `LIMIT ${limit} OFFSET ${skip}`;
  // Rows in the order of insertion need no sorting; large pages are read whole either way.
  if (relation.order.length === 1 || skip < deepPage || limit > deepPage) {
    return slice(relation, clause);
  }
  const [row, chosen] = [params.newName(), params.newName()];
  const columns = relation.order.map(({ column }) => column);
  const keys =
    `SELECT ${columns.join(", ")} FROM (${relation.sql}) ` +
    `${orderClause(relation.order)} ${clause}`;
  const same = columns.map((name) => `${row}.${name} IS NOT DISTINCT FROM ${chosen}.${name}`);
  const sql =
    `SELECT * FROM (${relation.sql}) AS ${row} ` +
    `SEMI JOIN (${keys}) AS ${chosen} ON ${same.join(" AND ")}`;
  return { ...relation, sql };
}

function slice(relation: Relation, clause: string): Relation {
  const sql = `SELECT * FROM (${relation.sql}) ${orderClause(relation.order)} ${clause}`;
  return { ...relation, sql };
}

/** A random order that depends on the seed and the ids alone: the same on every machine, in every run. */
export function shuffle(
  relation: Relation,
  { seed }: StageParams["shuffle"],
  params: SqlParameters,
): Relation {
  const key = params.newName();
  const salt = params.bind(`${seed}:`, "VARCHAR");
  return {
    ...relation,
    sql: `SELECT *, md5(${salt} || id) AS ${key} FROM (${relation.sql})`,
    order: [{ column: key, descending: false }, ...relation.order],
  };
}

export function take(
  relation: Relation,
  { count, seed }: StageParams["take"],
  params: SqlParameters,
): Relation {
  return limit(shuffle(relation, { seed }, params), { count });
}

export function select(
  relation: Relation,
  { ids, ordered }: StageParams["select"],
  params: SqlParameters,
): Relation {
  const list = params.bindList(ids, "VARCHAR");
  if (!ordered) {
    return {
      ...relation,
      sql: `SELECT * FROM (${relation.sql}) WHERE id IN (SELECT unnest(${list}))`,
    };
  }
  const [row, chosen, place] = [params.newName(), params.newName(), params.newName()];
  const places = `SELECT unnest(${list}) AS chosen_id, generate_subscripts(${list}, 1) AS ${place}`;
  return {
    ...relation,
    sql:
      `SELECT ${row}.*, ${chosen}.${place} FROM (${relation.sql}) AS ${row} ` +
      `JOIN (${places}) AS ${chosen} ON ${chosen}.chosen_id = ${row}.id`,
    order: [{ column: place, descending: false }, ...relation.order],
  };
}

export function exclude(
  relation: Relation,
  { ids }: StageParams["exclude"],
  params: SqlParameters,
): Relation {
  const list = params.bindList(ids, "VARCHAR");
  const sql = `SELECT * FROM (${relation.sql}) WHERE id NOT IN (SELECT unnest(${list}))`;
  return { ...relation, sql };
}

/** The first sample of each group, in the order of the view. */
export function groupBy(
  relation: Relation,
  { by }: StageParams["groupBy"],
  params: SqlParameters,
): Relation {
  const name = params.newName();
  const key = keyOf(by, compileExpression(by, rowScope(relation, name, params)), "group by");
  const window = `PARTITION BY ${key} ${orderClause(relation.order)}`;
  return {
    ...relation,
    sql: `SELECT * FROM (${relation.sql}) AS ${name} QUALIFY row_number() OVER (${window}) = 1`,
  };
}

export function selectFields(
  relation: Relation,
  { fields }: StageParams["selectFields"],
): Relation {
  const chosen = new Set(fields.map((name) => requireField(relation, name).name));
  return {
    ...relation,
    fields: relation.fields.filter(({ name }) => chosen.has(name) || isAlwaysThere(relation, name)),
  };
}

export function excludeFields(
  relation: Relation,
  { fields }: StageParams["excludeFields"],
): Relation {
  const left = new Set(fields.map((name) => requireField(relation, name).name));
  const kept = [...left].find((name) => isAlwaysThere(relation, name));
  if (kept !== undefined) {
    throw new BrainError(
      "view-invalid",
      `Cannot exclude the field "${kept}": every sample has it`,
      {
        details: { field: kept },
      },
    );
  }
  return { ...relation, fields: relation.fields.filter(({ name }) => !left.has(name)) };
}

function isAlwaysThere({ patchesField }: Relation, name: string): boolean {
  return (
    isStandardField(name) ||
    (patchesField !== undefined && (name === patchesField || name === "sampleId"))
  );
}
