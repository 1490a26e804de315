import { EngineError } from "../base/errors.ts";
import type { Field } from "./collection-schema.ts";

/** What a value is not that its field must hold, with Milvus's text. */
export function mismatch(
  field: Pick<Field, "name">,
  value: unknown,
  row: number,
  expected: string,
): EngineError {
  return new EngineError(
    "schema-mismatch",
    `The Input data type is inconsistent with defined schema, field ${field.name} of row ${row} should be ${expected}, but got ${describe(value)}`,
    { details: { field: field.name, row } },
  );
}

/** Whether a value is an array of numbers of one kind. */
export function isTypedArray(value: unknown): value is Iterable<number | bigint> {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function describe(value: unknown): string {
  if (typeof value === "string") return `the string ${JSON.stringify(value.slice(0, 32))}`;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") {
    return `the ${typeof value} ${value}`;
  }
  return value === null ? "null" : `a value of type ${typeof value}`;
}
