import { SnowparkError } from "../base/snowpark-error.ts";
import { literalValue, nameValue, type SqlToken } from "../sql/tokens.ts";
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
  const maxParts = tokens.length > 2 ? partsOfKinds.get(kind) : undefined;
  const from = maxParts === undefined ? 1 : 2;
  const { names, next } = nameAt(tokens, from);
  const [first, second] = names;
  const shown = statement.slice(0, 100);
  if (first === undefined) {
    throw new SnowparkError("statement-failed", `USE names nothing: ${shown}`);
  }
  if (next < tokens.length || names.length > (maxParts ?? 2)) {
    throw new SnowparkError("statement-failed", `This USE is not understood: ${shown}`, {
      remedy: "Known are USE ROLE, USE WAREHOUSE, USE DATABASE and USE SCHEMA with one name",
    });
  }
  switch (maxParts === undefined ? "" : kind) {
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

/** How many parts the name of each kind can have. */
const partsOfKinds: ReadonlyMap<string, number> = new Map([
  ["ROLE", 1],
  ["WAREHOUSE", 1],
  ["DATABASE", 1],
  ["SCHEMA", 2],
]);

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
  const { names } = nameAt(tokens, 0);
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

interface ReadName {
  readonly names: readonly string[];
  /** The index of the token behind it. */
  readonly next: number;
}

/** The parts of `a."b"`, or of `IDENTIFIER('a."b"')`, that begin at a token. None where there is no name. */
function nameAt(tokens: readonly SqlToken[], from: number): ReadName {
  const [word, open, text, close] = tokens.slice(from, from + 4);
  if (word?.text.toUpperCase() !== "IDENTIFIER" || open?.text !== "(") {
    return plainNameAt(tokens, from);
  }
  if (text?.kind !== "string" || close?.text !== ")") return { names: [], next: from };
  const inner = tokensOf(literalValue(text));
  const { names, next } = plainNameAt(inner, 0);
  return next === inner.length ? { names, next: from + 4 } : { names: [], next: from };
}

function plainNameAt(tokens: readonly SqlToken[], from: number): ReadName {
  const names: string[] = [];
  let next = from;
  for (;;) {
    const token = tokens[next];
    if (token?.kind !== "word" && token?.kind !== "quoted") break;
    names.push(nameValue(token));
    next += 1;
    if (tokens[next]?.text !== ".") break;
    next += 1;
  }
  return { names, next };
}
