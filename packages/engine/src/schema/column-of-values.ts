import { EngineError, messageOf } from "../base/errors.ts";
import { wkbOfWkt } from "../geometry/well-known.ts";
import type { Field } from "./collection-schema.ts";
import type { BytesColumn, Column, FixedColumn, ListColumn } from "./column.ts";
import { createFixedArray } from "./column-buffer.ts";
import { type DataType, infoOf } from "./data-type.ts";
import { stringifyJson } from "./json.ts";
import { timestamptzOfRow } from "./timestamptz.ts";
import { isTypedArray, mismatch } from "./value-mismatch.ts";
import { sparseColumn, vectorColumn } from "./vectors-of-values.ts";

/**
 * A column of values as rows carry them; `null` where there is none. Throws `schema-mismatch` or
 * `dimension-mismatch` for a value that the field's type can't hold.
 */
export function columnOf(field: Field, values: readonly unknown[]): Column {
  const { layout } = infoOf(field.type);
  const validity = validityOf(values);
  const rest = validity === undefined ? {} : { validity };
  switch (layout) {
    case "fixed":
      return { ...fixedColumn(field, field.type, values), ...rest };
    case "bytes":
      return { ...bytesColumn(field, values), ...rest };
    case "list":
      return { ...listColumn(field, values), ...rest };
    case "vector":
      return { ...vectorColumn(field, values), ...rest };
    case "sparse":
      return { ...sparseColumn(field, values), ...rest };
  }
}

function validityOf(values: readonly unknown[]): Uint8Array | undefined {
  if (!values.includes(null)) return undefined;
  const bits = new Uint8Array((values.length + 7) >>> 3);
  for (let i = 0; i < values.length; i++) if (values[i] !== null) bits[i >>> 3] |= 1 << (i & 7);
  return bits;
}

function fixedColumn(field: Field, type: DataType, values: readonly unknown[]): FixedColumn {
  const array = createFixedArray(type, values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === null) continue;
    if (!(array instanceof BigInt64Array)) array[i] = numberOf(field, type, value, i);
    else if (type === "Timestamptz") array[i] = timestampOf(field, value, i);
    else array[i] = integerOf(field, type, value, i);
  }
  return { layout: "fixed", rowCount: values.length, values: array };
}

function numberOf(field: Field, type: DataType, value: unknown, row: number): number {
  switch (infoOf(type).family) {
    case "bool":
      if (typeof value !== "boolean") throw mismatch(field, value, row, "a boolean");
      return value ? 1 : 0;
    case "integer":
      return Number(integerOf(field, type, value, row));
    default:
      if (typeof value !== "number") throw mismatch(field, value, row, "a number");
      return value;
  }
}

function integerOf(field: Field, type: DataType, value: unknown, row: number): bigint {
  if (typeof value !== "bigint" && !Number.isSafeInteger(value)) {
    throw mismatch(field, value, row, `an integer (${type})`);
  }
  const integer = BigInt(value as bigint | number);
  const { range } = infoOf(type);
  if (range !== undefined && (integer < range[0] || integer > range[1])) {
    throw new EngineError(
      "schema-mismatch",
      `the ${row}th element (${integer}) out of range: [${range[0]}, ${range[1]}]`,
      { details: { field: field.name, row, found: integer } },
    );
  }
  return integer;
}

/** Microseconds of a bigint, or of a time in ISO 8601, in UTC where it names no offset. */
function timestampOf(field: Field, value: unknown, row: number): bigint {
  if (typeof value === "string") return timestamptzOfRow(value);
  if (typeof value !== "bigint") throw mismatch(field, value, row, "a time in ISO 8601");
  return value;
}

function bytesColumn(field: Field, values: readonly unknown[]): BytesColumn {
  return packBytes(values.map((value, row) => (value === null ? "" : bytesOf(field, value, row))));
}

function bytesOf(field: Field, value: unknown, row: number): string | Uint8Array {
  if (field.type === "JSON") return jsonOf(field, value, row);
  if (typeof value !== "string") throw mismatch(field, value, row, "a string");
  return field.type === "Geometry" ? wkbOfWkt(value) : value;
}

/** The JSON text of a value; cycles, depth without end and functions have none. */
export function jsonOf(field: Pick<Field, "name">, value: unknown, row: number): string {
  let text: string | undefined;
  try {
    text = stringifyJson(value);
  } catch (cause) {
    throw mismatch(field, value, row, `a JSON value (${messageOf(cause)})`);
  }
  if (text === undefined) throw mismatch(field, value, row, "a JSON value");
  return text;
}

/** A bytes column of texts, as UTF-8, and of bytes. */
export function packBytes(values: readonly (string | Uint8Array)[]): BytesColumn {
  const parts = values.map((value) => (typeof value === "string" ? Buffer.from(value) : value));
  const offsets = new Uint32Array(parts.length + 1);
  for (let i = 0; i < parts.length; i++) offsets[i + 1] = offsets[i] + parts[i].length;
  return { layout: "bytes", rowCount: parts.length, offsets, bytes: Buffer.concat(parts) };
}

function listColumn(field: Field, values: readonly unknown[]): ListColumn {
  const type = field.elementType ?? "Int64";
  const offsets = new Uint32Array(values.length + 1);
  const all: unknown[] = [];
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (value !== null && !Array.isArray(value) && !isTypedArray(value)) {
      throw mismatch(field, value, row, `an array of ${type}`);
    }
    for (const item of value ?? []) {
      if (item === null || item === undefined) throw mismatch(field, item, row, `${type} elements`);
      all.push(item);
    }
    offsets[row + 1] = all.length;
  }
  const elements = elementColumn({ ...field, type }, all);
  return { layout: "list", rowCount: values.length, offsets, elements };
}

function elementColumn(element: Field, values: readonly unknown[]): ListColumn["elements"] {
  switch (infoOf(element.type).layout) {
    case "vector":
      return vectorColumn(element, values);
    case "bytes":
      return bytesColumn(element, values);
    default:
      return fixedColumn(element, element.type, values);
  }
}
