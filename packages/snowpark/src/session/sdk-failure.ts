import { redact } from "../base/redact.ts";
import type { SnowparkError } from "../base/snowpark-error.ts";
import { isRecord, textOf } from "./http-exchange.ts";
import {
  networkError,
  type StatementContext,
  signInError,
  statementError,
} from "./statement-error.ts";

/**
 * An error of `snowflake-sdk` as one of ours. Its own numbers have six digits from 400000 on; Snowflake's are `002003`
 * and the like, and 390xxx for sign-ins.
 */
export function sdkFailure(
  error: unknown,
  context: StatementContext,
  during: "sign-in" | "statement" = "statement",
): SnowparkError {
  const told = error instanceof Error ? error.message : String(error);
  const message = told === "" ? `The ${during} failed, and snowflake-sdk does not say why` : told;
  const code = propertyOf(error, "code") ?? "";
  const isOfDriver = /^4\d{5}$/.test(code) || propertyOf(error, "name") === "NetworkError";
  if (isOfDriver && /^4010\d\d$|^402\d\d\d$/.test(code)) {
    return networkError(redact(message, context.secrets));
  }
  if (during === "sign-in") {
    return signInError({ code, message }, context.secrets ?? []);
  }
  const data = error instanceof Error && "data" in error ? error.data : undefined;
  return statementError(
    {
      code,
      message,
      sqlState: propertyOf(error, "sqlState"),
      queryId: isRecord(data) ? textOf(data["queryId"]) : undefined,
    },
    context,
  );
}

function propertyOf(error: unknown, name: string): string | undefined {
  return typeof error === "object" && error !== null ? textOf(Reflect.get(error, name)) : undefined;
}
