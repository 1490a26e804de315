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

export type WireData =
  | WireScalars
  | WireArrays
  | WireVectors
  | WireSparseVectors
  | WireVectorArrays
  | WireStructs
  | WireOther;

/** The plain cases of `schema.ScalarField`'s oneof. */
export type WireScalars =
  | { readonly kind: "bool"; readonly values: Uint8Array }
  | { readonly kind: "int"; readonly values: Int8Array | Int16Array | Int32Array }
  | { readonly kind: "long" | "timestamptz"; readonly values: BigInt64Array }
  | { readonly kind: "float"; readonly values: Float32Array }
  | { readonly kind: "double"; readonly values: Float64Array }
  | ({
      readonly kind: "string" | "bytes" | "json" | "geometry" | "geometryWkt";
    } & ByteStrings);

/** `array_data`: row i is the elements `offsets[i] .. offsets[i + 1]`. */
export interface WireArrays {
  readonly kind: "array";
  /** A number of `schema.DataType`; 0 when the message doesn't say. */
  readonly elementTypeId: number;
  readonly offsets: Uint32Array;
  /** Other when rows are of several cases or of none. */
  readonly elements: WireScalars | WireOther;
}

/** Dense vectors, one after the other. */
export type WireVectors = WireFloatVectors | WireByteVectors;

/** `float_vector`: `values.length / dim` vectors. */
export interface WireFloatVectors {
  readonly kind: "floatVector";
  readonly dim: number;
  readonly values: Float32Array;
}

/** The dense vectors that travel as bytes, as they lie in memory. */
export interface WireByteVectors {
  readonly kind: "binaryVector" | "float16Vector" | "bfloat16Vector" | "int8Vector";
  readonly dim: number;
  readonly bytes: Uint8Array;
}

/** `sparse_float_vector`: each row is pairs of an index (u32) and a value (f32), little-endian. */
export interface WireSparseVectors extends ByteStrings {
  readonly kind: "sparseFloatVector";
  /** One more than the highest index, as far as the client says. */
  readonly dim: number;
}

/** `vector_array`: row i is some vectors of `elements`, one after the other. */
export interface WireVectorArrays {
  readonly kind: "vectorArray";
  readonly dim: number;
  /** A number of `schema.DataType`; 0 when the message doesn't say. */
  readonly elementTypeId: number;
  /** Row i is `offsets[i] .. offsets[i + 1]` of the elements' values or bytes, not of vectors. */
  readonly offsets: Uint32Array;
  /** Other when rows are of several cases or of none. */
  readonly elements: WireVectors | WireOther;
}

/** `struct_arrays`: the sub-fields of an array of structs, by their own names. */
export interface WireStructs {
  readonly kind: "structs";
  readonly fields: readonly WireField[];
}

/** No data, or of a kind that is not decoded: `name` is the oneof's case, "" for none. */
export interface WireOther {
  readonly kind: "other";
  readonly name: string;
}
