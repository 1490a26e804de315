import { EngineError } from "../base/errors.ts";
import { dynamicFieldName, type Field } from "./collection-schema.ts";
import {
  type BytesColumn,
  type Column,
  type FixedColumn,
  isValid,
  type ListColumn,
  type VectorColumn,
} from "./column.ts";
import { createFixedArray } from "./column-buffer.ts";
import { textAt } from "./column-value.ts";
import { type DataType, infoOf } from "./data-type.ts";
import { parseJson } from "./json.ts";
import { limits } from "./limits.ts";

/**
 * Throws `schema-mismatch`, `dimension-mismatch` or `invalid-parameter`, with Milvus's texts, unless
 * the column has `rowCount` rows whose values the field may have.
 */
export function checkColumn(field: Field, column: Column, rowCount: number): void {
  if (column.rowCount !== rowCount) throw rowCountMismatch(field, column.rowCount, rowCount);
  if (column.layout !== infoOf(field.type).layout) {
    throw new EngineError(
      "schema-mismatch",
      `field ${field.name} is of type ${field.type}, got a column of layout ${column.layout}`,
      { details: { field: field.name } },
    );
  }
  if (!isWellFormed(field, column)) {
    throw new EngineError(
      "schema-mismatch",
      `the column of field ${field.name} is malformed: its arrays do not fit ${rowCount} rows of ${field.type}`,
      { details: { field: field.name, expected: rowCount } },
    );
  }
  if (!field.nullable && field.defaultValue === undefined) refuseNulls(field, column);
  switch (column.layout) {
    case "bytes":
      if (field.type === "JSON") checkJson(field, column);
      else checkLengths(field, column);
      break;
    case "list":
      checkCapacity(field, column);
      if (column.elements.layout === "bytes") checkLengths(field, column.elements);
      break;
    case "vector":
      checkVectors(field, column);
      break;
    case "fixed":
      if (column.values instanceof Float32Array || column.values instanceof Float64Array) {
        checkFinite(column.values, field.name);
      }
      break;
  }
}

/** Whether the arrays of a column are of the right kinds and lengths. They may come from a caller. */
function isWellFormed(field: Field, column: Column): boolean {
  const { rowCount, validity } = column;
  if (validity !== undefined && validity.length < (rowCount + 7) >>> 3) return false;
  switch (column.layout) {
    case "fixed":
      return isFixedOf(field.type, column);
    case "bytes":
      return fits(column.offsets, rowCount, column.bytes.length);
    case "list": {
      const { elements, offsets } = column;
      const isElement =
        elements.layout === "bytes"
          ? fits(elements.offsets, elements.rowCount, elements.bytes.length)
          : isFixedOf(field.elementType ?? "Int64", elements);
      return isElement && fits(offsets, rowCount, elements.rowCount);
    }
    case "vector":
      return column.values.length === rowCount * column.dim;
  }
}

function isFixedOf(type: DataType, { values, rowCount }: FixedColumn): boolean {
  return values.length === rowCount && values.constructor === createFixedArray(type, 0).constructor;
}

/** Whether there are offsets for so many rows, ascending, to places among so many. */
function fits(offsets: Uint32Array, rowCount: number, length: number): boolean {
  if (offsets.length !== rowCount + 1 || offsets[rowCount] > length) return false;
  for (let i = 0; i < rowCount; i++) if (offsets[i] > offsets[i + 1]) return false;
  return true;
}

function refuseNulls(field: Field, column: Column): void {
  if (column.validity === undefined) return;
  let present = 0;
  for (let row = 0; row < column.rowCount; row++) if (isValid(column, row)) present++;
  if (present < column.rowCount) throw rowCountMismatch(field, present, column.rowCount);
}

function rowCountMismatch(field: Field, actual: number, expected: number): EngineError {
  return new EngineError(
    "schema-mismatch",
    `the num_rows (${actual}) of field (${field.name}) is not equal to passed num_rows (${expected})`,
    { details: { field: field.name, expected, actual } },
  );
}

function checkLengths(field: Field, column: BytesColumn): void {
  const max = field.maxLength ?? limits.varCharLength;
  const { offsets } = column;
  for (let row = 0; row < column.rowCount; row++) {
    const length = offsets[row + 1] - offsets[row];
    if (length <= max) continue;
    const what =
      field.type === "Array" ? `Array array field "${field.name}"` : `varchar field ${field.name}`;
    throw new EngineError(
      "schema-mismatch",
      `length of ${what} exceeds max length, row number: ${row}, length: ${length}, max length: ${max}`,
      { details: { field: field.name, row, max, actual: length } },
    );
  }
}

function checkCapacity(field: Field, column: ListColumn): void {
  const max = field.maxCapacity ?? limits.arrayCapacity;
  for (let row = 0; row < column.rowCount; row++) {
    const length = column.offsets[row + 1] - column.offsets[row];
    if (length <= max) continue;
    throw new EngineError("schema-mismatch", `array length ${length} exceeds max_capacity ${max}`, {
      details: { field: field.name, row, max, actual: length },
    });
  }
}

function checkJson(field: Field, column: BytesColumn): void {
  for (let row = 0; row < column.rowCount; row++) {
    if (!isValid(column, row)) continue;
    const start = column.offsets[row];
    const end = column.offsets[row + 1];
    if (end - start > limits.jsonLength) {
      throw new EngineError(
        "schema-mismatch",
        `the length (${end - start}) of json field (${field.name}) exceeds max length (${limits.jsonLength})`,
        { details: { field: field.name, row, max: limits.jsonLength, actual: end - start } },
      );
    }
    checkJsonText(field, textAt(column.bytes, start, end), row);
  }
}

function checkJsonText(field: Field, text: string, row: number): void {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (cause) {
    throw new EngineError(
      "schema-mismatch",
      `field ${field.name} of row ${row} is not valid JSON: ${text.slice(0, 64)}`,
      { details: { field: field.name, row }, cause },
    );
  }
  if (field.name === dynamicFieldName && !isObject(value)) {
    throw new EngineError(
      "schema-mismatch",
      `the dynamic field of row ${row} must be a JSON object`,
      { details: { field: field.name, row } },
    );
  }
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function checkVectors(field: Field, column: VectorColumn): void {
  const dim = field.dim ?? 0;
  if (column.dim !== dim) {
    throw new EngineError(
      "dimension-mismatch",
      `the dim (${column.dim}) of field data(${field.name}) is not equal to schema dim (${dim})`,
      { details: { field: field.name, expected: dim, actual: column.dim } },
    );
  }
  checkFinite(column.values, field.name);
}

/** Throws `invalid-parameter` with Milvus's text when a component is NaN or infinite. */
export function checkFinite(values: Float32Array | Float64Array, field: string): void {
  // x - x is 0 for every finite x and NaN for the others: one sum tells of them all.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] - values[i];
  if (sum === 0) return;
  const found = values.find((value) => !Number.isFinite(value)) ?? Number.NaN;
  const shown = Number.isNaN(found) ? "NaN" : found > 0 ? "+Inf" : "-Inf";
  throw new EngineError("invalid-parameter", `value '${shown}' is not a number or infinity`, {
    details: { field, found: shown },
  });
}
