import type { StatementContext } from "../statement-context.ts";
import { StatementError } from "../statement-error.ts";
import { callServiceFunction } from "./service-function-call.ts";
import type { SqlRows, SqlValue } from "./sql-value.ts";
import { callSystemFunction, isSystemFunction } from "./system-functions.ts";

const contextFunctions: Readonly<Record<string, (context: StatementContext) => SqlValue>> = {
  CURRENT_ROLE: ({ session }) => session.role,
  CURRENT_USER: ({ session }) => session.user,
  CURRENT_WAREHOUSE: ({ session }) => session.warehouse,
  CURRENT_DATABASE: ({ session }) => session.database,
  CURRENT_SCHEMA: ({ session }) => session.schema,
  CURRENT_ACCOUNT: ({ parts }) => parts.options.names.account,
  CURRENT_ACCOUNT_NAME: ({ parts }) => parts.options.names.account,
  CURRENT_ORGANIZATION_NAME: ({ parts }) => parts.options.names.organization,
  CURRENT_REGION: () => "AWS_US_WEST_2",
  CURRENT_VERSION: () => "10.10.0",
  CURRENT_CLIENT: () => null,
  CURRENT_SECONDARY_ROLES: ({ session }) =>
    JSON.stringify({ roles: "", value: session.hasSecondaryRoles ? "ALL" : "" }),
  CURRENT_AVAILABLE_ROLES: ({ access, session }) =>
    JSON.stringify([...access.assignableRoles(session.user)].sort()),
  CURRENT_TIMESTAMP: ({ now }) => new Date(now).toISOString(),
};

const pureFunctions: Readonly<Record<string, (values: readonly SqlValue[]) => SqlValue>> = {
  PARSE_JSON: ([text]) => parseJson(text ?? null),
  ARRAY_CONSTRUCT: (values) => values,
  TO_VARIANT: ([value]) => value ?? null,
  TO_ARRAY: ([value = null]) => (Array.isArray(value) || value === null ? value : [value]),
};

const casts: Readonly<Record<string, (value: SqlValue) => SqlValue>> = {
  ARRAY: (value) => value,
  OBJECT: (value) => value,
  VARIANT: (value) => value,
  VARCHAR: toText,
  STRING: toText,
  TEXT: toText,
  NUMBER: toNumber,
  INT: toNumber,
  FLOAT: toNumber,
};

/** What tells of the session, such as CURRENT_ROLE. `undefined` when there is none of that name. */
export function contextFunction(
  name: string,
): ((context: StatementContext) => SqlValue) | undefined {
  return entryOf(contextFunctions, name);
}

/** How values become a type. `undefined` for a type that is not known. */
export function castTo(type: string): ((value: SqlValue) => SqlValue) | undefined {
  return entryOf(casts, type);
}

/** Calls a function for all rows of arguments: one of the above, a system function, else a service function. */
export async function callFunction(
  name: readonly string[],
  rows: SqlRows,
  context: StatementContext,
): Promise<SqlValue[]> {
  const [only = ""] = name;
  const pure = name.length === 1 ? entryOf(pureFunctions, only) : undefined;
  if (pure !== undefined) return rows.map(pure);
  if (name.length > 1 || !isSystemFunction(only)) return callServiceFunction(name, rows, context);
  const results: SqlValue[] = [];
  for (const row of rows) results.push(await callSystemFunction(only, row, context));
  return results;
}

/** The tables are plain objects: names such as CONSTRUCTOR must not reach their prototype. */
function entryOf<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function parseJson(text: SqlValue): SqlValue {
  if (typeof text !== "string") return text;
  try {
    // JSON.parse gives only what SqlValue has.
    return JSON.parse(text) as SqlValue;
  } catch {
    throw new StatementError("100069", "22P02", `Error parsing JSON: ${text.slice(0, 80)}`);
  }
}

function toText(value: SqlValue): SqlValue {
  return value === null || typeof value === "string" ? value : JSON.stringify(value);
}

function toNumber(value: SqlValue): SqlValue {
  if (value === null) return null;
  const number = typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value);
  if (Number.isFinite(number)) return number;
  throw new StatementError("100038", "22018", `Numeric value '${String(value)}' is not recognized`);
}
