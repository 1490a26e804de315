import { deleteService, serviceStatus } from "../service-machine.ts";
import type { Statement } from "../statement.ts";
import type { StatementContext } from "../statement-context.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import { notPossible } from "../statement-error.ts";
import { queryResult, type RowsOutcome } from "../statement-result.ts";
import { readSelect } from "./select.ts";
import { pause } from "./system-functions.ts";

/** `CALL SYSTEM$…(…)`, `CALL job!SPCS_WAIT_FOR(…)`. */
export function readCall(cursor: StatementCursor): Statement {
  if (!isJobMethod(cursor)) return readSelect(cursor);
  const job = cursor.name();
  cursor.expectSymbol("!");
  const method = cursor.expectOneOf(["SPCS_WAIT_FOR", "SPCS_CANCEL_JOB"]);
  cursor.expectSymbol("(");
  const status = method === "SPCS_WAIT_FOR" ? cursor.text().toUpperCase() : "";
  const seconds = method === "SPCS_WAIT_FOR" && cursor.acceptSymbol(",") ? cursor.integer() : 0;
  cursor.expectSymbol(")");
  cursor.expectEnd();
  return (context) =>
    method === "SPCS_WAIT_FOR"
      ? waitForJob(job, { status, seconds }, context)
      : cancelJob(job, context);
}

function isJobMethod(cursor: StatementCursor): boolean {
  return [1, 3, 5].some((ahead) => cursor.peek(ahead)?.text === "!");
}

function oneCell(name: string, text: string): RowsOutcome {
  return queryResult([{ name, type: "text" }], [[text]]);
}

async function waitForJob(
  job: readonly string[],
  wanted: { readonly status: string; readonly seconds: number },
  context: StatementContext,
): Promise<RowsOutcome> {
  const service = context.get("SERVICE", job);
  context.require("MONITOR", service);
  const end = context.now + wanted.seconds * 1000;
  for (;;) {
    await context.parts.advance();
    const status = serviceStatus(service);
    if (status === wanted.status || status === "FAILED" || context.now >= end) {
      return oneCell("SPCS_WAIT_FOR", status);
    }
    await pause(context, Math.min(1000, end - context.now));
  }
}

async function cancelJob(job: readonly string[], context: StatementContext): Promise<RowsOutcome> {
  const service = context.get("SERVICE", job);
  context.require("OPERATE", service);
  if (!service.isJob) throw notPossible(`'${service.name.join(".")}' is no job service.`);
  await deleteService(service, context.parts);
  return oneCell("SPCS_CANCEL_JOB", `Job ${service.name.at(-1)} has been cancelled.`);
}
