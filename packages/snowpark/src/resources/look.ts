import { SnowparkError } from "../base/snowpark-error.ts";
import type { SqlRow } from "../session/snow-session.ts";
import { literal } from "../sql/quote.ts";
import type { ResourceContext } from "./resource.ts";

/** Snowflake's number for what is not there, or is not to be seen by the role. */
const doesNotExist = "002003";
/** The same of a role that can't be used, and of an operation on what is not there. */
const cannotBePerformed = "002043";

/** The rows of a statement that only looks. None where what it looks into is not there. */
export async function look(
  context: ResourceContext,
  role: string,
  sql: string,
): Promise<readonly SqlRow[]> {
  try {
    return (await context.session.execute(sql, { role })).rows;
  } catch (error) {
    if (isMissing(error)) {
      return [];
    }
    throw error;
  }
}

/** Whether a statement failed because what it names is not there, or not to be seen. */
export function isMissing(error: unknown): boolean {
  const code = error instanceof SnowparkError ? error.details.snowflakeCode : undefined;
  return code === doesNotExist || code === cannotBePerformed;
}

/**
 * A `LIKE` pattern that a name fits. `SHOW … LIKE` knows `_` and `%` and ignores case, so whoever uses it has to look
 * for the name itself in the rows; what is no letter or digit stands for any character, so that nothing needs escaping.
 */
export function likePattern(name: string): string {
  return literal(name.replaceAll(/[^A-Za-z0-9]/g, "_"));
}

/** The row whose column `name` is the name, letter for letter. */
export function named(rows: readonly SqlRow[], name: string): SqlRow | undefined {
  return rows.find((row) => row["name"] === name);
}
