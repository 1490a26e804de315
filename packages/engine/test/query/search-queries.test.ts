import { describe, expect, test } from "vitest";
import type { SearchVectors } from "../../src/query/request.ts";
import { searchQueries } from "../../src/query/search-queries.ts";
import type { Field } from "../../src/schema/collection-schema.ts";
import type {
  SparseColumn,
  VectorArrays,
  VectorColumn,
  VectorElement,
} from "../../src/schema/column.ts";
import type { DataType } from "../../src/schema/data-type.ts";

function fieldOf(type: DataType, dim?: number): Field {
  const flags = { id: 100, description: "", primaryKey: false, autoId: false, nullable: false };
  return { name: "v", type, ...flags, ...(dim !== undefined && { dim }) };
}

function columnOf<E extends VectorElement>(
  element: E,
  dim: number,
  values: VectorArrays[E],
): VectorColumn {
  const rowCount = element === "bit" ? values.length / (dim / 8) : values.length / dim;
  return { layout: "vector", element, dim, rowCount, values };
}

function sparseOf(indices: readonly number[], values: readonly number[]): SparseColumn {
  return {
    layout: "sparse",
    rowCount: 1,
    offsets: Uint32Array.of(0, indices.length),
    indices: Uint32Array.from(indices),
    values: Float32Array.from(values),
  };
}

function errorOf(field: Field, vectors: SearchVectors): unknown {
  try {
    return searchQueries(field, vectors, field.type === "ArrayOfVector" ? "MAX_SIM" : "L2");
  } catch (error) {
    return error;
  }
}

describe("searchQueries()", () => {
  test("takes floats for all dense fields, rounded to what the field can hold", () => {
    const given = Float32Array.of(1 / 3, -2);
    const valuesFor = (type: DataType): number[] => {
      const { queries } = searchQueries(fieldOf(type, 2), given, "L2");
      return queries.kind === "dense" ? [...queries.values] : [];
    };
    expect(valuesFor("FloatVector")).toEqual([...given]);
    expect(valuesFor("Float16Vector")).toEqual([0.333251953125, -2]);
    expect(valuesFor("BFloat16Vector")).toEqual([0.333984375, -2]);
  });

  test("takes columns of the field's element, and those of floats for half precision", () => {
    const halves = columnOf("float16", 2, Uint16Array.of(0x3c00, 0xc000));
    expect(searchQueries(fieldOf("Float16Vector", 2), halves, "L2")).toEqual({
      queries: { kind: "dense", dim: 2, values: Float32Array.of(1, -2) },
      queryCount: 1,
    });
    const floats = columnOf("float32", 2, Float32Array.of(1 / 3, -2, 0, 1));
    expect(searchQueries(fieldOf("Float16Vector", 2), floats, "L2").queryCount).toBe(2);
    const bytes = columnOf("int8", 2, Int8Array.of(-128, 127));
    expect(searchQueries(fieldOf("Int8Vector", 2), bytes, "L2").queries).toEqual({
      kind: "dense",
      dim: 2,
      values: Float32Array.of(-128, 127),
    });
    const bits = columnOf("bit", 16, Uint8Array.of(1, 2));
    expect(searchQueries(fieldOf("BinaryVector", 16), bits, "HAMMING").queries).toEqual({
      kind: "binary",
      rowBytes: 2,
      values: Uint8Array.of(1, 2),
    });
  });

  test.each<[DataType, SearchVectors, string, string]>([
    ["FloatVector", columnOf("bit", 8, Uint8Array.of(1)), "VECTOR_FLOAT", "VECTOR_BINARY"],
    [
      "BFloat16Vector",
      columnOf("float16", 8, new Uint16Array(8)),
      "VECTOR_BFLOAT16",
      "VECTOR_FLOAT16",
    ],
    ["Int8Vector", columnOf("float32", 8, new Float32Array(8)), "VECTOR_INT8", "VECTOR_FLOAT"],
    ["BinaryVector", new Float32Array(8), "VECTOR_BINARY", "VECTOR_FLOAT"],
    ["SparseFloatVector", new Float32Array(8), "VECTOR_SPARSE_U32_F32", "VECTOR_FLOAT"],
    ["FloatVector", sparseOf([1], [1]), "VECTOR_FLOAT", "VECTOR_SPARSE_U32_F32"],
    [
      "SparseFloatVector",
      columnOf("int8", 8, new Int8Array(8)),
      "VECTOR_SPARSE_U32_F32",
      "VECTOR_INT8",
    ],
  ])("refuses vectors of another type for a %s", (type, vectors, expected, found) => {
    expect(errorOf(fieldOf(type, 8), vectors)).toMatchObject({
      code: "invalid-parameter",
      message: `vector type must be the same, field v - type ${expected}, search ph type ${found}`,
    });
  });

  test.each<[DataType, SearchVectors, number, number]>([
    ["FloatVector", new Float32Array(7), 32, 28],
    ["FloatVector", new Float32Array(0), 32, 0],
    ["Float16Vector", columnOf("float16", 4, new Uint16Array(4)), 16, 8],
    ["Int8Vector", columnOf("int8", 16, new Int8Array(16)), 8, 16],
    ["BinaryVector", columnOf("bit", 16, new Uint8Array(2)), 1, 2],
  ])("refuses vectors of another dimension for a %s", (type, vectors, expected, found) => {
    expect(errorOf(fieldOf(type, 8), vectors)).toMatchObject({
      code: "dimension-mismatch",
      message: `vector dimension mismatch, expected vector size(byte) ${expected}, actual ${found}`,
    });
  });

  test("refuses no vectors and too many", () => {
    const many = new Float32Array(2 * 16_385);
    for (const [count, vectors] of [
      [16_385, many],
      [0, columnOf("float32", 2, new Float32Array(0))],
    ] as const) {
      expect(errorOf(fieldOf("FloatVector", 2), vectors)).toMatchObject({
        code: "limit-exceeded",
        message: `nq [${count}] is invalid, nq (number of search vector per search request) should be in range [1, 16384], but got ${count}`,
      });
    }
    expect(searchQueries(fieldOf("FloatVector", 2), many.subarray(2), "L2").queryCount).toBe(
      16_384,
    );
  });

  test("refuses numbers that are none, in floats and in half precision", () => {
    const message = "value 'NaN' is not a number or infinity";
    expect(errorOf(fieldOf("FloatVector", 2), Float32Array.of(1, NaN))).toMatchObject({ message });
    const halves = columnOf("float16", 2, Uint16Array.of(0x7e00, 0));
    expect(errorOf(fieldOf("Float16Vector", 2), halves)).toMatchObject({ message });
    // Beyond the largest number of half precision.
    expect(errorOf(fieldOf("Float16Vector", 2), Float32Array.of(1, 1e6))).toMatchObject({
      message: "value '+Inf' is not a number or infinity",
    });
  });

  test.each<[readonly number[], readonly number[], string]>([
    [[3, 1], [1, 1], "unsorted or same indices in sparse float vector"],
    [[1, 1], [1, 1], "unsorted or same indices in sparse float vector"],
    [[1], [-1], "negative value in sparse float vector"],
    [[0xffff_ffff], [1], "invalid index in sparse float vector: must be less than 2^32-1"],
  ])("refuses the sparse vector %j %j", (indices, values, message) => {
    expect(errorOf(fieldOf("SparseFloatVector"), sparseOf(indices, values))).toMatchObject({
      code: "invalid-parameter",
      message,
    });
  });
});
