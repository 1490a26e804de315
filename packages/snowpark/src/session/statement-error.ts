import { explain } from "../base/known-errors.ts";
import { redact } from "../base/redact.ts";
import { SnowparkError, type SnowparkErrorCode } from "../base/snowpark-error.ts";

/** What a server says of a statement that failed. */
export interface StatementFailure {
  /** Snowflake's number, such as `002003`. */
  readonly code: string;
  readonly message: string;
  readonly sqlState?: string | undefined;
  readonly queryId?: string | undefined;
}

/** What was run, and what of it must not be seen. */
export interface StatementContext {
  readonly statement: string;
  readonly role?: string | undefined;
  readonly secrets?: readonly string[] | undefined;
}

/** How much of a statement an error shows. */
const shownLength = 2_000;

/** Snowflake's answer to a statement as an error: redacted, classified, with what to do about it. */
export function statementError(
  failure: StatementFailure,
  context: StatementContext,
): SnowparkError {
  const message = redact(failure.message, context.secrets);
  const statement = redact(context.statement, context.secrets);
  return new SnowparkError(classify(failure), message, {
    statement: statement.length > shownLength ? `${statement.slice(0, shownLength)}…` : statement,
    snowflakeCode: failure.code,
    ...(context.role === undefined ? {} : { role: context.role }),
    ...(failure.sqlState === undefined ? {} : { sqlState: failure.sqlState }),
    ...(failure.queryId === undefined ? {} : { queryId: failure.queryId }),
    ...remedyFor(message, failure.code),
  });
}

/** A sign-in that was refused. */
export function signInError(failure: StatementFailure, secrets: readonly string[]): SnowparkError {
  const message = redact(failure.message, secrets);
  return new SnowparkError("sign-in-failed", message, {
    snowflakeCode: failure.code,
    ...remedyFor(message, failure.code),
  });
}

/** A host that was not reached, or did not speak its protocol. */
export function networkError(message: string, cause?: unknown): SnowparkError {
  const reason = cause === undefined ? "" : `: ${reasonOf(cause)}`;
  const shown = redact(`${message}${reason}`);
  return new SnowparkError("network", shown, { cause, ...remedyFor(shown) });
}

/** How an answer begins that is not what it should be, on one line, redacted before it is cut. */
export function beginningOf(text: string, secrets: readonly string[] = []): string {
  return redact(text, secrets).slice(0, 200).replaceAll(/\s+/g, " ").trim();
}

/** What the caller gave up. */
export function cancelledError(what: string): SnowparkError {
  return new SnowparkError("cancelled", `${what} was cancelled`);
}

function remedyFor(message: string, snowflakeCode?: string): { remedy?: string } {
  const details = snowflakeCode === undefined ? {} : { snowflakeCode };
  const remedy = explain({ message, details });
  return remedy === undefined ? {} : { remedy };
}

function classify(failure: StatementFailure): SnowparkErrorCode {
  if (failure.code === "000604") return "cancelled";
  if (["003001", "003013"].includes(failure.code) || failure.sqlState === "42501")
    return "insufficient-privileges";
  if (/^39(?:01|03|44)\d\d$/.test(failure.code)) return "sign-in-failed";
  return "statement-failed";
}

/** Errors of `fetch` say `fetch failed`; what failed is in their cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error.cause instanceof Error ? error.cause : undefined;
  if (inner === undefined) return error.message;
  const code = "code" in inner ? String(inner.code) : "";
  return [code, inner.message].filter((part) => part !== "").join(" ") || error.message;
}
