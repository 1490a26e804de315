import { bareFunctionName } from "../kinds/function-kind.ts";
import { serviceStatus } from "../service-machine.ts";
import type { FunctionObject, ServiceObject } from "../state.ts";
import type { StatementContext } from "../statement-context.ts";
import { StatementError } from "../statement-error.ts";
import type { SqlValue } from "./sql-value.ts";

/** What a batch has at most where the function does not say. */
const defaultBatchRows = 1000;

/** Calls a service function for some rows of arguments, in batches, as Snowflake does: rows are numbered from 0. */
export async function callServiceFunction(
  name: readonly string[],
  rows: readonly (readonly SqlValue[])[],
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
  rows: readonly (readonly SqlValue[])[],
  context: StatementContext,
): Promise<SqlValue[]> {
  const service = context.objects.service(called.service);
  const port = service === undefined ? undefined : endpointPort(service, called.endpoint);
  const call = context.parts.options.callService;
  if (service === undefined || port === undefined) {
    throw failure(called, "its service or endpoint does not exist");
  }
  if (serviceStatus(service) !== "RUNNING" || call === undefined) {
    throw failure(called, `service ${called.service} is not running`);
  }
  const headers: Record<string, string> = {
    "sf-external-function-format": "json",
    "sf-external-function-current-query-id": String(context.now),
    "sf-context-current-user": context.session.user,
  };
  for (const header of called.contextHeaders) {
    headers[`sf-context-${header.toLowerCase().replaceAll("_", "-")}`] = contextValue(
      header,
      context,
    );
  }
  const reply = await call({
    service: called.service,
    endpoint: called.endpoint,
    port,
    path: called.path,
    headers,
    body: { data: rows.map((row, index) => [index, ...row]) },
  });
  if (reply.status !== 200) throw failure(called, `HTTP status ${reply.status}`);
  return resultsOf(called, reply.body, rows.length);
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

function failure(called: FunctionObject, reason: string): StatementError {
  return new StatementError(
    "100351",
    "22000",
    `Request failed for external function ${bareFunctionName(called)} with remote service error: ${reason}`,
  );
}
