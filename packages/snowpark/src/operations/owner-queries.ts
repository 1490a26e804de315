import { SnowparkError } from "../base/snowpark-error.ts";
import type { SqlResult, SqlRow } from "../session/snow-session.ts";
import { literal, qualified } from "../sql/quote.ts";
import type { OperationContext } from "./operation-context.ts";

/** Runs a statement as the deployment's owner role. */
export function ask(context: OperationContext, statement: string): Promise<SqlResult> {
  const { config, session, signal } = context;
  return session.execute(statement, {
    role: config.names.ownerRole,
    ...(signal === undefined ? {} : { signal }),
  });
}

/** What `SHOW` can list that operations look for. */
type Listed = "COMPUTE POOLS" | "SERVICES" | "SNAPSHOTS" | "IMAGE REPOSITORIES";

/**
 * The row of an object by its exact name, as the owner role sees it. `undefined` where there is none; that the role, the
 * database or the schema is not there is the same to who asks.
 */
export async function findNamed(
  context: OperationContext,
  kind: Listed,
  name: string,
): Promise<SqlRow | undefined> {
  const rows = await listOwned(context, kind, ` LIKE ${literal(likePattern(name))}`);
  return rows.find((row) => row["name"] === name);
}

/** All rows of a kind in the deployment's schema (pools: in the account). */
export async function listOwned(
  context: OperationContext,
  kind: Listed,
  filter = "",
): Promise<readonly SqlRow[]> {
  const { database, schema } = context.config.names;
  const place = kind === "COMPUTE POOLS" ? "" : ` IN SCHEMA ${qualified(database, schema)}`;
  try {
    return (await ask(context, `SHOW ${kind}${filter}${place}`)).rows;
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}

/** `LIKE` has two wildcards, and the backslash that takes their meaning. */
function likePattern(name: string): string {
  return name.replaceAll(/[\\%_]/g, "\\$&");
}

/** Whether a statement failed because what it names is not there, or not to be seen by its role. */
export function isAbsence(error: unknown): boolean {
  if (!(error instanceof SnowparkError)) return false;
  const number = error.details.snowflakeCode?.replace(/^0+/, "");
  return number !== undefined && absenceCodes.has(number);
}

/** 2003 of objects, 2043 of statements on such, 390189 and 390317 of roles at sign-in. */
const absenceCodes: ReadonlySet<string> = new Set(["2003", "2043", "390189", "390317"]);
