import type { WireByteVectors } from "./wire-field.ts";

/** The numbers of `schema.VectorField`'s fields whose contents are not plain bytes. */
export const vectorFieldNumbers = {
  dim: 1,
  floatVector: 2,
  sparseFloatVector: 6,
  vectorArray: 8,
  /** Newer than the SDK's definitions: `repeated bool valid_data`, which replaces FieldData's. */
  validData: 9,
} as const;

/** The numbers of its cases that hold the bytes of dense vectors. */
export const byteVectorNumbers: Readonly<Record<WireByteVectors["kind"], number>> = {
  binaryVector: 3,
  float16Vector: 4,
  bfloat16Vector: 5,
  int8Vector: 7,
};

/** The cases that hold the bytes of dense vectors, by their numbers. */
export const byteVectorsNumbered: ReadonlyMap<number, WireByteVectors["kind"]> = new Map(
  // Object.entries forgets the type of the keys.
  Object.entries(byteVectorNumbers).map(([kind, n]) => [n, kind as WireByteVectors["kind"]]),
);
