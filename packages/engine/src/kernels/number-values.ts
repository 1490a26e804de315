/** The arrays of numbers that columns are made of. */
export type NumberValues =
  | Uint8Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** Their types, at the place that is the number of the type in `assembly/interval-marks.ts`. */
const valueKinds = [
  Uint8Array,
  Int8Array,
  Int16Array,
  Int32Array,
  BigInt64Array,
  Float32Array,
  Float64Array,
] as const;

/** What kernels call the type of the values. */
export function valueKindOf(values: NumberValues): number {
  return valueKinds.findIndex((type) => values instanceof type);
}
