import type { Field } from "./collection-schema.ts";
import { type BytesColumn, type Column, isValid, type ListColumn } from "./column.ts";
import type { DataType } from "./data-type.ts";
import { type JsonValue, parseJson } from "./json.ts";

/** A value as rows carry it to users: int64 as bigint, vectors as Float32Array, null for no value. */
export type Value =
  | boolean
  | number
  | bigint
  | string
  | null
  | Float32Array
  | readonly Value[]
  | { readonly [key: string]: Value };

/** The value of one row of a field's column. */
export function valueAt(field: Field, column: Column, row: number): Value {
  if (!isValid(column, row)) return null;
  switch (column.layout) {
    case "fixed":
      return fixedValue(field.type, column.values[row]);
    case "bytes": {
      const text = textAt(column.bytes, column.offsets[row], column.offsets[row + 1]);
      return field.type === "JSON" ? parseJson(text) : text;
    }
    case "list":
      return listAt(field, column, row);
    case "vector":
      return column.values.slice(row * column.dim, (row + 1) * column.dim);
  }
}

/** The string of UTF-8 bytes. */
export function textAt(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8", start, end);
}

/** The JSON object of a row of a column that holds only objects: the dynamic field's. */
export function jsonObjectAt(column: Column, row: number): Readonly<Record<string, JsonValue>> {
  const { bytes, offsets } = column as BytesColumn;
  const text = textAt(bytes, offsets[row], offsets[row + 1]);
  return text === "{}" ? {} : (parseJson(text) as Record<string, JsonValue>);
}

/** The primary key of a row: bigint for Int64, string for VarChar. */
export function keyAt(column: Column, row: number): bigint | string {
  if (column.layout === "fixed") return column.values[row] as bigint;
  const { bytes, offsets } = column as BytesColumn;
  return textAt(bytes, offsets[row], offsets[row + 1]);
}

function fixedValue(type: DataType, value: number | bigint): Value {
  return type === "Bool" ? value === 1 : value;
}

function listAt(field: Field, column: ListColumn, row: number): Value[] {
  const { elements, offsets } = column;
  const type = field.elementType ?? "Int64";
  const list: Value[] = [];
  for (let i = offsets[row]; i < offsets[row + 1]; i++) {
    if (elements.layout === "fixed") list.push(fixedValue(type, elements.values[i]));
    else list.push(textAt(elements.bytes, elements.offsets[i], elements.offsets[i + 1]));
  }
  return list;
}
