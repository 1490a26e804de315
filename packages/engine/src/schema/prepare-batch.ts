import { EngineError } from "../base/errors.ts";
import { checkColumn } from "./check-column.ts";
import { type CollectionSchema, dynamicFieldName, type Field } from "./collection-schema.ts";
import { type Column, isValid, type ListColumn } from "./column.ts";
import { columnOf } from "./column-of-values.ts";
import { jsonObjectAt, textAt } from "./column-value.ts";
import type { RowBatch } from "./row-batch.ts";
import { fieldsOfStruct, subFieldName } from "./struct-array.ts";

/** Columns that satisfy the schema, by the id of their field: what is logged and stored. */
export type PreparedColumns = Map<number, Column>;

/** Makes the keys of a batch whose schema has `autoId`. */
export type KeyMaker = (field: Field, rowCount: number) => Column;

/**
 * Checks a batch against the schema and completes it: keys made by the engine, default values,
 * nulls, an empty dynamic field. Nothing of the batch is kept when it throws.
 * Throws `schema-mismatch` or `dimension-mismatch` with Milvus's texts.
 */
export function prepareBatch(
  schema: CollectionSchema,
  batch: RowBatch,
  makeKeys: KeyMaker,
): PreparedColumns {
  if (batch.rowCount < 1) {
    throw new EngineError("invalid-parameter", "the number of rows to write must be at least 1", {
      details: { expected: "at least 1", actual: batch.rowCount },
    });
  }
  refuseUnknownColumns(schema, batch);
  const prepared: PreparedColumns = new Map();
  for (const field of schema.fields) {
    const column = batch.columns.get(field.name) ?? absentColumn(field, batch.rowCount, makeKeys);
    checkColumn(field, column, batch.rowCount);
    if (field.name === dynamicFieldName) refuseFieldNames(schema, column);
    prepared.set(field.id, withDefaults(field, column));
  }
  for (const struct of schema.structs ?? []) checkStruct(schema, struct.name, prepared);
  return prepared;
}

/** In each row all sub-fields of a struct have as many elements, or none a value. */
function checkStruct(schema: CollectionSchema, struct: string, prepared: PreparedColumns): void {
  const [first, ...others] = fieldsOfStruct(schema, struct);
  const expected = prepared.get(first.id);
  for (const field of others) {
    const column = prepared.get(field.id);
    if (expected?.layout !== "list" || column?.layout !== "list") continue;
    for (let row = 0; row < column.rowCount; row++) {
      checkSubField(struct, row, [
        subElements(first, expected, row),
        subElements(field, column, row),
      ]);
    }
  }
}

interface SubElements {
  readonly name: string;
  readonly isPresent: boolean;
  readonly count: number;
}

function subElements(field: Field, column: ListColumn, row: number): SubElements {
  const count = column.offsets[row + 1] - column.offsets[row];
  return { name: subFieldName(field), isPresent: isValid(column, row), count };
}

function checkSubField(struct: string, row: number, [a, b]: [SubElements, SubElements]): void {
  if (a.isPresent !== b.isPresent) {
    throw new EngineError(
      "schema-mismatch",
      `sub-field ValidData mismatch in struct '${struct}' at row ${row}: '${a.name}'=${a.isPresent}, '${b.name}'=${b.isPresent}`,
      { details: { field: struct, row } },
    );
  }
  if (a.count === b.count) return;
  throw new EngineError(
    "schema-mismatch",
    `inconsistent struct element count in struct '${struct}' at row ${row}: '${a.name}' has ${a.count}, '${b.name}' has ${b.count}`,
    { details: { field: struct, row } },
  );
}

function refuseUnknownColumns(schema: CollectionSchema, batch: RowBatch): void {
  const known = new Set(schema.fields.map((field) => field.name));
  for (const name of batch.columns.keys()) {
    if (known.has(name)) continue;
    throw new EngineError("schema-mismatch", "more fieldData has pass in", {
      details: { field: name },
    });
  }
}

/** The column of a field that the batch does not carry. */
function absentColumn(field: Field, rowCount: number, makeKeys: KeyMaker): Column {
  if (field.autoId) return makeKeys(field, rowCount);
  if (field.name === dynamicFieldName) return columnOf(field, new Array(rowCount).fill({}));
  if (field.defaultValue !== undefined || field.nullable) {
    return columnOf(field, new Array(rowCount).fill(field.defaultValue ?? null));
  }
  const missing =
    field.struct === undefined
      ? `fieldSchema(${field.name}) has no corresponding fieldData pass in`
      : `required struct array field '${field.struct}' is missing in insert data`;
  throw new EngineError("schema-mismatch", missing, { details: { field: field.name } });
}

/** A row can't carry a value twice, as a field and as a key of the dynamic field. */
function refuseFieldNames(schema: CollectionSchema, column: Column): void {
  const names = new Set(schema.fields.map((field) => field.name));
  for (let row = 0; row < column.rowCount; row++) {
    const object = jsonObjectAt(column, row);
    const taken = Object.keys(object).find((key) => names.has(key));
    if (taken === undefined) continue;
    throw new EngineError(
      "schema-mismatch",
      `use of field name (${taken}) as a key of the dynamic field is not allowed`,
      { details: { field: taken, row } },
    );
  }
}

/** Nulls of a field with a default become the default. */
function withDefaults(field: Field, column: Column): Column {
  if (field.defaultValue === undefined || column.validity === undefined) return column;
  const values: unknown[] = [];
  for (let row = 0; row < column.rowCount; row++) {
    values.push(isValid(column, row) ? scalarAt(field, column, row) : field.defaultValue);
  }
  return columnOf(field, values);
}

function scalarAt(field: Field, column: Column, row: number): unknown {
  if (column.layout === "fixed") {
    return field.type === "Bool" ? column.values[row] === 1 : column.values[row];
  }
  if (column.layout !== "bytes") return null;
  return textAt(column.bytes, column.offsets[row], column.offsets[row + 1]);
}
