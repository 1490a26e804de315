import { EngineError } from "../base/errors.ts";
import { type CollectionSchema, dynamicFieldName, type StructArray } from "./collection-schema.ts";
import type { BytesColumn, Column } from "./column.ts";
import { columnOf, jsonOf, packBytes } from "./column-of-values.ts";
import type { Row, RowBatch } from "./row-batch.ts";
import { fieldsOfStruct, subFieldName } from "./struct-array.ts";
import { mismatch } from "./value-mismatch.ts";

/**
 * Turns rows into columns. Keys that are no field go to `$meta` when the schema has the dynamic
 * field. Throws `schema-mismatch` or `dimension-mismatch` naming row, field and value; what spans
 * rows or needs the whole schema is checked by `prepareBatch`.
 */
export function rowsToColumns(schema: CollectionSchema, rows: readonly Row[]): RowBatch {
  const columns = new Map<string, Column>();
  for (const field of schema.fields) {
    if (field.name === dynamicFieldName || field.struct !== undefined) continue;
    if (!rows.some((row) => row[field.name] !== undefined)) continue;
    const values = rows.map((row) => row[field.name] ?? field.defaultValue ?? null);
    columns.set(field.name, columnOf(field, values));
  }
  const structs = schema.structs ?? [];
  for (const struct of structs) addStruct(columns, schema, { struct, rows });
  const known = new Set(structs.map((struct) => struct.name));
  for (const field of schema.fields) if (field.struct === undefined) known.add(field.name);
  if (schema.dynamicField) {
    columns.set(dynamicFieldName, dynamicColumn(rows, known));
  } else {
    refuseUnknownKeys(rows, known);
  }
  return { rowCount: rows.length, columns };
}

/** Adds the columns of a struct's sub-fields, from the arrays of objects that rows carry. */
function addStruct(
  columns: Map<string, Column>,
  schema: CollectionSchema,
  { struct, rows }: { struct: StructArray; rows: readonly Row[] },
): void {
  if (!rows.some((row) => row[struct.name] !== undefined)) return;
  const fields = fieldsOfStruct(schema, struct.name);
  const names = fields.map(subFieldName);
  const structs = rows.map((row, i) => structsOf(struct, row[struct.name] ?? null, { names, i }));
  for (const [at, field] of fields.entries()) {
    const values = structs.map((list) => list?.map((object) => object[names[at]]) ?? null);
    columns.set(field.name, columnOf(field, values));
  }
}

/** The objects that a row carries for a struct, each with a value of every sub-field. */
function structsOf(
  struct: StructArray,
  value: unknown,
  { names, i }: { names: readonly string[]; i: number },
): readonly Row[] | null {
  if (value === null) return null;
  if (!Array.isArray(value)) throw mismatch(struct, value, i, "an array of objects");
  for (const object of value as unknown[]) {
    const keys = typeof object === "object" && object !== null ? Object.keys(object) : [];
    const isWhole = keys.length === names.length && names.every((name) => keys.includes(name));
    if (!isWhole) throw mismatch(struct, object, i, `objects of ${names.join(", ")}`);
  }
  return value as Row[];
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
