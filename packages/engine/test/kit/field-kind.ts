import type { FieldDefinition, Metric, SearchVectors } from "../../src/index.ts";

/** Fields of one type in tests against models: what rows carry in them, and what that means. */
export interface FieldKind {
  readonly definition: Omit<FieldDefinition, "name">;
  /** Values as rows carry them, which is also how reads answer them. */
  readonly values: readonly unknown[];
  /** How values are written in filters, and compared in orders. */
  readonly scalar?: { readonly isGroupable: boolean; literal(value: unknown): string };
  readonly search?: VectorSearch;
}

export interface VectorSearch {
  readonly metric: Metric;
  readonly query: SearchVectors;
  /** `undefined` for a value that no search finds. */
  score(value: never): number | undefined;
}

const floats = (...values: number[]): Float32Array => Float32Array.from(values);
const squares = (value: ArrayLike<number>, query: readonly number[]): number =>
  query.reduce((sum, x, i) => sum + (x - value[i]) ** 2, 0);
const product = (value: ArrayLike<number>, query: readonly number[]): number =>
  query.reduce((sum, x, i) => sum + x * value[i], 0);

const scalar = {
  isGroupable: true,
  literal: (value: unknown) => (typeof value === "string" ? JSON.stringify(value) : String(value)),
};

const dense = {
  query: floats(1, -2, 0.5),
  score: (value: ArrayLike<number>) => squares(value, [1, -2, 0.5]),
};

/** One kind for each data type, but for sub-fields of structs. */
export const fieldKinds: Readonly<Record<string, FieldKind>> = {
  bool: { definition: { type: "Bool" }, values: [true, false] },
  int8: { definition: { type: "Int8" }, values: [-128, 127, 0, 3], scalar },
  int32: { definition: { type: "Int32" }, values: [-(2 ** 31), 2 ** 31 - 1, 0, 4], scalar },
  int64: { definition: { type: "Int64" }, values: [-(2n ** 62n), 2n ** 63n - 1n, 0n, 5n], scalar },
  double: {
    definition: { type: "Double" },
    values: [-1e300, 1e-300, 0, 2.5],
    scalar: { ...scalar, isGroupable: false },
  },
  text: {
    definition: { type: "VarChar", maxLength: 8 },
    values: ["", "a", "Žižk", "\u{1f600}"],
    scalar,
  },
  json: { definition: { type: "JSON" }, values: [{ k: 1 }, { k: [1, null] }, 7, "x", {}] },
  list: {
    definition: { type: "Array", elementType: "Int64", maxCapacity: 3 },
    values: [[], [1n], [2n, -3n, 2n]],
  },
  texts: {
    definition: { type: "Array", elementType: "VarChar", maxLength: 4, maxCapacity: 3 },
    values: [[], [""], ["a", "bc"]],
  },
  time: {
    definition: { type: "Timestamptz" },
    values: ["1969-12-31T23:59:59.999999Z", "2024-12-31T22:00:00Z"],
  },
  place: { definition: { type: "Geometry" }, values: ["POINT (1 2.5)", "LINESTRING (0 0, 1 1)"] },
  float32: {
    definition: { type: "FloatVector", dim: 3 },
    values: [floats(1, -2, 0.5), floats(0, 0, 0), floats(-1, 3, 2), floats(1e10, 0, 0)],
    search: { ...dense, metric: "L2" },
  },
  float16: {
    definition: { type: "Float16Vector", dim: 3 },
    values: [floats(1, -2, 0.5), floats(0, 0, 2 ** -24), floats(65504, 0, -65504)],
    search: { ...dense, metric: "L2" },
  },
  bfloat16: {
    definition: { type: "BFloat16Vector", dim: 3 },
    values: [floats(1, -2, 0.5), floats(0, 0, 2 ** -120), floats(2 ** 40, 0, 0)],
    search: { ...dense, metric: "L2" },
  },
  int8s: {
    definition: { type: "Int8Vector", dim: 3 },
    values: [Int8Array.of(1, -2, 0), Int8Array.of(-128, 127, -128), Int8Array.of(0, 0, 0)],
    search: {
      metric: "IP",
      query: {
        layout: "vector",
        element: "int8",
        rowCount: 1,
        dim: 3,
        values: Int8Array.of(127, -128, 5),
      },
      score: (value: Int8Array) => product(value, [127, -128, 5]),
    },
  },
  bits: {
    definition: { type: "BinaryVector", dim: 16 },
    values: [Uint8Array.of(0, 0), Uint8Array.of(255, 255), Uint8Array.of(170, 1)],
    search: {
      metric: "HAMMING",
      query: {
        layout: "vector",
        element: "bit",
        rowCount: 1,
        dim: 16,
        values: Uint8Array.of(170, 3),
      },
      score: (value: Uint8Array) => bitCount(value[0] ^ 170) + bitCount(value[1] ^ 3),
    },
  },
  sparse: {
    definition: { type: "SparseFloatVector" },
    values: [{}, { 3: 0.5 }, { 3: 1, 70000: 2 }, { 9: 4 }],
    search: {
      metric: "IP",
      query: {
        layout: "sparse",
        rowCount: 1,
        offsets: Uint32Array.of(0, 2),
        indices: Uint32Array.of(3, 70_000),
        values: floats(2, 0.25),
      },
      score: (value: Readonly<Record<number, number>>) =>
        2 * (value[3] ?? 0) + 0.25 * (value[70_000] ?? 0) || undefined,
    },
  },
};

/** An array of structs with a vector in each. */
export const structKind = {
  fields: [
    { name: "start", type: "Array", elementType: "Int64", maxCapacity: 3 },
    { name: "frame", type: "ArrayOfVector", elementType: "FloatVector", dim: 2, maxCapacity: 3 },
  ],
  values: [
    [],
    [{ start: 1n, frame: floats(1, 2) }],
    [
      { start: 2n, frame: floats(3, -1) },
      { start: 3n, frame: floats(0, 1) },
    ],
  ],
  search: {
    metric: "MAX_SIM_IP",
    query: {
      layout: "list",
      rowCount: 1,
      offsets: Uint32Array.of(0, 2),
      elements: {
        layout: "vector",
        element: "float32",
        rowCount: 2,
        dim: 2,
        values: floats(1, 1, -1, 2),
      },
    },
    score: (value: readonly { readonly frame: Float32Array }[]) =>
      value.length === 0
        ? undefined
        : [
            [1, 1],
            [-1, 2],
          ]
            .map((query) => Math.max(...value.map(({ frame }) => product(frame, query))))
            .reduce((sum, best) => sum + best, 0),
  },
} as const satisfies {
  fields: readonly FieldDefinition[];
  values: readonly unknown[];
  search: VectorSearch;
};

function bitCount(byte: number): number {
  return byte.toString(2).replaceAll("0", "").length;
}
