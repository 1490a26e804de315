import type { DataType } from "@redkite/engine";
import type { WireByteVectors, WireData } from "./wire-field.ts";

/** How the values of a data type lie on the wire, and how Milvus's error texts name them. */
export interface WireForm {
  /** No values of the type: its kind is the one that the type's values have. */
  readonly none: WireData;
  /** `<title>field 'x' is illegal, <problem>`. */
  readonly title: string;
  readonly problem: string;
  /** `[expected=need <need>]`. */
  readonly need: string;
  /** `[expected=<elements>]`, as elements of arrays. */
  readonly elements: string;
}

const ints = form({ kind: "int", values: new Int32Array(0) }, "int array");
const noBytes = { offsets: new Uint32Array(1), bytes: new Uint8Array(0) };

export const wireForms: Readonly<Record<DataType, WireForm>> = {
  Bool: form({ kind: "bool", values: new Uint8Array(0) }, "bool array"),
  Int8: ints,
  Int16: ints,
  Int32: ints,
  Int64: form({ kind: "long", values: new BigInt64Array(0) }, "long int array", {
    elements: "int64 array",
  }),
  Float: form({ kind: "float", values: new Float32Array(0) }, "float32 array", {
    elements: "float array",
  }),
  Double: form({ kind: "double", values: new Float64Array(0) }, "float64(double) array", {
    elements: "double array",
  }),
  VarChar: form({ kind: "string", ...noBytes }, "string array", { title: "varchar " }),
  JSON: form({ kind: "json", ...noBytes }, "json array", { title: "json " }),
  Array: form(
    {
      kind: "array",
      elementTypeId: 0,
      offsets: new Uint32Array(1),
      elements: { kind: "other", name: "" },
    },
    "array",
    { title: "array " },
  ),
  Geometry: form({ kind: "geometryWkt", ...noBytes }, "geometry array", { title: "geometry " }),
  Timestamptz: form({ kind: "string", ...noBytes }, "string array", { title: "timestamptz " }),
  FloatVector: form({ kind: "floatVector", dim: 0, values: new Float32Array(0) }, "float vector", {
    title: "float vector ",
  }),
  BinaryVector: form(byteVectors("binaryVector"), "bytes array", { title: "binary float vector " }),
  Float16Vector: form(byteVectors("float16Vector"), "vector_float16 array", {
    title: "float16 float ",
    problem: "nil Vector_Float16 type",
  }),
  BFloat16Vector: form(byteVectors("bfloat16Vector"), "vector_bfloat16 array", {
    title: "bfloat16 float ",
    problem: "nil Vector_BFloat16 type",
  }),
  Int8Vector: form(byteVectors("int8Vector"), "vector_int8 array", {
    title: "int8 vector ",
    problem: "nil Vector_Int8 type",
  }),
  SparseFloatVector: form({ kind: "sparseFloatVector", dim: 0, ...noBytes }, "sparse float array", {
    title: "sparse float ",
  }),
  ArrayOfVector: form(
    {
      kind: "vectorArray",
      dim: 0,
      elementTypeId: 0,
      offsets: new Uint32Array(1),
      elements: { kind: "other", name: "" },
    },
    "vector array",
    { title: "array of vector " },
  ),
};

function byteVectors(kind: WireByteVectors["kind"]): WireByteVectors {
  return { kind, dim: 0, bytes: new Uint8Array(0) };
}

function form(
  none: WireForm["none"],
  need: string,
  {
    title = "",
    problem = "array type mismatch",
    elements = need,
  }: { title?: string; problem?: string; elements?: string } = {},
): WireForm {
  return { none, need, title, problem, elements };
}
