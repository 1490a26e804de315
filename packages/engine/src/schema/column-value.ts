import { wktOfWkb } from "../geometry/well-known.ts";
import type { Field } from "./collection-schema.ts";
import {
  type BytesColumn,
  type Column,
  isValid,
  type ListColumn,
  type SparseColumn,
  type VectorColumn,
} from "./column.ts";
import type { DataType } from "./data-type.ts";
import { halvesToFloats } from "./half-precision.ts";
import { type JsonValue, parseJson } from "./json.ts";
import { formatTimestamptz } from "./timestamptz.ts";
import { vectorAt } from "./vector-layout.ts";

/** A dense vector as rows carry it: floats, also of half precision; int8s; eight bits a byte. */
export type VectorValue = Float32Array | Int8Array | Uint8Array;

/**
 * A value as rows carry it to users: int64 as bigint, dense vectors as typed arrays, sparse ones as
 * objects of value by index, times in ISO 8601 (UTC), geometries as WKT, null for no value.
 */
export type Value =
  | boolean
  | number
  | bigint
  | string
  | null
  | VectorValue
  | readonly Value[]
  | { readonly [key: string]: Value };

/** The value of one row of a field's column. */
export function valueAt(field: Field, column: Column, row: number): Value {
  if (!isValid(column, row)) return null;
  switch (column.layout) {
    case "fixed":
      return fixedValue(field.type, column.values[row]);
    case "bytes":
      return bytesValue(field.type, column, row);
    case "list":
      return listAt(field, column, row);
    case "vector":
      return vectorValueAt(column, row);
    case "sparse":
      return sparseValueAt(column, row);
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
  return text === "{}" || text === "" ? {} : (parseJson(text) as Record<string, JsonValue>);
}

/** The primary key of a row: bigint for Int64, string for VarChar. */
export function keyAt(column: Column, row: number): bigint | string {
  if (column.layout === "fixed") return column.values[row] as bigint;
  const { bytes, offsets } = column as BytesColumn;
  return textAt(bytes, offsets[row], offsets[row + 1]);
}

/** A copy of a row's vector; half-precision numbers come as 32-bit floats, which hold them exactly. */
function vectorValueAt(column: VectorColumn, row: number): VectorValue {
  const vector = vectorAt(column, row);
  if (!(vector instanceof Uint16Array)) return vector.slice();
  return halvesToFloats(column.element === "bfloat16" ? "bfloat16" : "float16", vector);
}

function fixedValue(type: DataType, value: number | bigint): Value {
  if (type === "Bool") return value === 1;
  return type === "Timestamptz" ? formatTimestamptz(BigInt(value)) : value;
}

function bytesValue(type: DataType, column: BytesColumn, row: number): Value {
  const start = column.offsets[row];
  const end = column.offsets[row + 1];
  if (type === "Geometry") return wktOfWkb(column.bytes.subarray(start, end));
  const text = textAt(column.bytes, start, end);
  return type === "JSON" ? parseJson(text) : text;
}

function listAt(field: Field, column: ListColumn, row: number): Value[] {
  const { elements, offsets } = column;
  const type = field.elementType ?? "Int64";
  const list: Value[] = [];
  for (let i = offsets[row]; i < offsets[row + 1]; i++) {
    if (elements.layout === "fixed") list.push(fixedValue(type, elements.values[i]));
    else if (elements.layout === "vector") list.push(vectorValueAt(elements, i));
    else list.push(bytesValue(type, elements, i));
  }
  return list;
}

function sparseValueAt({ offsets, indices, values }: SparseColumn, row: number): Value {
  const object: Record<string, number> = {};
  for (let i = offsets[row]; i < offsets[row + 1]; i++) object[indices[i]] = values[i];
  return object;
}
