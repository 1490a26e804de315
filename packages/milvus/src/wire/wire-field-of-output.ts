import {
  type BytesColumn,
  type Column,
  type DataType,
  dynamicFieldName,
  type FixedColumn,
  isValid,
  type OutputField,
  type VectorColumn,
} from "@redkite/engine";
import { DataType as DataTypeId } from "./gen/schema_pb.ts";
import type { WireData, WireField, WireScalars } from "./wire-field.ts";

/**
 * A column of an answer as field data of a response: scalars of all rows, vectors of those rows
 * only that have one, and `valid_data` for fields that may be null.
 */
export function wireFieldOfOutput({ name, field, column }: OutputField): WireField {
  // What belongs to no field is a count.
  const type = field?.type ?? "Int64";
  const mayBeNull = field?.nullable === true || column.validity !== undefined;
  return {
    name,
    typeId: DataTypeId[type],
    fieldId: field?.id ?? 0,
    isDynamic: field?.name === dynamicFieldName,
    ...(mayBeNull ? { valid: validBytes(column) } : {}),
    data: wireDataOf(type, field?.elementType ?? "Int64", column),
  };
}

function wireDataOf(type: DataType, elementType: DataType, column: Column): WireData {
  switch (column.layout) {
    case "vector":
      return { kind: "floatVector", dim: column.dim, values: validVectors(column) };
    case "list":
      return {
        kind: "array",
        elementTypeId: DataTypeId[elementType],
        offsets: column.offsets,
        elements: scalarsOf(elementType, column.elements),
      };
    default:
      return scalarsOf(type, column);
  }
}

function scalarsOf(type: DataType, column: FixedColumn | BytesColumn): WireScalars {
  if (column.layout === "bytes") {
    const { offsets, bytes } = column;
    return { kind: type === "JSON" ? "json" : "string", offsets, bytes };
  }
  const { values } = column;
  if (values instanceof Uint8Array) return { kind: "bool", values };
  if (values instanceof BigInt64Array) return { kind: "long", values };
  if (values instanceof Float32Array) return { kind: "float", values };
  if (values instanceof Float64Array) return { kind: "double", values };
  return { kind: "int", values };
}

function validBytes(column: Column): Uint8Array {
  return Uint8Array.from({ length: column.rowCount }, (_, row) => (isValid(column, row) ? 1 : 0));
}

/** The vectors without the placeholders of null rows. */
function validVectors(column: VectorColumn): Float32Array {
  const { values, validity, rowCount, dim } = column;
  if (validity === undefined) return values;
  const compact = new Float32Array(values.length);
  let end = 0;
  for (let row = 0; row < rowCount; row++) {
    if (!isValid(column, row)) continue;
    compact.set(values.subarray(row * dim, (row + 1) * dim), end);
    end += dim;
  }
  return compact.subarray(0, end);
}
