import { SnowparkError } from "../base/snowpark-error.ts";
import { nameValue, type SqlToken } from "../sql/tokens.ts";
import { beginsWith, tokensOf } from "./statement-words.ts";

/** The current role, warehouse, database and schema of a script. Sessions are told them with every statement. */
export interface ScriptContext {
  readonly role?: string;
  readonly warehouse?: string;
  readonly database?: string;
  readonly schema?: string;
}

/**
 * What a `USE` makes of the context. `undefined` for other statements.
 *
 * @throws SnowparkError `unsupported` for `USE SECONDARY ROLES`: secondary roles belong to a session, and statements
 *   here are sent with one role each.
 */
export function contextAfterUse(
  statement: string,
  context: ScriptContext,
): ScriptContext | undefined {
  const tokens = tokensOf(statement);
  if (!beginsWith(tokens, "USE")) return undefined;
  if (beginsWith(tokens, "USE", "SECONDARY")) {
    throw new SnowparkError("unsupported", "USE SECONDARY ROLES is not supported in scripts", {
      remedy: "ALTER USER … SET DEFAULT_SECONDARY_ROLES = … holds for every sign-in",
    });
  }
  const kind = tokens[1]?.text.toUpperCase() ?? "";
  const hasKind = tokens.length > 2 && useKinds.has(kind);
  const names = namesFrom(tokens, hasKind ? 2 : 1);
  const [first, second] = names;
  if (first === undefined) {
    throw new SnowparkError("statement-failed", `USE names nothing: ${statement.slice(0, 100)}`);
  }
  switch (hasKind ? kind : "") {
    case "ROLE":
      return { ...context, role: first };
    case "WAREHOUSE":
      return { ...context, warehouse: first };
    case "DATABASE":
      return { ...context, database: first, schema: "PUBLIC" };
    case "SCHEMA":
      return second === undefined
        ? { ...context, schema: first }
        : { ...context, database: first, schema: second };
    default:
      return { ...context, database: first, schema: second ?? "PUBLIC" };
  }
}

const useKinds: ReadonlySet<string> = new Set(["ROLE", "WAREHOUSE", "DATABASE", "SCHEMA"]);

/**
 * What a statement that ran makes of the context: a database, a schema or a warehouse that is created is current from
 * then on, and one that is dropped is so no more. One that was there already changes nothing.
 *
 * @param message what the server answered, such as `MILVUS already exists, statement succeeded.`
 */
export function contextAfterRun(
  statement: string,
  message: string,
  context: ScriptContext,
): ScriptContext {
  const created =
    /^\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:TRANSIENT\s+)?(DATABASE|SCHEMA|WAREHOUSE)\s/i.exec(
      statement,
    );
  const dropped = /^\s*DROP\s+(DATABASE|SCHEMA|WAREHOUSE)\s/i.exec(statement);
  const kind = (created ?? dropped)?.[1]?.toUpperCase();
  if (kind === undefined || /already exists, statement succeeded/i.test(message)) return context;
  const tokens = tokensOf(statement).filter(
    ({ text }) =>
      !/^(?:CREATE|DROP|OR|REPLACE|TRANSIENT|IF|NOT|EXISTS|DATABASE|SCHEMA|WAREHOUSE)$/i.test(text),
  );
  const names = namesFrom(tokens, 0);
  return created === null
    ? contextWithout(kind, names, context)
    : contextWith(kind, names, context);
}

function contextWith(
  kind: string,
  names: readonly string[],
  context: ScriptContext,
): ScriptContext {
  const last = names.at(-1) ?? "";
  if (kind === "WAREHOUSE") return { ...context, warehouse: last };
  if (kind === "DATABASE") return { ...context, database: last, schema: "PUBLIC" };
  const [database] = names.length > 1 ? names : [context.database];
  return { ...context, ...(database === undefined ? {} : { database }), schema: last };
}

function contextWithout(
  kind: string,
  names: readonly string[],
  context: ScriptContext,
): ScriptContext {
  const name = names.at(-1);
  const { role, warehouse, database, schema } = context;
  const kept: { -readonly [K in keyof ScriptContext]: ScriptContext[K] } = {};
  if (role !== undefined) kept.role = role;
  if (warehouse !== undefined && !(kind === "WAREHOUSE" && warehouse === name))
    kept.warehouse = warehouse;
  if (database === undefined || (kind === "DATABASE" && database === name)) return kept;
  kept.database = database;
  if (schema !== undefined && !(kind === "SCHEMA" && schema === name)) kept.schema = schema;
  return kept;
}

/** The parts of `a."b"` from a token on. */
function namesFrom(tokens: readonly SqlToken[], from: number): string[] {
  const names: string[] = [];
  for (let index = from; index < tokens.length; index += 2) {
    const token = tokens[index];
    if (token === undefined || (token.kind !== "word" && token.kind !== "quoted")) break;
    names.push(nameValue(token));
    if (tokens[index + 1]?.text !== ".") break;
  }
  return names;
}
