import { BrainError } from "../base/brain-error.ts";
import { quoteIdentifier } from "../store/quote-identifier.ts";
import type { SqlParameters } from "./sql-parameters.ts";
import { BOOLEAN, describeType, listOf, NUMBER, STRING, type ValueType } from "./value-type.ts";

/** A value in SQL, and what it is. */
export interface Compiled {
  readonly sql: string;
  readonly type: ValueType;
  /** A row of a table rather than a value: `sql` is the table's name. */
  readonly isRow?: true;
  /** A condition that SQL never answers with NULL. */
  readonly isTotal?: true;
  /** A number that SQL may answer with infinity or NaN, which we call missing. */
  readonly mayBeInfinite?: true;
}

/** Where an expression stands. */
export interface Scope {
  /** What paths start at. */
  readonly self: Compiled;
  /** What paths with `root` start at: the row of the sample. */
  readonly root: Compiled;
  readonly params: SqlParameters;
}

/** Some coercions write a value twice, so that a nested expression may grow without a bound. */
const SQL_LENGTH_MAX = 2_000_000;

export function bounded(compiled: Compiled): Compiled {
  if (compiled.sql.length <= SQL_LENGTH_MAX) return compiled;
  throw new BrainError("limit-exceeded", "Cannot use the expression: it is nested too deep");
}

export function condition(sql: string): Compiled {
  return bounded({ sql, type: BOOLEAN, isTotal: true });
}

export function memberOf(value: Compiled, column: string): string {
  const name = quoteIdentifier(column);
  return value.isRow === true ? `${value.sql}.${name}` : `(${value.sql}).${name}`;
}

export function wrongType(what: string, expected: string, found: ValueType): BrainError {
  return new BrainError(
    "expression-invalid",
    `Cannot use "${what}" here: it needs ${expected}, found a ${describeType(found)}`,
    { details: { operator: what, expected, found: describeType(found) } },
  );
}

/** The value as a finite DOUBLE or BIGINT, or NULL. */
export function asNumber(value: Compiled, operator: string): string {
  const sql = asRawNumber(value, operator);
  return value.mayBeInfinite === true ? `CASE WHEN isfinite(${sql}) THEN ${sql} END` : sql;
}

/** The same, where infinity and NaN may go on, since what comes of them is looked at later. */
export function asRawNumber({ sql, type }: Compiled, operator: string): string {
  if (type.kind === "number") return sql;
  if (type.kind === "null") return "CAST(NULL AS DOUBLE)";
  if (type.kind !== "json") throw wrongType(operator, "a number", type);
  const isNumber = `json_type(${sql}) IN ('UBIGINT', 'BIGINT', 'DOUBLE', 'HUGEINT', 'UHUGEINT')`;
  return `CASE WHEN ${isNumber} THEN CAST(${sql} AS DOUBLE) END`;
}

export function asText({ sql, type }: Compiled, operator: string): string {
  if (type.kind === "string") return sql;
  if (type.kind === "null") return "CAST(NULL AS VARCHAR)";
  if (type.kind !== "json") throw wrongType(operator, "a text", type);
  return `CASE WHEN json_type(${sql}) = 'VARCHAR' THEN json_extract_string(${sql}, '$') END`;
}

/** The value as a condition that is true or false, never NULL. */
export function asCondition(value: Compiled, operator: string): string {
  const { sql, type } = value;
  if (type.kind === "null") return "false";
  if (type.kind === "boolean") return value.isTotal === true ? sql : `coalesce(${sql}, false)`;
  if (type.kind !== "json") throw wrongType(operator, "a condition", type);
  return `coalesce(${jsonBoolean(sql)}, false)`;
}

export function jsonBoolean(sql: string): string {
  return `CASE WHEN json_type(${sql}) = 'BOOLEAN' THEN CAST(${sql} AS BOOLEAN) END`;
}

/** The value as a list; of JSON, an array as a list of JSON. */
export function asList(value: Compiled, operator: string): Compiled & { type: { kind: "list" } } {
  const { sql, type } = value;
  if (type.kind === "list") return { sql, type };
  if (type.kind !== "json") throw wrongType(operator, "a list", type);
  const elements = `CASE WHEN json_type(${sql}) = 'ARRAY' THEN json_extract(${sql}, '$[*]') END`;
  return { sql: elements, type: listOf(type) };
}

/** A list of lists as one list, in order. */
export function flattened(value: Compiled): Compiled {
  if (value.type.kind !== "list" || value.type.element.kind !== "list") return value;
  return flattened(bounded({ sql: `flatten(${value.sql})`, type: value.type.element }));
}

/** Whether a test holds for any element of a list, of lists in it too. */
export function anyElement(
  list: Compiled,
  params: SqlParameters,
  test: (element: Compiled) => Compiled,
): Compiled {
  const flat = flattened(list);
  if (flat.type.kind !== "list") throw wrongType("any", "a list", flat.type);
  const name = params.newName();
  const body = test({ sql: name, type: flat.type.element });
  return condition(`(coalesce(len(list_filter(${flat.sql}, lambda ${name}: ${body.sql})), 0) > 0)`);
}

/** Whether there is a value; of a list, any element that is one. */
export function existence(value: Compiled, params: SqlParameters): Compiled {
  if (value.isRow === true) return condition("true");
  switch (value.type.kind) {
    case "null":
      return condition("false");
    case "list":
      return anyElement(value, params, (element) => existence(element, params));
    case "json":
      return condition(`coalesce(json_type(${value.sql}) <> 'NULL', false)`);
    case "number":
      return condition(`(${asNumber(value, "exists")} IS NOT NULL)`);
    default:
      return condition(`(${value.sql} IS NOT NULL)`);
  }
}

export function numberOf(sql: string): Compiled {
  return bounded({ sql, type: NUMBER });
}

export function textOf(sql: string): Compiled {
  return bounded({ sql, type: STRING });
}
