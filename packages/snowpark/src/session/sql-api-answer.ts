import { type HttpAnswer, isRecord, parsedObject, textOf } from "./http-exchange.ts";
import type { ResultColumn } from "./result-rows.ts";
import type { StatementFailure } from "./statement-error.ts";

export type Cells = readonly (string | null)[];

/** The first part of a result. */
export interface ResultHead {
  readonly handle: string;
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly Cells[];
  readonly partitionCount: number;
}

/** What the SQL API writes with a 200: columns, the first partition, how many partitions there are. */
export function readResultHead(body: Readonly<Record<string, unknown>>): ResultHead {
  const metadata = isRecord(body["resultSetMetaData"]) ? body["resultSetMetaData"] : {};
  const types = Array.isArray(metadata["rowType"]) ? metadata["rowType"] : [];
  const partitions = metadata["partitionInfo"];
  return {
    handle: textOf(body["statementHandle"]) ?? "",
    columns: types.filter(isRecord).map((column) => ({
      name: textOf(column["name"]) ?? "",
      type: textOf(column["type"]) ?? "text",
    })),
    rows: readRows(body),
    partitionCount: Array.isArray(partitions) ? partitions.length : 1,
  };
}

/** The rows of a partition. */
export function readRows(body: Readonly<Record<string, unknown>>): Cells[] {
  const data = Array.isArray(body["data"]) ? body["data"] : [];
  return data.filter(Array.isArray).map((row: readonly unknown[]) => row.map(cellOf));
}

/** Cells are texts; semi-structured ones could come as JSON values. */
function cellOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What the SQL API writes with an error. `undefined` for an answer that is not its. */
export function readFailure({ text }: HttpAnswer): StatementFailure | undefined {
  const body = parsedObject(text);
  const message = textOf(body?.["message"]);
  if (body === undefined || message === undefined) return undefined;
  return {
    code: textOf(body["code"]) ?? "",
    message,
    sqlState: textOf(body["sqlState"]),
    queryId: textOf(body["statementHandle"]),
  };
}
