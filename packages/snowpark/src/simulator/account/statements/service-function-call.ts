import { bareFunctionName } from "../kinds/function-kind.ts";
import { serviceStatus } from "../service-machine.ts";
import type { FunctionObject, ServiceObject } from "../state.ts";
import type { StatementContext } from "../statement-context.ts";
import { StatementError } from "../statement-error.ts";
import type { ServiceCall, ServiceReply } from "../surroundings.ts";
import type { SqlValue } from "./sql-value.ts";

/** What a batch has at most where the function does not say. */
const defaultBatchRows = 1000;

/** The answers after which a batch is sent again. */
const repeatedStatuses: ReadonlySet<number> = new Set([404, 429, 500, 502, 503, 504]);

type Row = readonly SqlValue[];

/** Calls a service function for some rows of arguments, in batches, as Snowflake does: rows are numbered from 0. */
export async function callServiceFunction(
  name: readonly string[],
  rows: readonly Row[],
  context: StatementContext,
): Promise<SqlValue[]> {
  const called = findFunction(name, rows[0]?.length ?? 0, context);
  context.require("USAGE", called);
  const results: SqlValue[] = [];
  const size = called.maxBatchRows ?? defaultBatchRows;
  for (let start = 0; start < rows.length; start += size) {
    results.push(...(await callBatch(called, rows.slice(start, start + size), context)));
  }
  return results;
}

function findFunction(
  name: readonly string[],
  argumentCount: number,
  context: StatementContext,
): FunctionObject {
  const [database, schema, shown] = context.qualify("FUNCTION", name);
  const found = context.objects
    .all("FUNCTION")
    .find(
      (one) =>
        bareFunctionName(one) === shown &&
        one.name[0] === database &&
        one.name[1] === schema &&
        one.arguments.length === argumentCount &&
        context.access.sees(context.actor, one),
    );
  if (found !== undefined) return found;
  throw new StatementError(
    "002141",
    "42601",
    `SQL compilation error:\nUnknown function ${name.join(".")}`,
  );
}

async function callBatch(
  called: FunctionObject,
  rows: readonly Row[],
  context: StatementContext,
): Promise<SqlValue[]> {
  const service = context.objects.service(called.service);
  const port = service === undefined ? undefined : endpointPort(service, called.endpoint);
  if (service === undefined || port === undefined) {
    throw failure(called, "its service or endpoint does not exist");
  }
  if (serviceStatus(service) !== "RUNNING") {
    throw failure(called, `service ${called.service} is not running`);
  }
  const call: ServiceCall = {
    service: called.service,
    endpoint: called.endpoint,
    port,
    path: called.path,
    headers: headersOf(called, context),
    body: { data: rows.map((row, index) => [index, ...row]) },
  };
  try {
    const reply = await send(called, call, context);
    if (reply.status !== 200) throw failure(called, `${reply.status} '${textOf(reply.body)}'`);
    return resultsOf(called, reply.body, rows.length);
  } catch (error) {
    if (!called.failsWithNull) throw error;
    return rows.map(() => null);
  }
}

/** Sends a batch, and sends it again as often as the function says. Snowflake waits longer and longer in between. */
async function send(
  called: FunctionObject,
  call: ServiceCall,
  { parts }: StatementContext,
): Promise<ServiceReply> {
  for (let retries = 0; ; retries += 1) {
    const outcome = await parts.options
      .callService?.(call)
      .catch((error: unknown) => String(error));
    const isFinal = typeof outcome === "object" && !repeatedStatuses.has(outcome.status);
    if (!isFinal && retries < called.maxBatchRetries) continue;
    if (typeof outcome === "object") return outcome;
    throw failure(called, outcome ?? "nothing runs services here");
  }
}

function headersOf(called: FunctionObject, context: StatementContext): Record<string, string> {
  const headers: Record<string, string> = {
    "sf-external-function-format": "json",
    "sf-external-function-current-query-id": context.queryId,
    // The same each time that a batch is sent.
    "sf-external-function-query-batch-id": context.nextBatchId(),
    "sf-context-current-user": context.session.user,
  };
  for (const header of called.contextHeaders) {
    const name = `sf-context-${header.toLowerCase().replaceAll("_", "-")}`;
    headers[name] = contextValue(header, context);
  }
  return headers;
}

function endpointPort(service: ServiceObject, endpoint: string): number | undefined {
  return service.specification.spec.endpoints?.find(({ name }) => name === endpoint)?.port;
}

function contextValue(header: string, { session, now }: StatementContext): string {
  const values: Readonly<Record<string, string | null>> = {
    CURRENT_USER: session.user,
    CURRENT_ROLE: session.role,
    CURRENT_DATABASE: session.database,
    CURRENT_SCHEMA: session.schema,
    CURRENT_WAREHOUSE: session.warehouse,
    CURRENT_TIMESTAMP: new Date(now).toISOString(),
  };
  return values[header] ?? "";
}

function resultsOf(called: FunctionObject, body: unknown, count: number): SqlValue[] {
  const data = typeof body === "object" && body !== null && "data" in body ? body.data : undefined;
  if (!Array.isArray(data) || data.length !== count) {
    throw failure(called, `its reply must have ${count} rows in data`);
  }
  const results = Array<SqlValue>(count).fill(null);
  const numbers = new Set<unknown>();
  for (const row of data as unknown[]) {
    const [number, value] = Array.isArray(row) ? (row as unknown[]) : [];
    if (typeof number !== "number" || !(number in results) || numbers.has(number)) {
      throw failure(called, "its reply must have each row number once");
    }
    numbers.add(number);
    // It was JSON, so it has nothing else.
    results[number] = (value ?? null) as SqlValue;
  }
  return results;
}

/** A service's own words, which are all that whoever ran the query learns of its reason. */
function textOf(body: unknown): string {
  return typeof body === "string" ? body : JSON.stringify(body);
}

function failure(called: FunctionObject, reason: string): StatementError {
  return new StatementError(
    "100351",
    "22000",
    `Request failed for external function ${bareFunctionName(called)} with remote service error: ${reason}`,
  );
}
