import { DataType, type FieldSchema } from "@zilliz/milvus2-sdk-node";
import { writeDoubles, writeFloats, writeInts, writeLongs } from "../wire/packed-numbers.ts";
import type { WireWriter } from "../wire/wire-writer.ts";

type TypeName = FieldSchema["data_type"];

/** What rows hold of one field, without the rows that have no value. */
export interface FieldValues {
  readonly name: string;
  readonly type: TypeName;
  /** Of arrays. */
  readonly elementType: TypeName;
  readonly dim: number;
  readonly values: readonly unknown[];
}

/** How the values of a scalar type go into a `schema.ScalarField`. */
interface ScalarEncoding {
  /** The field of the type's array message. */
  readonly field: number;
  /** Writes the content of that message. */
  readonly write: (writer: WireWriter, field: FieldValues) => void;
}

const intEncoding: ScalarEncoding = {
  field: 2,
  write: (writer, { name, values }) =>
    writeInts(
      writer,
      1,
      Int32Array.from(values, (value) => toInt32(name, value)),
    ),
};

/** Texts: times and geometries travel as such too. */
function textEncoding(field: number): ScalarEncoding {
  return {
    field,
    write: (writer, { values }) => {
      for (const value of values) writer.stringElement(1, String(value));
    },
  };
}

const scalarEncodings: Partial<Record<TypeName, ScalarEncoding>> = {
  Bool: {
    field: 1,
    write: (writer, { values }) =>
      writeInts(
        writer,
        1,
        Uint8Array.from(values, (value) => Number(Boolean(value))),
      ),
  },
  Int8: intEncoding,
  Int16: intEncoding,
  Int32: intEncoding,
  Int64: {
    field: 3,
    write: (writer, { name, values }) =>
      writeLongs(
        writer,
        1,
        BigInt64Array.from(values, (value) => toInt64(name, value)),
      ),
  },
  Float: {
    field: 4,
    write: (writer, { values }) => writeFloats(writer, 1, Float32Array.from(values, Number)),
  },
  Double: {
    field: 5,
    write: (writer, { values }) => writeDoubles(writer, 1, Float64Array.from(values, Number)),
  },
  VarChar: textEncoding(6),
  Timestamptz: textEncoding(6),
  Geometry: textEncoding(12),
  Array: { field: 8, write: writeArrays },
  JSON: {
    field: 9,
    write: (writer, { values }) => {
      for (const value of values) writer.stringElement(1, JSON.stringify(value));
    },
  },
};

/**
 * Whether `writeValues` knows the type. Structs and vectors other than FloatVector are the SDK's, which
 * has several forms of their values and lets callers convert them.
 */
export function canWrite(field: FieldSchema): boolean {
  if (field.data_type === "FloatVector") return true;
  if (field.data_type === "Array")
    return field.element_type !== undefined && isScalar(field.element_type);
  return isScalar(field.data_type);
}

/** Writes the `scalars` or `vectors` of a `schema.FieldData`. */
export function writeValues(writer: WireWriter, field: FieldValues): void {
  if (field.type === "FloatVector") writeFloatVectors(writer, field);
  else writeScalars(writer, 3, field);
}

function isScalar(type: TypeName): boolean {
  return type !== "Array" && scalarEncodings[type] !== undefined;
}

/** Writes a `schema.ScalarField`. */
function writeScalars(writer: WireWriter, fieldNumber: number, field: FieldValues): void {
  const encoding = scalarEncodings[field.type];
  if (encoding === undefined) throw new TypeError(`Cannot write values of type ${field.type}`);
  const scalarField = writer.begin(fieldNumber, 8 * field.values.length);
  const array = writer.begin(encoding.field, 8 * field.values.length);
  encoding.write(writer, field);
  writer.end(array).end(scalarField);
}

/** Writes the content of a `schema.ArrayArray`. */
function writeArrays(writer: WireWriter, field: FieldValues): void {
  for (const value of field.values) {
    if (!Array.isArray(value)) throw unfit(field.name, value, "an array");
    writeScalars(writer, 1, { ...field, type: field.elementType, values: value });
  }
  writer.int32(2, DataType[field.elementType]);
}

/**
 * Writes a `schema.VectorField`. Whether the vectors have the right length is the service's to
 * check, as it does for clients elsewhere.
 */
function writeFloatVectors(writer: WireWriter, { name, dim, values }: FieldValues): void {
  const byteLength = 4 * dim * values.length;
  const vectorField = writer.begin(4, byteLength);
  writer.int64(1, BigInt(dim));
  const floatArray = writer.begin(2, byteLength);
  const packed = writer.begin(1, byteLength);
  let scratch = new Float32Array(dim);
  for (const value of values) {
    const vector = toVector(name, value);
    if (vector.length > scratch.length) scratch = new Float32Array(vector.length);
    scratch.set(vector);
    writer.raw(new Uint8Array(scratch.buffer, 0, 4 * vector.length));
  }
  writer.end(packed).end(floatArray).end(vectorField);
}

function toVector(name: string, value: unknown): ArrayLike<number> {
  if (Array.isArray(value) || value instanceof Float32Array || value instanceof Float64Array) {
    return value;
  }
  throw unfit(name, value, "an array of numbers");
}

function toInt32(name: string, value: unknown): number {
  const number = Number(value);
  if ((number | 0) !== number) throw unfit(name, value, "an integer of 32 bits");
  return number;
}

/** Strings and the SDK's `Long` too: numbers can't hold all int64s. */
function toInt64(name: string, value: unknown): bigint {
  try {
    const integer = BigInt(typeof value === "number" ? value : String(value));
    if (BigInt.asIntN(64, integer) === integer) return integer;
  } catch {
    // Not an integer: the error below says more than BigInt's.
  }
  throw unfit(name, value, "an integer of 64 bits");
}

function unfit(name: string, value: unknown, expected: string): Error {
  return new TypeError(
    `Cannot write to field "${name}": found ${String(value)}, expected ${expected}`,
  );
}
