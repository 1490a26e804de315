import { half, type NarrowType } from "./scalar-components.ts";

/** How the components of a dense vector lie in memory. Half-precision numbers are their bits. */
export type DenseElement = "float32" | NarrowType;

export type DenseArray = Float32Array | Uint16Array | Int8Array;

/** Dense vectors one after the other: row r of `dim` components begins at `values[r * dim]`. */
export interface DenseRows {
  readonly element: DenseElement;
  /** A `Float32Array`, for half precision a `Uint16Array`, for int8 an `Int8Array`. */
  readonly values: DenseArray;
}

/** The bytes of a component. */
export const elementBytes: Readonly<Record<DenseElement, number>> = {
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int8: 1,
};

/** An array of components of a kind at the begin of a buffer. */
export function denseArrayOver(
  element: DenseElement,
  buffer: SharedArrayBuffer,
  length: number,
): DenseArray {
  switch (element) {
    case "float32":
      return new Float32Array(buffer, 0, length);
    case "int8":
      return new Int8Array(buffer, 0, length);
    case "float16":
    case "bfloat16":
      return new Uint16Array(buffer, 0, length);
  }
}

/** Writes the components `start` to `end` to `target`, from `at` on, as f32, which holds them exactly. */
export function copyFloats(
  { element, values }: DenseRows,
  { start, end }: { readonly start: number; readonly end: number },
  target: Float32Array,
  at = 0,
): void {
  switch (element) {
    case "float32":
    case "int8":
      target.set(values.subarray(start, end), at);
      break;
    case "float16": {
      const floats = floatsOfHalves();
      for (let i = start; i < end; i++) target[at + i - start] = floats[values[i]];
      break;
    }
    case "bfloat16": {
      const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
      for (let i = start; i < end; i++) bits[at + i - start] = values[i] << 16;
      break;
    }
  }
}

/** A row as f32, in new memory. */
export function floatsOfRow(rows: DenseRows, dim: number, row: number): Float32Array {
  const floats = new Float32Array(dim);
  copyFloats(rows, { start: row * dim, end: (row + 1) * dim }, floats);
  return floats;
}

let halves: Float32Array | undefined;

/** The number that each 16 bits are: looked up, since to compute it takes ten times as long. */
function floatsOfHalves(): Float32Array {
  halves ??= Float32Array.from({ length: 65_536 }, (_, bits) => half(bits));
  return halves;
}
