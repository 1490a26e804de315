import type { Statement } from "../statement.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import { queryResult } from "../statement-result.ts";
import { likePattern } from "./show-filter.ts";

const parameters: readonly {
  readonly key: string;
  readonly value: string;
  readonly type: string;
}[] = [
  { key: "CLIENT_SESSION_KEEP_ALIVE", value: "false", type: "BOOLEAN" },
  { key: "CLIENT_TELEMETRY_ENABLED", value: "false", type: "BOOLEAN" },
  { key: "QUERY_TAG", value: "", type: "STRING" },
  { key: "STATEMENT_TIMEOUT_IN_SECONDS", value: "172800", type: "NUMBER" },
  { key: "TIMEZONE", value: "America/Los_Angeles", type: "STRING" },
];

/** `SHOW PARAMETERS [LIKE '…'] [IN ACCOUNT | IN SESSION]`: a few, at their defaults; none can be set here. */
export function readShowParameters(cursor: StatementCursor): Statement {
  const like = cursor.accept("LIKE") ? likePattern(cursor.text()) : undefined;
  if (cursor.accept("IN")) cursor.expectOneOf(["ACCOUNT", "SESSION"]);
  cursor.expectEnd();
  return () =>
    queryResult(
      ["key", "value", "default", "level", "description", "type"].map((name) => ({
        name,
        type: "text",
      })),
      parameters
        .filter(({ key }) => like?.test(key) ?? true)
        .map(({ key, value, type }) => [key, value, value, "", "", type]),
    );
}
