import type { DataType } from "@redkite/engine";
import type { WireArrays, WireFloatVectors, WireScalars } from "./wire-field.ts";

/** How the values of a data type lie on the wire, and how Milvus's error texts name them. */
export interface WireForm {
  /** No values of the type: its kind is the one that the type's values have. */
  readonly none: WireScalars | WireArrays | WireFloatVectors;
  /** `<title>field 'x' is illegal`. */
  readonly title: string;
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
  FloatVector: form({ kind: "floatVector", dim: 0, values: new Float32Array(0) }, "float vector", {
    title: "float vector ",
  }),
};

function form(
  none: WireForm["none"],
  need: string,
  { title = "", elements = need }: { title?: string; elements?: string } = {},
): WireForm {
  return { none, need, title, elements };
}
