import { dynamicFieldName, type JsonValue, parseJson } from "@redkite/engine";
import {
  type CollectionSchema,
  DataType,
  type FieldData,
  type IDs,
  type ScalarField,
  type VectorField,
} from "../wire/gen/schema_pb.ts";
import { isJsonObject } from "./body-shape.ts";
import { shortName } from "./collection-description.ts";
import { dimOf } from "./column-values.ts";
import { isDeeperThan, jsonDepthMax } from "./json-depth.ts";
import { restError } from "./rest-error.ts";
import { shortFloat, shortFloats } from "./short-float.ts";
import { vectorSize } from "./vector-values.ts";

/** The columns of an answer, and what a search adds to them. */
export interface AnswerColumns {
  readonly fieldsData: readonly FieldData[];
  readonly outputFields: readonly string[];
  readonly ids?: IDs | undefined;
  readonly scores?: readonly number[];
}

/** How rows are to be written. */
export interface RowOptions {
  readonly schema: CollectionSchema;
  readonly int64AsText: boolean;
}

type Row = [name: string, value: unknown][];

/** The rows of an answer, as plain values. Fields are as Milvus's REST API writes them. */
export function answerRows(columns: AnswerColumns, options: RowOptions): object[] {
  const { fieldsData, outputFields, ids, scores } = columns;
  const named = new Set(
    fieldsData.filter((field) => !field.isDynamic).map((field) => field.fieldName),
  );
  const dynamicNames = new Set(outputFields.filter((name) => !named.has(name)));
  const keys = ids === undefined ? undefined : keysOf(ids, options);
  const readers = fieldsData.map((field) => rowReader(field, dynamicNames, options));
  const rowCount = keys?.length ?? (fieldsData.length === 0 ? 0 : rowCountOf(fieldsData[0]));
  const keyName = options.schema.fields.find((field) => field.isPrimaryKey)?.name ?? "id";
  return Array.from({ length: rowCount }, (_, index) => {
    const row: Row = readers.flatMap((read) => read(index));
    if (keys !== undefined) row.push([keyName, keys[index]]);
    if (scores !== undefined && index < scores.length) {
      row.push(["distance", shortFloat(scores[index])]);
    }
    return Object.fromEntries(row);
  });
}

/** The keys of an answer. */
export function keysOf(
  { idField }: IDs,
  { int64AsText }: Pick<RowOptions, "int64AsText">,
): readonly unknown[] {
  switch (idField.case) {
    case "intId":
      return int64AsText ? idField.value.data.map(String) : idField.value.data;
    case "strId":
      return idField.value.data;
    default:
      return [];
  }
}

/** Reads what a column says of a row: no, one or, of the dynamic field, several values. */
function rowReader(
  field: FieldData,
  dynamicNames: ReadonlySet<string>,
  options: RowOptions,
): (row: number) => Row {
  if (field.isDynamic) return (row) => dynamicValues(field, row, dynamicNames);
  if (field.field.case === "structArrays") return structReader(field, options);
  const { fieldName, validData } = field;
  const read = valueReader(field, options);
  if (validData.length === 0) return (row) => [[fieldName, read(row)]];
  const places = placesOf(validData, isCompact(field));
  return (row) => [[fieldName, validData[row] ? read(places[row]) : null]];
}

/** Whether null rows are left out of the values, as those of vectors are. */
function isCompact(field: FieldData): boolean {
  return valueCount(field) < field.validData.length;
}

function placesOf(valid: readonly boolean[], isCompactField: boolean): readonly number[] {
  let count = 0;
  return valid.map((isThere, row) => {
    if (!isCompactField) return row;
    return isThere ? count++ : -1;
  });
}

function scalarCount({ data }: ScalarField): number {
  return data.case === undefined ? 0 : data.value.data.length;
}

function rowCountOf(field: FieldData): number {
  const { field: content, validData } = field;
  if (validData.length > 0) return validData.length;
  if (content.case !== "structArrays") return valueCount(field);
  return content.value.fields.length === 0 ? 0 : rowCountOf(content.value.fields[0]);
}

function valueCount({ field, type }: FieldData): number {
  if (field.case === "scalars") return scalarCount(field.value);
  return field.case === "vectors" ? vectorCount(type, field.value) : 0;
}

function vectorCount(type: DataType, { dim, data }: VectorField): number {
  switch (data.case) {
    case "floatVector":
      return data.value.data.length / Number(dim);
    case "sparseFloatVector":
      return data.value.contents.length;
    case "vectorArray":
      return data.value.data.length;
    case undefined:
      return 0;
    default:
      return data.value.length / vectorSize(type, Number(dim));
  }
}

function valueReader(field: FieldData, options: RowOptions): (row: number) => unknown {
  const { field: content, type } = field;
  switch (content.case) {
    case "scalars":
      return scalarReader(content.value, type, options);
    case "vectors":
      return vectorReader(type, content.value);
    default:
      return () => null;
  }
}

function scalarReader(
  { data }: ScalarField,
  type: DataType,
  { int64AsText }: RowOptions,
): (row: number) => unknown {
  switch (data.case) {
    case "longData":
      return int64AsText && type === DataType.Int64
        ? (row) => String(data.value.data[row])
        : (row) => data.value.data[row];
    case "floatData":
      return (row) => shortFloat(data.value.data[row]);
    case "jsonData":
      // Milvus answers the text of a JSON value, not the value.
      return (row) => Buffer.from(data.value.data[row]).toString("utf8");
    case "arrayData":
      return (row) => goScalarField(data.value.data[row]);
    case "bytesData":
    case "geometryData":
    case "molData":
      return (row) => base64Of(data.value.data[row]);
    case undefined:
      return () => null;
    default:
      return (row) => data.value.data[row];
  }
}

/** An array as Go writes the message that Milvus answers: `{"Data": {"LongData": {"data": [1]}}}`. */
function goScalarField(row: ScalarField): object {
  const { data } = row;
  if (data.case === undefined) return { Data: null };
  const name = `${data.case[0].toUpperCase()}${data.case.slice(1)}`;
  const values = elementsOf(row);
  return { Data: { [name]: values.length === 0 ? {} : { data: values } } };
}

function elementsOf({ data }: ScalarField): readonly unknown[] {
  if (data.case === undefined) return [];
  return data.case === "floatData" ? shortFloats(data.value.data) : data.value.data;
}

function vectorReader(type: DataType, { dim, data }: VectorField): (row: number) => unknown {
  const width = Number(dim);
  switch (data.case) {
    case "floatVector":
      return (row) => shortFloats(data.value.data.slice(row * width, (row + 1) * width));
    case "sparseFloatVector":
      return (row) => sparseObject(data.value.contents[row]);
    case "vectorArray": {
      const { data: rows, elementType, dim: rowDim } = data.value;
      return (row) => vectorElements(rows[row], elementType, Number(rowDim));
    }
    case undefined:
      return () => null;
    default: {
      const size = vectorSize(type, width);
      return (row) => base64Of(data.value.subarray(row * size, (row + 1) * size));
    }
  }
}

function sparseObject(bytes: Uint8Array): object {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pairs = Array.from({ length: bytes.length >> 3 }, (_, i) => [
    view.getUint32(8 * i, true),
    shortFloat(view.getFloat32(8 * i + 4, true)),
  ]);
  return Object.fromEntries(pairs);
}

function structReader(field: FieldData, { schema }: RowOptions): (row: number) => Row {
  const { fieldName } = field;
  const subFields = field.field.case === "structArrays" ? field.field.value.fields : [];
  const struct = schema.structArrayFields.find(({ name }) => name === fieldName);
  const dims = new Map(struct?.fields.map((sub) => [shortName(sub.name), dimOf(sub)]));
  const readers = subFields.map((sub) => {
    const name = shortName(sub.fieldName);
    const { validData } = sub;
    const places = placesOf(validData, isCompact(sub));
    const read = subReader(sub, dims.get(name) ?? 0);
    const isThere = (row: number) => validData.length === 0 || validData[row];
    return {
      name,
      isThere,
      read: (row: number) => read(validData.length === 0 ? row : places[row]),
    };
  });
  return (row) => {
    if (!readers.every(({ isThere }) => isThere(row))) return [[fieldName, null]];
    const columns = readers.map(({ name, read }) => ({ name, values: read(row) }));
    const count = columns[0]?.values.length ?? 0;
    const structs = Array.from({ length: count }, (_, i) =>
      Object.fromEntries(columns.map(({ name, values }) => [name, values[i]])),
    );
    return [[fieldName, structs]];
  };
}

/** Reads the elements that a row has of a sub-field. */
function subReader({ field }: FieldData, dim: number): (row: number) => readonly unknown[] {
  if (field.case === "scalars" && field.value.data.case === "arrayData") {
    const rows = field.value.data.value.data;
    return (row) => elementsOf(rows[row]);
  }
  if (field.case === "vectors" && field.value.data.case === "vectorArray") {
    const { data, elementType } = field.value.data.value;
    return (row) => vectorElements(data[row], elementType, dim || Number(data[row].dim));
  }
  return () => [];
}

function vectorElements({ data }: VectorField, type: DataType, dim: number): readonly unknown[] {
  if (data.case === "floatVector") {
    const { data: floats } = data.value;
    return Array.from({ length: floats.length / dim }, (_, i) =>
      shortFloats(floats.slice(i * dim, (i + 1) * dim)),
    );
  }
  if (data.case === undefined || data.case === "sparseFloatVector" || data.case === "vectorArray") {
    return [];
  }
  const bytes = data.value;
  const size = vectorSize(type, dim);
  return Array.from({ length: bytes.length / size }, (_, i) => {
    const vector = bytes.subarray(i * size, (i + 1) * size);
    return data.case === "int8Vector" ? new Int8Array(vector) : base64Of(vector);
  });
}

/** What a row has in the dynamic field: all of it, or the keys that were asked for. */
function dynamicValues(field: FieldData, row: number, names: ReadonlySet<string>): Row {
  const { field: content } = field;
  if (content.case !== "scalars" || content.value.data.case !== "jsonData") return [];
  const text = Buffer.from(content.value.data.value.data[row] ?? []).toString("utf8");
  if (isDeeperThan(jsonDepthMax, text)) {
    throw restError(
      "invalidSearchResult",
      `row ${row} is nested deeper than ${jsonDepthMax} levels`,
    );
  }
  const value: JsonValue = text === "" ? {} : parseJson(text);
  if (!isJsonObject(value)) return [];
  const isWhole = names.has(field.fieldName) || names.has(dynamicFieldName);
  return Object.entries(value).filter(([name]) => isWhole || names.has(name));
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
