import { EngineError } from "../base/errors.ts";
import { decodeWkb } from "../geometry/wkb.ts";
import { checkFinite, checkFiniteVectors } from "./check-finite.ts";
import { dynamicFieldName, type Field } from "./collection-schema.ts";
import {
  type BytesColumn,
  bytesAt,
  type Column,
  isValid,
  type ListColumn,
  type SparseColumn,
  type VectorColumn,
} from "./column.ts";
import { textAt } from "./column-value.ts";
import { infoOf } from "./data-type.ts";
import { parseJson } from "./json.ts";
import { limits } from "./limits.ts";
import { checkSparseRow } from "./sparse-row.ts";
import { isWellFormed } from "./well-formed-column.ts";

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
  checkValues(field, column);
}

function checkValues(field: Field, column: Column): void {
  switch (column.layout) {
    case "bytes":
      checkBytes(field, column);
      break;
    case "list":
      checkCapacity(field, column);
      if (column.elements.layout === "bytes") checkLengths(field, column.elements);
      else if (column.elements.layout === "vector") checkVectors(field, column.elements);
      break;
    case "vector":
      checkVectors(field, column);
      break;
    case "sparse":
      checkSparseRows(column);
      break;
    case "fixed":
      if (column.values instanceof Float32Array || column.values instanceof Float64Array) {
        checkFinite(column.values, field.name);
      }
      break;
  }
}

function checkBytes(field: Field, column: BytesColumn): void {
  switch (field.type) {
    case "JSON":
      checkJson(field, column);
      break;
    case "Geometry":
      for (let row = 0; row < column.rowCount; row++) {
        if (isValid(column, row)) decodeWkb(bytesAt(column, row));
      }
      break;
    default:
      checkLengths(field, column);
  }
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
    if (end - start > limits.jsonLength) throw tooLongJson(field, end - start, row);
    checkJsonText(field, textAt(column.bytes, start, end), row);
  }
}

function tooLongJson({ name }: Field, actual: number, row: number): EngineError {
  const what = name === dynamicFieldName ? "dynamic field" : `json field (${name})`;
  return new EngineError(
    "schema-mismatch",
    `the length (${actual}) of ${what} exceeds max length (${limits.jsonLength})`,
    { details: { field: name, row, max: limits.jsonLength, actual } },
  );
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
  checkFiniteVectors(column, field.name);
}

function checkSparseRows(column: SparseColumn): void {
  const { offsets } = column;
  for (let row = 0; row < column.rowCount; row++) {
    checkSparseRow(column, offsets[row], offsets[row + 1]);
  }
}
