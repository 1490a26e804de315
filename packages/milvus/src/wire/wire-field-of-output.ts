import {
  type BytesColumn,
  type CollectionSchema,
  type Column,
  type DataType,
  dynamicFieldName,
  type Field,
  type FixedColumn,
  formatTimestamptz,
  isValid,
  type OutputField,
  structNamed,
  subFieldName,
  wktOfWkb,
} from "@redkite/engine";
import type { ByteStrings } from "./byte-strings.ts";
import { DataType as DataTypeId } from "./gen/schema_pb.ts";
import type { WireData, WireField, WireScalars } from "./wire-field.ts";
import { wireSparse, wireVectorArrays, wireVectors } from "./wire-vectors-of-column.ts";

/** How values of an answer are shown. */
export interface WireOutputOptions {
  /** The time zone of times; UTC when left out. */
  readonly timeZone?: string;
}

/**
 * The columns of an answer as field data of a response. Sub-fields of a struct come together, as one
 * field where the first of them stands.
 */
export function wireFieldsOfOutput(
  schema: CollectionSchema,
  outputs: readonly OutputField[],
  options: WireOutputOptions = {},
): WireField[] {
  const fields: WireField[] = [];
  const structs = new Set<string>();
  for (const output of outputs) {
    const struct = output.field?.struct;
    if (struct === undefined) fields.push(wireFieldOfOutput(output, options));
    else if (!structs.has(struct)) {
      structs.add(struct);
      const parts = outputs.filter(({ field }) => field?.struct === struct);
      fields.push(wireStruct(schema, struct, { parts, options }));
    }
  }
  return fields;
}

/**
 * A column of an answer as field data of a response: scalars of all rows, vectors of those rows
 * only that have one, and `valid_data` for fields that may be null.
 */
export function wireFieldOfOutput(
  { name, field, column }: OutputField,
  options: WireOutputOptions = {},
): WireField {
  // What belongs to no field is a count.
  const type = field?.type ?? "Int64";
  const mayBeNull = field?.nullable === true || column.validity !== undefined;
  return {
    name,
    typeId: DataTypeId[type],
    fieldId: field?.id ?? 0,
    isDynamic: field?.name === dynamicFieldName,
    ...(mayBeNull ? { valid: validBytes(column) } : {}),
    data: wireDataOf(field, column, options),
  };
}

function wireStruct(
  schema: CollectionSchema,
  name: string,
  { parts, options }: { parts: readonly OutputField[]; options: WireOutputOptions },
): WireField {
  const fields = parts.map((part) => {
    const wire = wireFieldOfOutput(part, options);
    return part.field === undefined ? wire : { ...wire, name: subFieldName(part.field) };
  });
  const struct = structNamed(schema, name);
  // As in Milvus, all sub-fields have the same rows, and the struct says so too.
  const valid = fields.find((field) => field.valid !== undefined)?.valid;
  return {
    name,
    typeId: DataTypeId.ArrayOfStruct,
    fieldId: struct?.id ?? 0,
    isDynamic: false,
    ...(valid && { valid }),
    data: { kind: "structs", fields },
  };
}

function wireDataOf(
  field: Field | undefined,
  column: Column,
  options: WireOutputOptions,
): WireData {
  switch (column.layout) {
    case "vector":
      return wireVectors(column);
    case "sparse":
      return wireSparse(column);
    case "list": {
      const { elements, offsets } = column;
      const elementType = field?.elementType ?? "Int64";
      const elementTypeId = DataTypeId[elementType];
      if (elements.layout === "vector") return wireVectorArrays(column, elements, elementTypeId);
      const scalars = scalarsOf(elementType, elements, options);
      return { kind: "array", elementTypeId, offsets, elements: scalars };
    }
    default:
      return scalarsOf(field?.type ?? "Int64", column, options);
  }
}

function scalarsOf(
  type: DataType,
  column: FixedColumn | BytesColumn,
  options: WireOutputOptions,
): WireScalars {
  if (column.layout === "bytes") return bytesOf(type, column);
  const { values } = column;
  if (values instanceof Uint8Array) return { kind: "bool", values };
  if (values instanceof BigInt64Array) {
    return type === "Timestamptz" ? timesOf(column, values, options) : { kind: "long", values };
  }
  if (values instanceof Float32Array) return { kind: "float", values };
  if (values instanceof Float64Array) return { kind: "double", values };
  return { kind: "int", values };
}

function bytesOf(type: DataType, column: BytesColumn): WireScalars {
  const { offsets, bytes } = column;
  switch (type) {
    case "JSON":
      return { kind: "json", offsets, bytes };
    case "Geometry":
      return { kind: "geometryWkt", ...stringsOf(column, (row) => wktOf(column, row)) };
    default:
      return { kind: "string", offsets, bytes };
  }
}

function wktOf({ offsets, bytes }: BytesColumn, row: number): string {
  return wktOfWkb(bytes.subarray(offsets[row], offsets[row + 1]));
}

function timesOf(
  column: FixedColumn,
  values: BigInt64Array,
  { timeZone }: WireOutputOptions,
): WireScalars {
  const textOf = (row: number) => formatTimestamptz(values[row], timeZone);
  return { kind: "string", ...stringsOf(column, textOf) };
}

/** A text for each row that has a value; others are empty. */
function stringsOf(column: Column, textOf: (row: number) => string): ByteStrings {
  const offsets = new Uint32Array(column.rowCount + 1);
  const parts: Buffer[] = [];
  for (let row = 0; row < column.rowCount; row++) {
    const part = Buffer.from(isValid(column, row) ? textOf(row) : "");
    parts.push(part);
    offsets[row + 1] = offsets[row] + part.length;
  }
  return { offsets, bytes: Buffer.concat(parts) };
}

function validBytes(column: Column): Uint8Array {
  return Uint8Array.from({ length: column.rowCount }, (_, row) => (isValid(column, row) ? 1 : 0));
}
