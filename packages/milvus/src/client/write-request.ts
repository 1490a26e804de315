import { dynamicFieldName } from "@redkite/engine";
import {
  DataType,
  type DescribeCollectionResponse,
  ERROR_REASONS,
  type FieldSchema,
  type InsertReq,
  type RowData,
  type UpsertReq,
} from "@zilliz/milvus2-sdk-node";
import { writeInts } from "../wire/packed-numbers.ts";
import { WireWriter } from "../wire/wire-writer.ts";
import { canWrite, writeValues } from "./field-values.ts";

export type WriteMethod = "Insert" | "Upsert";

/** What this encoder understands of a request; `timeout` and ids of requests are the caller's. */
const knownProperties: ReadonlySet<string> = new Set([
  "collection_name",
  "db_name",
  "partition_name",
  "data",
  "fields_data",
  "skip_check_schema",
  "transformers",
  "timeout",
  "client_request_id",
  "client-request-id",
]);

/**
 * Encodes the rows of an insert or upsert: what the SDK's `_insert` does through an object for each
 * message and a JavaScript array for each column, at a twentieth of the cost. Answers undefined for
 * requests that it does not know how to encode, which then are the SDK's.
 *
 * Throws, as the SDK does, for rows with a field that the collection does not have.
 */
export function encodeWrite(
  method: WriteMethod,
  request: InsertReq | UpsertReq,
  { schema, properties, update_timestamp_str }: DescribeCollectionResponse,
): Uint8Array | undefined {
  const rows = rowsOf(request);
  const takesKeys =
    method === "Upsert" ||
    properties.some(({ key, value }) => key === "allow_insert_auto_id" && value === "true");
  const fields = schema.fields.filter((field) => takesKeys || !field.autoID);
  const isKnown = Object.keys(request).every((property) => knownProperties.has(property));
  if (!isKnown || !fields.every((field) => canWrite(field) && !field.is_function_output)) {
    return undefined;
  }

  const names = new Set(fields.map((field) => field.name));
  if (!schema.enable_dynamic_field) refuseUnknownFields(rows, names);
  const writer = new WireWriter(estimateBytes(fields, rows.length));
  writer.string(2, request.db_name ?? "");
  writer.string(3, request.collection_name);
  writer.string(4, request.partition_name ?? "");
  for (const field of fields) {
    writeField(
      writer,
      field,
      rows.map((row) => row[field.name]),
    );
  }
  if (schema.enable_dynamic_field) {
    writeField(
      writer,
      dynamicField,
      rows.map((row) => dynamicValue(row, names)),
    );
  }
  writer.uint32(7, rows.length);
  if (request.skip_check_schema !== true) writer.int64(8, BigInt(update_timestamp_str || 0));
  return writer.finish();
}

/** The rows of a request, under either of the names that the SDK has for them. */
export function rowsOf(request: InsertReq | UpsertReq): readonly RowData[] {
  return request.fields_data ?? request.data ?? [];
}

type WrittenField = Pick<
  FieldSchema,
  "name" | "data_type" | "element_type" | "nullable" | "default_value" | "dim"
>;

const dynamicField: WrittenField = { name: dynamicFieldName, data_type: "JSON" };

function refuseUnknownFields(rows: readonly RowData[], names: ReadonlySet<string>): void {
  rows.forEach((row, index) => {
    if (Object.keys(row).every((name) => names.has(name))) return;
    throw new Error(`${ERROR_REASONS.INSERT_CHECK_WRONG_FIELD} ${index}`);
  });
}

/** What a row carries beside the collection's fields. */
function dynamicValue(row: RowData, names: ReadonlySet<string>): object {
  const value: Record<string, unknown> = {};
  for (const name of Object.keys(row)) {
    if (name === dynamicFieldName) Object.assign(value, row[name]);
    else if (!names.has(name)) value[name] = row[name];
  }
  return value;
}

/**
 * Writes a `schema.FieldData`. Rows without a value are left out of its array; where they may be,
 * `valid_data` says which they are.
 */
function writeField(writer: WireWriter, field: WrittenField, column: readonly unknown[]): void {
  const values = column.filter((value) => value !== undefined && value !== null);
  const mayLackValues = field.nullable === true || (field.default_value ?? null) !== null;
  const fieldData = writer.begin(5, estimateBytes([field], column.length));
  writer.int32(1, DataType[field.data_type]);
  writer.string(2, field.name);
  writeValues(writer, {
    name: field.name,
    type: field.data_type,
    elementType: field.element_type ?? "None",
    dim: Number(field.dim ?? 0),
    values,
  });
  writer.bool(6, field === dynamicField);
  if (mayLackValues) {
    writeInts(
      writer,
      7,
      Uint8Array.from(column, (value) => Number((value ?? null) !== null)),
    );
  }
  writer.end(fieldData);
}

/** About how long the fields will be, so that they need not be moved. */
function estimateBytes(fields: readonly WrittenField[], rowCount: number): number {
  const bytesPerRow = fields.reduce((sum, { dim }) => sum + 16 + 4 * Number(dim ?? 0), 0);
  return 256 + bytesPerRow * rowCount;
}
