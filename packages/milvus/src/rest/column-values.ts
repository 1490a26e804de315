import type { JsonValue } from "@redkite/engine";
import { invalidParameter } from "../errors.ts";
import type { ByteStrings } from "../wire/byte-strings.ts";
import { DataType, type FieldSchema } from "../wire/gen/schema_pb.ts";
import type {
  WireArrays,
  WireData,
  WireScalars,
  WireSparseVectors,
  WireVectorArrays,
  WireVectors,
} from "../wire/wire-field.ts";
import { int64Of, isJsonArray } from "./body-shape.ts";
import { enumName } from "./enum-names.ts";
import { looseText } from "./loose-text.ts";
import { isVectorType, unquoted, vectorBytes, vectorSize, wrongValue } from "./vector-values.ts";

/**
 * Values of a field as they travel: the rows that have one. Numbers and booleans are also taken as
 * texts, arrays and vectors as JSON in a text, as by Milvus. Throws `MilvusError`.
 */
export function wireDataOf(field: FieldSchema, values: readonly JsonValue[]): WireData {
  const { dataType } = field;
  if (dataType === DataType.SparseFloatVector) return sparseVectors(values);
  if (isVectorType(dataType)) return vectorsOf(dataType, dimOf(field), values);
  if (dataType === DataType.Array) return arraysOf(field, values);
  if (dataType === DataType.ArrayOfVector) return vectorArraysOf(field, values);
  return scalarsOf(dataType, values, looseScalars);
}

/** The number of components of a field's vectors; 0 when it says none. */
export function dimOf(field: FieldSchema): number {
  return Number(field.typeParams.find(({ key }) => key === "dim")?.value ?? 0);
}

/** Dense vectors, one after the other. Throws `MilvusError`, also for one of another size. */
function vectorsOf(type: DataType, dim: number, values: readonly JsonValue[]): WireVectors {
  const size = vectorSize(type, dim);
  const bytes = new Uint8Array(size * values.length);
  values.forEach((value, row) => {
    const vector = vectorBytes(type, value);
    if (vector.length !== size) throw wrongSize(type, dim, vector.length);
    bytes.set(vector, row * size);
  });
  switch (type) {
    case DataType.FloatVector:
      return { kind: "floatVector", dim, values: new Float32Array(bytes.buffer) };
    case DataType.Float16Vector:
      return { kind: "float16Vector", dim, bytes };
    case DataType.BFloat16Vector:
      return { kind: "bfloat16Vector", dim, bytes };
    case DataType.Int8Vector:
      return { kind: "int8Vector", dim, bytes };
    default:
      return { kind: "binaryVector", dim, bytes };
  }
}

function wrongSize(type: DataType, dim: number, byteCount: number): Error {
  const isFloat = type === DataType.FloatVector;
  const goType = isFloat ? "[]float32" : type === DataType.Int8Vector ? "[]int8" : "[]byte";
  const size = isFloat ? byteCount / 4 : byteCount;
  return invalidParameter(
    `${goType} size ${size} doesn't equal to vector dimension ${dim} of ${enumName(DataType, type)}`,
  );
}

function sparseVectors(values: readonly JsonValue[]): WireSparseVectors {
  const rows = values.map((value) => vectorBytes(DataType.SparseFloatVector, value));
  const dims = rows.map((row) => (row.length === 0 ? 0 : lastIndex(row) + 1));
  return {
    kind: "sparseFloatVector",
    dim: dims.reduce((most, dim) => Math.max(most, dim), 0),
    ...byteStringsOf(rows),
  };
}

function lastIndex(row: Uint8Array): number {
  return new DataView(row.buffer, row.byteOffset + row.length - 8).getUint32(0, true);
}

function arraysOf(field: FieldSchema, values: readonly JsonValue[]): WireArrays {
  const rows = values.map((value) => elementsOf(field.dataType, value));
  return {
    kind: "array",
    elementTypeId: field.elementType,
    offsets: offsetsOf(rows.map((row) => row.length)),
    elements: scalarsOf(field.elementType, rows.flat(), strictScalars),
  };
}

function vectorArraysOf(field: FieldSchema, values: readonly JsonValue[]): WireVectorArrays {
  const { elementType } = field;
  const dim = dimOf(field);
  const rows = values.map((value) => elementsOf(field.dataType, value));
  const elements = vectorsOf(elementType, dim, rows.flat());
  // Rows are counted in the elements' numbers or bytes.
  const width = elements.kind === "floatVector" ? dim : vectorSize(elementType, dim);
  const offsets = offsetsOf(rows.map((row) => row.length * width));
  return { kind: "vectorArray", dim, elementTypeId: elementType, offsets, elements };
}

function elementsOf(type: DataType, given: JsonValue): readonly JsonValue[] {
  const value = unquoted(given, type);
  if (isJsonArray(value)) return value;
  throw wrongValue(type, given, "the value should be an array");
}

/** Ends and beginnings of so many things in a row. */
function offsetsOf(counts: readonly number[]): Uint32Array {
  const offsets = new Uint32Array(counts.length + 1);
  counts.forEach((count, i) => {
    offsets[i + 1] = offsets[i] + count;
  });
  return offsets;
}

/** How a JSON value becomes one of a type; `undefined` when it is none. */
interface ScalarReaders {
  readonly bool: (value: JsonValue) => boolean | undefined;
  readonly integer: (value: JsonValue) => bigint | undefined;
  readonly number: (value: JsonValue) => number | undefined;
  readonly text: (value: JsonValue) => string | undefined;
}

/** Fields: Milvus reads all of them from texts. */
const looseScalars: ScalarReaders = {
  bool: (value) => {
    const text = looseText(value);
    if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true;
    return /^(?:0|f|F|FALSE|false|False)$/.test(text) ? false : undefined;
  },
  integer: (value) => int64Of(value),
  number: (value) => {
    const text = looseText(value);
    return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
  },
  text: (value) => looseText(value),
};

/** Elements of arrays: each of the type that the array is of. */
const strictScalars: ScalarReaders = {
  bool: (value) => (typeof value === "boolean" ? value : undefined),
  integer: (value) => (typeof value === "string" ? undefined : int64Of(value)),
  number: (value) =>
    typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined,
  text: (value) => (typeof value === "string" ? value : undefined),
};

/** The bits of the integer types. */
const integerBits: Readonly<Partial<Record<DataType, number>>> = {
  [DataType.Int8]: 8,
  [DataType.Int16]: 16,
  [DataType.Int32]: 32,
  [DataType.Int64]: 64,
};

const textKinds: Readonly<Partial<Record<DataType, "string" | "json" | "geometryWkt">>> = {
  [DataType.String]: "string",
  [DataType.VarChar]: "string",
  [DataType.Text]: "string",
  [DataType.Timestamptz]: "string",
  [DataType.JSON]: "json",
  [DataType.Geometry]: "geometryWkt",
};

function scalarsOf(
  type: DataType,
  values: readonly JsonValue[],
  readers: ScalarReaders,
): WireScalars {
  const all = <T>(read: (value: JsonValue) => T | undefined, reason: string): T[] =>
    values.map((value) => {
      const found = read(value);
      if (found === undefined) throw wrongValue(type, value, reason);
      return found;
    });
  const textKind = textKinds[type];
  if (textKind !== undefined) {
    const texts = all(readers.text, "the value should be a text");
    return { kind: textKind, ...byteStringsOf(texts.map((text) => Buffer.from(text))) };
  }
  const bits = integerBits[type];
  if (bits !== undefined) {
    const isWithin = (value: bigint | undefined) =>
      value !== undefined && BigInt.asIntN(bits, value) === value ? value : undefined;
    const integers = all(
      (value) => isWithin(readers.integer(value)),
      `the value should be an integer of ${bits} bits`,
    );
    if (bits === 64) return { kind: "long", values: BigInt64Array.from(integers) };
    return { kind: "int", values: Int32Array.from(integers, Number) };
  }
  switch (type) {
    case DataType.Bool:
      return {
        kind: "bool",
        values: Uint8Array.from(all(readers.bool, "the value should be true or false"), Number),
      };
    case DataType.Float:
      return {
        kind: "float",
        values: Float32Array.from(all(readers.number, "the value should be a number")),
      };
    case DataType.Double:
      return {
        kind: "double",
        values: Float64Array.from(all(readers.number, "the value should be a number")),
      };
    default:
      throw invalidParameter(
        `the type(${enumName(DataType, type)}) is not supported, use other sdk please`,
      );
  }
}

/** Byte strings, one after the other. */
export function byteStringsOf(strings: readonly Uint8Array[]): ByteStrings {
  const offsets = offsetsOf(strings.map((bytes) => bytes.length));
  const bytes = new Uint8Array(offsets[strings.length]);
  strings.forEach((string, i) => {
    bytes.set(string, offsets[i]);
  });
  return { offsets, bytes };
}
