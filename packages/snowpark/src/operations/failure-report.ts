import { explain } from "../base/known-errors.ts";
import type {
  SnowparkError,
  SnowparkErrorCode,
  SnowparkErrorDetails,
} from "../base/snowpark-error.ts";

/** A failure as a program reads it. */
export interface FailureReport extends SnowparkErrorDetails {
  readonly code: SnowparkErrorCode;
  readonly message: string;
}

/** All that is known of a failure, with what to do about it where the catalogue knows. */
export function failureReport(error: SnowparkError): FailureReport {
  const remedy = error.details.remedy ?? explain(error);
  return {
    code: error.code,
    message: error.message,
    ...error.details,
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/** The same for people: what happened first, what to do last. */
export function failureText(error: SnowparkError): string {
  const { message, step, role, statement, snowflakeCode, queryId, logLines, remedy } =
    failureReport(error);
  const lines = [message];
  const add = (title: string, text: string | undefined) => {
    if (text !== undefined && text !== "") lines.push(`  ${`${title}:`.padEnd(13)}${text}`);
  };
  add("step", step);
  add("role", role);
  add("statement", statement?.replaceAll(/\s+/g, " ").slice(0, 400));
  add("code", snowflakeCode);
  add("query", queryId);
  if (logLines !== undefined && logLines.length > 0) {
    lines.push("  last lines of the log:", ...logLines.map((line) => `    ${line}`));
  }
  add("what to do", remedy);
  return lines.join("\n");
}
