import { type Field, isEngineError } from "@redkite/engine";
import { describe, expect, it } from "vitest";
import { PlaceholderType } from "../../src/wire/gen/common_pb.ts";
import { searchVectorsOf } from "../../src/wire/search-vectors.ts";

function field(type: Field["type"], dim?: number, elementType?: Field["type"]): Field {
  return {
    id: 100,
    name: "v",
    type,
    description: "",
    primaryKey: false,
    autoId: false,
    nullable: false,
    ...(dim === undefined ? {} : { dim }),
    ...(elementType === undefined ? {} : { elementType }),
  };
}

function placeholders(typeId: number, ...values: Uint8Array[]) {
  const offsets = [0];
  for (const value of values) offsets.push(offsets[offsets.length - 1] + value.length);
  return {
    tag: "$0",
    typeId,
    queryCount: values.length,
    values: { offsets: Uint32Array.from(offsets), bytes: Buffer.concat(values) },
    elementLevel: false,
  };
}

function floats(...values: number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

function halves(...bits: number[]): Uint8Array {
  return new Uint8Array(Uint16Array.from(bits).buffer);
}

describe("searchVectorsOf", () => {
  it("searchVectorsOf gives floats as they are, wherever they lie", () => {
    const sent = placeholders(PlaceholderType.FloatVector, floats(1, 2), floats(3, -0.5));
    expect(searchVectorsOf(field("FloatVector", 2), sent)).toEqual(Float32Array.of(1, 2, 3, -0.5));
  });

  it("searchVectorsOf gives other dense vectors as a column", () => {
    const bits = placeholders(PlaceholderType.BinaryVector, Buffer.of(1, 2), Buffer.of(3, 4));
    expect(searchVectorsOf(field("BinaryVector", 16), bits)).toEqual({
      layout: "vector",
      element: "bit",
      rowCount: 2,
      dim: 16,
      values: Uint8Array.of(1, 2, 3, 4),
    });
    const int8s = placeholders(PlaceholderType.Int8Vector, Buffer.of(255, 1));
    expect(searchVectorsOf(field("Int8Vector", 2), int8s)).toMatchObject({
      element: "int8",
      values: Int8Array.of(-1, 1),
    });
    const brains = placeholders(PlaceholderType.BFloat16Vector, halves(0x3f80, 0xc000));
    expect(searchVectorsOf(field("BFloat16Vector", 2), brains)).toMatchObject({
      element: "bfloat16",
      values: Uint16Array.of(0x3f80, 0xc000),
    });
  });

  it("searchVectorsOf rounds floats for fields of half precision", () => {
    const sent = placeholders(PlaceholderType.FloatVector, floats(1, -2));
    expect(searchVectorsOf(field("Float16Vector", 2), sent)).toMatchObject({
      element: "float16",
      rowCount: 1,
      values: Uint16Array.of(0x3c00, 0xc000),
    });
  });

  it("searchVectorsOf gives sparse vectors as a column", () => {
    const row = Buffer.alloc(8);
    row.writeUInt32LE(70_000, 0);
    row.writeFloatLE(2, 4);
    const sent = placeholders(PlaceholderType.SparseFloatVector, row, Buffer.alloc(0));
    expect(searchVectorsOf(field("SparseFloatVector"), sent)).toEqual({
      layout: "sparse",
      rowCount: 2,
      offsets: Uint32Array.of(0, 1, 1),
      indices: Uint32Array.of(70_000),
      values: Float32Array.of(2),
    });
  });

  it("searchVectorsOf gives a list of vectors per query for arrays of vectors", () => {
    const lists = placeholders(
      PlaceholderType.EmbListFloatVector,
      floats(1, 2, 3, 4),
      floats(5, 6),
    );
    const arrays = field("ArrayOfVector", 2, "FloatVector");
    expect(searchVectorsOf(arrays, lists)).toMatchObject({
      layout: "list",
      rowCount: 2,
      offsets: Uint32Array.of(0, 2, 3),
      elements: { element: "float32", values: Float32Array.of(1, 2, 3, 4, 5, 6) },
    });
    const single = placeholders(PlaceholderType.FloatVector, floats(1, 2));
    expect(searchVectorsOf(arrays, single)).toEqual(Float32Array.of(1, 2));
    const ragged = placeholders(PlaceholderType.EmbListFloatVector, floats(1, 2, 3));
    expect(() => searchVectorsOf(arrays, ragged)).toThrow(
      "vector dimension mismatch, expected vector size(byte) 8, actual 12",
    );
  });

  it.each<[Field, number, string]>([
    [field("FloatVector", 2), 104, "type VECTOR_FLOAT, search info type VECTOR_SPARSE_U32_F32"],
    [field("FloatVector", 2), 102, "type VECTOR_FLOAT, search info type VECTOR_FLOAT16"],
    [field("Float16Vector", 2), 103, "type VECTOR_FLOAT16, search info type VECTOR_BFLOAT16"],
    [field("BinaryVector", 8), 101, "type VECTOR_BINARY, search info type VECTOR_FLOAT"],
    [field("Int8Vector", 2), 101, "type VECTOR_INT8, search info type VECTOR_FLOAT"],
    [field("SparseFloatVector"), 101, "type VECTOR_SPARSE_U32_F32, search info type VECTOR_FLOAT"],
    [field("FloatVector", 2), 301, "type VECTOR_FLOAT, search info type 301"],
  ])("searchVectorsOf refuses for %o vectors of type %s", (searched, typeId, text) => {
    const error = thrownBy(() => searchVectorsOf(searched, placeholders(typeId, floats(1, 2))));
    expect(isEngineError(error, "invalid-parameter")).toBe(true);
    expect(String(error)).toContain(`vector type must be the same, field v - ${text}`);
  });

  it.each<[Field, number, number, number]>([
    [field("FloatVector", 2), 101, 12, 8],
    [field("Float16Vector", 2), 101, 4, 8],
    [field("Float16Vector", 2), 102, 8, 4],
    [field("BinaryVector", 16), 100, 3, 2],
    [field("Int8Vector", 2), 105, 0, 2],
  ])(
    "searchVectorsOf refuses for %o vectors of type %s and %s bytes",
    (searched, typeId, size, right) => {
      const sent = placeholders(typeId, new Uint8Array(right), new Uint8Array(size));
      expect(() => searchVectorsOf(searched, sent)).toThrow(
        `vector dimension mismatch, expected vector size(byte) ${right}, actual ${size}`,
      );
    },
  );

  it("searchVectorsOf refuses sparse vectors of broken length", () => {
    const sent = placeholders(PlaceholderType.SparseFloatVector, Buffer.alloc(9));
    expect(() => searchVectorsOf(field("SparseFloatVector"), sent)).toThrow(
      "invalid data length in sparse float vector: 9",
    );
  });
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
