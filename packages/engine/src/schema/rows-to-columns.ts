import { EngineError, messageOf } from "../base/errors.ts";
import { type CollectionSchema, dynamicFieldName, type Field } from "./collection-schema.ts";
import type { BytesColumn, Column, FixedColumn, ListColumn, VectorColumn } from "./column.ts";
import { createFixedArray } from "./column-buffer.ts";
import { type DataType, infoOf } from "./data-type.ts";
import { stringifyJson } from "./json.ts";
import type { Row, RowBatch } from "./row-batch.ts";

/**
 * Turns rows into columns. Keys that are no field go to `$meta` when the schema has the dynamic
 * field. Throws `schema-mismatch` or `dimension-mismatch` naming row, field and value; what spans
 * rows or needs the whole schema is checked by `prepareBatch`.
 */
export function rowsToColumns(schema: CollectionSchema, rows: readonly Row[]): RowBatch {
  const columns = new Map<string, Column>();
  for (const field of schema.fields) {
    if (field.name === dynamicFieldName) continue;
    if (!rows.some((row) => row[field.name] !== undefined)) continue;
    const values = rows.map((row) => row[field.name] ?? field.defaultValue ?? null);
    columns.set(field.name, columnOf(field, values));
  }
  const known = new Set(schema.fields.map((field) => field.name));
  if (schema.dynamicField) {
    columns.set(dynamicFieldName, dynamicColumn(rows, known));
  } else {
    refuseUnknownKeys(rows, known);
  }
  return { rowCount: rows.length, columns };
}

/** A column of values as rows carry them; `null` where there is none. */
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
    if (array instanceof BigInt64Array) array[i] = integerOf(field, type, value, i);
    else array[i] = numberOf(field, type, value, i);
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

function bytesColumn(field: Field, values: readonly unknown[]): BytesColumn {
  return packBytes(
    values.map((value, row) => {
      if (value === null) return "";
      if (field.type === "JSON") return jsonOf(field, value, row);
      if (typeof value !== "string") throw mismatch(field, value, row, "a string");
      return value;
    }),
  );
}

/** The JSON text of a value; cycles, depth without end and functions have none. */
function jsonOf(field: Pick<Field, "name">, value: unknown, row: number): string {
  let text: string | undefined;
  try {
    text = stringifyJson(value);
  } catch (cause) {
    throw mismatch(field, value, row, `a JSON value (${messageOf(cause)})`);
  }
  if (text === undefined) throw mismatch(field, value, row, "a JSON value");
  return text;
}

function packBytes(texts: readonly string[]): BytesColumn {
  const parts = texts.map((text) => Buffer.from(text));
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
  const element: Field = { ...field, type };
  const elements =
    infoOf(type).layout === "bytes" ? bytesColumn(element, all) : fixedColumn(element, type, all);
  return { layout: "list", rowCount: values.length, offsets, elements };
}

function isTypedArray(value: unknown): value is Iterable<number | bigint> {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function vectorColumn(field: Field, values: readonly unknown[]): VectorColumn {
  const dim = field.dim ?? 0;
  const floats = new Float32Array(values.length * dim);
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (value === null) continue;
    if (!Array.isArray(value) && !isTypedArray(value)) {
      throw mismatch(field, value, row, "an array of numbers");
    }
    const vector = value as ArrayLike<number>;
    if (vector.length !== dim) {
      throw new EngineError(
        "dimension-mismatch",
        `the dim (${vector.length}) of field data(${field.name}) is not equal to schema dim (${dim})`,
        { details: { field: field.name, row, expected: dim, actual: vector.length } },
      );
    }
    for (let i = 0; i < dim; i++) {
      if (typeof vector[i] !== "number") throw mismatch(field, vector[i], row, "numbers");
    }
    floats.set(vector, row * dim);
  }
  return { layout: "vector", rowCount: values.length, dim, values: floats };
}

function dynamicColumn(rows: readonly Row[], known: ReadonlySet<string>): BytesColumn {
  return packBytes(
    rows.map((row, i) => {
      const extra: Record<string, unknown> = {};
      for (const key of Object.keys(row)) {
        if (key === dynamicFieldName) throw dynamicKeyRefused(i);
        if (!known.has(key)) extra[key] = row[key];
      }
      return jsonOf({ name: dynamicFieldName }, extra, i);
    }),
  );
}

function dynamicKeyRefused(row: number): EngineError {
  return new EngineError(
    "schema-mismatch",
    `use of dynamic field name (${dynamicFieldName}) as a key is not allowed`,
    { details: { field: dynamicFieldName, row } },
  );
}

function refuseUnknownKeys(rows: readonly Row[], known: ReadonlySet<string>): void {
  for (const [i, row] of rows.entries()) {
    for (const key of Object.keys(row)) {
      if (known.has(key)) continue;
      throw new EngineError(
        "schema-mismatch",
        `Attempt to insert an unexpected field \`${key}\` to collection without enabling dynamic field`,
        { details: { field: key, row: i } },
      );
    }
  }
}

function mismatch(
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

function describe(value: unknown): string {
  if (typeof value === "string") return `the string ${JSON.stringify(value.slice(0, 32))}`;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") {
    return `the ${typeof value} ${value}`;
  }
  return value === null ? "null" : `a value of type ${typeof value}`;
}
