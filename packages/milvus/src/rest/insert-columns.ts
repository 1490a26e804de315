import { dynamicFieldName, type JsonValue, stringifyJson } from "@redkite/engine";
import { invalidParameter } from "../errors.ts";
import {
  type CollectionSchema,
  DataType,
  type FieldSchema,
  type StructArrayFieldSchema,
} from "../wire/gen/schema_pb.ts";
import type { WireField } from "../wire/wire-field.ts";
import { isJsonArray, isJsonObject, type JsonRecord } from "./body-shape.ts";
import { shortName } from "./collection-description.ts";
import { byteStringsOf, wireDataOf } from "./column-values.ts";
import { isVectorType, wrongValue } from "./vector-values.ts";

export interface WriteOptions {
  /** Rows of an insert don't carry keys that the collection makes itself. */
  readonly isInsert: boolean;
  /** Fields that no row carries keep their values. */
  readonly isPartial: boolean;
  /** The collection's property `allow_insert_auto_id`. */
  readonly takesAutoId: boolean;
}

/** The rows of an insert or upsert as columns. Throws `MilvusError` with Milvus's texts. */
export function insertColumns(
  data: readonly JsonValue[],
  schema: CollectionSchema,
  options: WriteOptions,
): WireField[] {
  const rows = data.map(rowOf);
  const fields = schema.fields.filter(
    (field) => !field.isDynamic && field.name !== dynamicFieldName,
  );
  const { structArrayFields: structs } = schema;
  const known = new Set([...fields, ...structs].map(({ name }) => name));
  if (!schema.enableDynamicField) refuseUnknown(rows, known);
  const columns = [
    ...fields.map((field) => columnOf(field, rows, options)),
    ...structs.map((struct) => structColumn(struct, rows, options)),
    ...(schema.enableDynamicField ? [dynamicColumn(rows, known, options)] : []),
  ];
  return columns.filter((column) => column !== undefined);
}

function refuseUnknown(rows: readonly JsonRecord[], known: ReadonlySet<string>): void {
  for (const row of rows) {
    if (Object.keys(row).every((name) => known.has(name))) continue;
    throw invalidParameter("has pass more field without dynamic schema, please check it");
  }
}

function rowOf(value: JsonValue): JsonRecord {
  if (isJsonObject(value)) return value;
  throw invalidParameter("NULL:0, FALSE:1, NUMBER:2, STRING:3, TRUE:4, JSON:5", {
    expected: "JSON",
    actual: value === null ? "Null" : typeof value,
  });
}

function columnOf(
  field: FieldSchema,
  rows: readonly JsonRecord[],
  options: WriteOptions,
): WireField | undefined {
  const { name } = field;
  const given = rows.map((row) => ownValue(row, name));
  if (isLeftOut(field, given, options)) return undefined;
  const mayBeNull = field.nullable || field.defaultValue !== undefined;
  const present = given.filter((value) => value !== undefined);
  if (options.isPartial && present.length !== rows.length) {
    throw invalidParameter(`column ${name} has length ${present.length}, expected ${rows.length}`);
  }
  const values: JsonValue[] = [];
  for (const value of given) {
    if (mayBeNull && (value === undefined || value === null)) continue;
    if (isEmpty(value)) refuseEmpty(field, value);
    values.push(value ?? "");
  }
  return {
    name,
    typeId: field.dataType,
    fieldId: Number(field.fieldID),
    isDynamic: false,
    ...(mayBeNull ? { valid: validOf(given) } : {}),
    data: wireDataOf(field, values),
  };
}

/** Whether rows need not carry a field, and don't. */
function isLeftOut(
  field: FieldSchema,
  given: readonly (JsonValue | undefined)[],
  { isInsert, isPartial, takesAutoId }: WriteOptions,
): boolean {
  if (field.isPrimaryKey && field.autoID && isInsert) {
    if (given.every(isEmpty)) return true;
    if (takesAutoId) return false;
    throw invalidParameter(`no need to pass pk field(${field.name}) when autoid==true in insert`);
  }
  if (field.isFunctionOutput && given.every(isEmpty)) return true;
  return isPartial && given.every((value) => value === undefined);
}

function isEmpty(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || value === "";
}

/** A row without a text has an empty one, as in Milvus; without anything else it has nothing. */
function refuseEmpty(field: FieldSchema, value: JsonValue | undefined): void {
  const { dataType, name } = field;
  if (dataType === DataType.VarChar || dataType === DataType.String) return;
  if (value === "" && dataType === DataType.JSON) return;
  const what = isVectorType(dataType) ? "vector field" : "field";
  throw wrongValue(dataType, "", `missing ${what}: ${name}`);
}

function validOf(given: readonly (JsonValue | undefined)[]): Uint8Array {
  return Uint8Array.from(given, (value) => (value === undefined || value === null ? 0 : 1));
}

function structColumn(
  struct: StructArrayFieldSchema,
  rows: readonly JsonRecord[],
  options: WriteOptions,
): WireField | undefined {
  const { name } = struct;
  const given = rows.map((row) => ownValue(row, name));
  if (options.isPartial && given.every((value) => value === undefined)) return undefined;
  const lists = given
    .filter((value) => !struct.nullable || (value !== undefined && value !== null))
    .map((value) => structsOf(struct, value));
  const valid = struct.nullable ? { valid: validOf(given) } : {};
  const fields = struct.fields.map((field) => {
    const sub = shortName(field.name);
    const values = lists.map((list) => list.map((item) => subValue(struct, item, sub)));
    const data = wireDataOf(field, values);
    const fieldId = Number(field.fieldID);
    return { name: sub, typeId: field.dataType, fieldId, isDynamic: false, ...valid, data };
  });
  return {
    name,
    typeId: DataType.ArrayOfStruct,
    fieldId: Number(struct.fieldID),
    isDynamic: false,
    data: { kind: "structs", fields },
  };
}

function structsOf(
  { name }: StructArrayFieldSchema,
  value: JsonValue | undefined,
): readonly JsonRecord[] {
  if (value === undefined) throw invalidParameter(`missing struct array field: ${name}`);
  if (!isJsonArray(value)) {
    throw invalidParameter(`struct array field ${name} expects a JSON array of objects`);
  }
  return value.map((item, index) => {
    if (isJsonObject(item)) return item;
    throw invalidParameter(`struct array field ${name} element #${index} must be a JSON object`);
  });
}

function subValue(struct: StructArrayFieldSchema, item: JsonRecord, sub: string): JsonValue {
  const value = ownValue(item, sub);
  if (value !== undefined) return value;
  throw invalidParameter(`struct array field ${struct.name} element misses sub-field ${sub}`);
}

/** What rows carry beside the fields of the schema, as one JSON object each. */
function dynamicColumn(
  rows: readonly JsonRecord[],
  known: ReadonlySet<string>,
  { isPartial }: WriteOptions,
): WireField | undefined {
  const objects = rows.map((row) =>
    Object.entries(row).filter(([name, value]) => !known.has(name) && value !== null),
  );
  if (isPartial && objects.every((entries) => entries.length === 0)) return undefined;
  if (objects.some((entries) => entries.some(([name]) => name === dynamicFieldName))) {
    throw invalidParameter(
      `use the invalid field name(${dynamicFieldName}) when enable dynamicField`,
    );
  }
  const texts = objects.map((entries) => stringifyJson(Object.fromEntries(entries)) ?? "{}");
  return {
    name: "",
    typeId: DataType.JSON,
    fieldId: 0,
    isDynamic: true,
    data: { kind: "json", ...byteStringsOf(texts.map((text) => Buffer.from(text))) },
  };
}

/** `__proto__` and the like are names as others are. */
function ownValue(row: JsonRecord, name: string): JsonValue | undefined {
  return Object.hasOwn(row, name) ? row[name] : undefined;
}
