import type { Field } from "./collection-schema.ts";
import type { VectorArrays, VectorColumn, VectorElement } from "./column.ts";
import { infoOf } from "./data-type.ts";

/** The typed array of some kind of component. */
export type VectorArray = VectorArrays[VectorElement];

interface VectorArrayKind {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): VectorArray;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): VectorArray;
}

const kinds: Readonly<Record<VectorElement, VectorArrayKind>> = {
  float32: Float32Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int8: Int8Array,
  bit: Uint8Array,
};

/** The typed array that holds components of a kind. */
export function vectorArrayKind(element: VectorElement): VectorArrayKind {
  return kinds[element];
}

/** How many elements of its typed array a vector of `dim` components takes. */
export function strideOf(element: VectorElement, dim: number): number {
  return element === "bit" ? dim >>> 3 : dim;
}

/** How many bytes a vector of `dim` components takes. */
export function vectorByteLength(element: VectorElement, dim: number): number {
  return strideOf(element, dim) * kinds[element].BYTES_PER_ELEMENT;
}

/** What the vectors of a field are made of: of its elements, for arrays of vectors. */
export interface VectorShape {
  readonly element: VectorElement;
  readonly dim: number;
}

/** The shape of a dense vector field, or of the vectors in an array of vectors. */
export function vectorShapeOf(field: Pick<Field, "type" | "elementType" | "dim">): VectorShape {
  const type = field.type === "ArrayOfVector" ? (field.elementType ?? "FloatVector") : field.type;
  return { element: infoOf(type).element ?? "float32", dim: field.dim ?? 0 };
}

/** Zeroed vectors of `rowCount` rows outside of the memory that kernels read. */
export function createVectorArray({ element, dim }: VectorShape, rowCount: number): VectorArray {
  return new kinds[element](rowCount * strideOf(element, dim));
}

/** The vector of a row, as a view. */
export function vectorAt({ element, dim, values }: VectorColumn, row: number): VectorArray {
  const stride = strideOf(element, dim);
  return values.subarray(row * stride, (row + 1) * stride);
}
