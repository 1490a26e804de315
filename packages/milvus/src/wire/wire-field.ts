import type { ByteStrings } from "./byte-strings.ts";

/** A `schema.FieldData` as it lies on the wire: typed arrays and bytes, nothing boxed. */
export interface WireField {
  readonly name: string;
  /** A number of `schema.DataType`. */
  readonly typeId: number;
  /** 0 in most requests: clients name fields. */
  readonly fieldId: number;
  readonly isDynamic: boolean;
  /**
   * One byte per row, 1 = the row has a value. Absent when the message says nothing of it. In
   * requests the data holds the valid rows only. In responses scalars have a placeholder for each
   * null row, vectors don't.
   */
  readonly valid?: Uint8Array;
  readonly data: WireData;
}

export type WireData = WireScalars | WireArrays | WireFloatVectors | WireOtherVectors | WireOther;

/** The plain cases of `schema.ScalarField`'s oneof. */
export type WireScalars =
  | { readonly kind: "bool"; readonly values: Uint8Array }
  | { readonly kind: "int"; readonly values: Int8Array | Int16Array | Int32Array }
  | { readonly kind: "long"; readonly values: BigInt64Array }
  | { readonly kind: "float"; readonly values: Float32Array }
  | { readonly kind: "double"; readonly values: Float64Array }
  | ({ readonly kind: "string" | "bytes" | "json" } & ByteStrings);

/** `array_data`: row i is the elements `offsets[i] .. offsets[i + 1]`. */
export interface WireArrays {
  readonly kind: "array";
  /** A number of `schema.DataType`; 0 when the message doesn't say. */
  readonly elementTypeId: number;
  readonly offsets: Uint32Array;
  /** Other when rows are of several cases or of none. */
  readonly elements: WireScalars | WireOther;
}

/** `float_vector`: `values.length / dim` vectors, one after the other. */
export interface WireFloatVectors {
  readonly kind: "floatVector";
  readonly dim: number;
  readonly values: Float32Array;
}

/** The other vectors, as they came. `bytes` is the content of the oneof's case. */
export interface WireOtherVectors {
  readonly kind:
    | "binaryVector"
    | "float16Vector"
    | "bfloat16Vector"
    | "sparseFloatVector"
    | "int8Vector"
    | "vectorArray";
  readonly dim: number;
  readonly bytes: Uint8Array;
}

/** No data, or of a kind that is not decoded: `name` is the oneof's case, "" for none. */
export interface WireOther {
  readonly kind: "other";
  readonly name: string;
}
