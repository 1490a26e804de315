import type { JsonValue } from "@redkite/engine";
import { isJsonArray, isJsonObject } from "../rest/body-shape.ts";
import { FunctionError } from "./function-error.ts";

/** One row of a call: its number in the batch, and the arguments that the SQL gave. */
export interface FunctionRow {
  readonly number: JsonValue;
  readonly args: readonly JsonValue[];
}

/** What a function answers for each row, in their order. SQL's NULL is null. */
export type FunctionResults = readonly unknown[];

/**
 * The rows of a request in Snowflake's form, `{"data": [[0, arg, …], [1, arg, …]]}`.
 *
 * @throws FunctionError for any other form, and for rows of fewer arguments than `argumentCount`.
 */
export function readBatch(body: JsonValue, argumentCount: number): readonly FunctionRow[] {
  const rows = isJsonObject(body) ? body["data"] : undefined;
  if (!isJsonArray(rows)) {
    throw new FunctionError(`the body is not of the form {"data": [[0, argument, ...], ...]}`);
  }
  return rows.map((row) => {
    if (!isJsonArray(row) || row.length === 0) {
      throw new FunctionError("a row of the batch is not a list that begins with its number");
    }
    const [number, ...args] = row;
    if (args.length !== argumentCount) {
      throw new FunctionError(
        `row ${String(number)} has ${args.length} arguments, the function takes ${argumentCount}`,
      );
    }
    return { number, args };
  });
}

/** The answer for a batch, in Snowflake's form. */
export function batchAnswer(rows: readonly FunctionRow[], results: FunctionResults): object {
  return { data: rows.map(({ number }, index) => [number, results[index] ?? null]) };
}
