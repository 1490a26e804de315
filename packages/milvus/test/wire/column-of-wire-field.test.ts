import { type Field, isEngineError } from "@redkite/engine";
import { describe, expect, it } from "vitest";
import { columnOfWireField } from "../../src/wire/column-of-wire-field.ts";
import { decodeFieldData } from "../../src/wire/field-data.ts";
import { oracleEncode } from "./oracle.ts";

describe("columnOfWireField", () => {
  it("columnOfWireField takes values of each type as they are", () => {
    expect(column({ type: "Bool" }, { bool_data: { data: [true, false] } })).toEqual({
      layout: "fixed",
      rowCount: 2,
      values: Uint8Array.of(1, 0),
    });
    expect(column({ type: "Int32" }, { int_data: { data: [2 ** 31 - 1, -5] } })).toMatchObject({
      values: Int32Array.of(2 ** 31 - 1, -5),
    });
    expect(column({ type: "Int64" }, { long_data: { data: [1, -1] } })).toMatchObject({
      values: BigInt64Array.of(1n, -1n),
    });
    expect(column({ type: "Float" }, { float_data: { data: [0.5, 1] } })).toMatchObject({
      values: Float32Array.of(0.5, 1),
    });
    expect(column({ type: "Double" }, { double_data: { data: [0.1, 1] } })).toMatchObject({
      values: Float64Array.of(0.1, 1),
    });
    expect(column({ type: "VarChar" }, { string_data: { data: ["é", ""] } })).toMatchObject({
      layout: "bytes",
      rowCount: 2,
      offsets: Uint32Array.of(0, 2, 2),
    });
    const json = { json_data: { data: [Buffer.from("{}"), Buffer.from("1")] } };
    expect(column({ type: "JSON" }, json)).toMatchObject({
      layout: "bytes",
      offsets: Uint32Array.of(0, 2, 3),
    });
    expect(vectorColumn({ dim: 2 }, { dim: 2, values: [1, 2, 3, 4] })).toEqual({
      layout: "vector",
      element: "float32",
      rowCount: 2,
      dim: 2,
      values: Float32Array.of(1, 2, 3, 4),
    });
  });

  it("columnOfWireField narrows small integers and refuses those out of range", () => {
    const ints = (...data: number[]) => ({ int_data: { data } });
    expect(column({ type: "Int8" }, ints(127, -128))).toMatchObject({
      values: Int8Array.of(127, -128),
    });
    expect(column({ type: "Int16" }, ints(32_767, -32_768))).toMatchObject({
      values: Int16Array.of(32_767, -32_768),
    });
    expect(() => column({ type: "Int8" }, ints(300, 0))).toThrow(
      "the 0th element (300) out of range: [-128, 127]",
    );
    expect(() => column({ type: "Int16" }, ints(0, -32_769))).toThrow(
      "the 1th element (-32769) out of range: [-32768, 32767]",
    );
  });

  it("columnOfWireField spreads the values of nullable fields over all rows", () => {
    const valid = [false, true, false, true, true, false, false, false, false, true];
    const bits = Uint8Array.of(0b0001_1010, 0b10);
    const of = (definition: Partial<Field>, scalars: object) =>
      column({ ...definition, nullable: true }, scalars, { rowCount: 10, valid });
    expect(of({ type: "Int8" }, { int_data: { data: [1, 2, 3, 4] } })).toEqual({
      layout: "fixed",
      rowCount: 10,
      values: Int8Array.of(0, 1, 0, 2, 3, 0, 0, 0, 0, 4),
      validity: bits,
    });
    expect(of({ type: "Int64" }, { long_data: { data: [1, 2, 3, 4] } })).toMatchObject({
      values: BigInt64Array.of(0n, 1n, 0n, 2n, 3n, 0n, 0n, 0n, 0n, 4n),
    });
    expect(of({ type: "VarChar" }, { string_data: { data: ["a", "bb", "", "c"] } })).toEqual({
      layout: "bytes",
      rowCount: 10,
      offsets: Uint32Array.of(0, 0, 1, 1, 3, 3, 3, 3, 3, 3, 4),
      bytes: Uint8Array.from(Buffer.from("abbc")),
      validity: bits,
    });
    const rows = [1, 2, 3, 4].map((value) => ({ int_data: { data: [value, value] } }));
    const arrays = of({ type: "Array", elementType: "Int16" }, { array_data: { data: rows } });
    expect(arrays).toEqual({
      layout: "list",
      rowCount: 10,
      offsets: Uint32Array.of(0, 0, 2, 2, 4, 6, 6, 6, 6, 6, 8),
      elements: { layout: "fixed", rowCount: 8, values: Int16Array.of(1, 1, 2, 2, 3, 3, 4, 4) },
      validity: bits,
    });
  });

  it("columnOfWireField spreads the vectors of nullable fields over all rows", () => {
    const spread = vectorColumn(
      { dim: 2, nullable: true },
      { dim: 2, values: [1, 2, 3, 4], rowCount: 3, valid: [true, false, true] },
    );
    expect(spread).toMatchObject({
      rowCount: 3,
      values: Float32Array.of(1, 2, 0, 0, 3, 4),
      validity: Uint8Array.of(0b101),
    });
  });

  it("columnOfWireField makes a column of nulls when there is no data", () => {
    const valid = [false, false];
    const none = column({ type: "Double", nullable: true }, {}, { rowCount: 2, valid });
    expect(none).toMatchObject({ values: Float64Array.of(0, 0), validity: Uint8Array.of(0) });
    const list = column(
      { type: "Array", elementType: "VarChar", nullable: true },
      {},
      { rowCount: 2, valid },
    );
    expect(list).toMatchObject({ layout: "list", offsets: Uint32Array.of(0, 0, 0) });
    const vectors = vectorColumn(
      { dim: 2, nullable: true },
      { dim: 0, values: [], rowCount: 2, valid },
    );
    expect(vectors).toMatchObject({ values: Float32Array.of(0, 0, 0, 0) });
  });

  it("columnOfWireField leaves rows without a value to fields with a default", () => {
    const field = { type: "Int64", defaultValue: 5n } as const;
    const scalars = { long_data: { data: [7] } };
    expect(column(field, scalars, { rowCount: 2, valid: [false, true] })).toMatchObject({
      values: BigInt64Array.of(0n, 7n),
      validity: Uint8Array.of(0b10),
    });
  });

  it("columnOfWireField gives no validity when all rows are valid", () => {
    const scalars = { long_data: { data: [1, 2] } };
    const all = column({ type: "Int64", nullable: true }, scalars, { valid: [true, true] });
    expect(all).not.toHaveProperty("validity");
  });

  it("columnOfWireField refuses data of another type", () => {
    for (const [definition, scalars, text] of [
      [{ type: "Int64" }, { int_data: { data: [1, 2] } }, "field 'f' is illegal"],
      [{ type: "VarChar" }, { long_data: { data: [1, 2] } }, "varchar field 'f' is illegal"],
      [{ type: "JSON" }, { string_data: { data: ["{}"] } }, "json field 'f' is illegal"],
      [{ type: "Array" }, { string_data: { data: ["{}"] } }, "array field 'f' is illegal"],
      [{ type: "FloatVector", dim: 2 }, {}, "float vector field 'f' is illegal"],
      [{ type: "Int64" }, {}, "field 'f' is illegal"],
      [
        { type: "VarChar", nullable: true },
        { geometry_wkt_data: { data: ["a"] } },
        "varchar field",
      ],
    ] as const) {
      expect(() => column(definition, scalars)).toThrow(text);
    }
    const details = detailsOf(() => column({ type: "Int64" }, { int_data: { data: [1] } }));
    expect(details).toMatchObject({ expected: "need long int array", actual: "got nil" });
  });

  it("columnOfWireField refuses array rows of another type, with none or of several", () => {
    const rows = (...data: object[]) => ({ array_data: { data } });
    const field = { type: "Array", elementType: "Int64" } as const;
    const longs = { long_data: { data: [1] } };
    for (const [scalars, actual] of [
      [rows({ int_data: { data: [1] } }, { int_data: {} }), "int array"],
      [rows(longs, {}), "nil array"],
      [rows(longs, { string_data: { data: ["a"] } }), "mixed array"],
      [rows({ array_data: { data: [longs] } }), "array_data array"],
    ] as const) {
      const details = detailsOf(() => column(field, scalars));
      expect(details).toMatchObject({ expected: "int64 array", actual });
    }
    const small = { type: "Array", elementType: "Int8" } as const;
    const ints = (...data: number[]) => ({ int_data: { data } });
    expect(() => column(small, rows(ints(1, 2), ints(), ints(3, 200)))).toThrow(
      "the 1th element (200) out of range: [-128, 127]",
    );
  });

  it("columnOfWireField refuses other numbers of rows than the request's", () => {
    const longs = { long_data: { data: [1, 2] } };
    expect(() => column({ type: "Int64" }, longs, { rowCount: 10 })).toThrow(
      "the num_rows (2) of field (f) is not equal to passed num_rows (10)",
    );
    expect(detailsOf(() => column({ type: "Int64" }, longs, { rowCount: 10 }))).toMatchObject({
      expected: 10,
      actual: 2,
    });
    const nullable = { type: "Int64", nullable: true } as const;
    const valid = [true, false, false];
    expect(() => column(nullable, longs, { rowCount: 3, valid })).toThrow(
      "the length of field is wrong",
    );
  });

  it("columnOfWireField refuses valid_data of another length, or where nulls are not allowed", () => {
    const longs = { long_data: { data: [1, 2] } };
    const text = "the length of valid_data of field(f) is wrong";
    expect(() => column({ type: "Int64", nullable: true }, longs, { valid: [true] })).toThrow(text);
    expect(() => column({ type: "Int64" }, longs, { valid: [true, true] })).toThrow(text);
  });

  it("columnOfWireField refuses vectors of another dimension", () => {
    const odd = () => vectorColumn({ dim: 4 }, { dim: 3, values: [1, 2, 3], rowCount: 1 });
    expect(odd).toThrow("the length(3) of float data should divide the dim(4)");
    const twice = () => vectorColumn({ dim: 2 }, { dim: 4, values: [1, 2, 3, 4], rowCount: 2 });
    expect(twice).toThrow("the dim (4) of field data(f) is not equal to schema dim (2)");
    expect(isThrown(odd, "dimension-mismatch")).toBe(true);
    expect(isThrown(twice, "dimension-mismatch")).toBe(true);
  });

  it("columnOfWireField refuses nulls that would take more than 1 GiB", () => {
    const valid = new Array<boolean>(10_000).fill(false);
    const request = { dim: 32_768, values: [], rowCount: 10_000, valid };
    const huge = () => vectorColumn({ dim: 32_768, nullable: true }, request);
    expect(isThrown(huge, "limit-exceeded")).toBe(true);
  });
});

function field(definition: Partial<Field>): Field {
  return {
    id: 100,
    name: "f",
    type: "Int64",
    description: "",
    primaryKey: false,
    autoId: false,
    nullable: false,
    ...definition,
  };
}

function column(
  definition: Partial<Field>,
  scalars: object,
  { rowCount = 2, valid = [] }: { rowCount?: number; valid?: readonly boolean[] } = {},
) {
  const bytes = oracleEncode("schema.FieldData", { field_name: "f", scalars, valid_data: valid });
  return columnOfWireField(field(definition), decodeFieldData(bytes), { rowCount });
}

function vectorColumn(
  definition: Partial<Field>,
  request: { dim: number; values: number[]; rowCount?: number; valid?: boolean[] },
) {
  const { dim, values, rowCount = 2, valid = [] } = request;
  const vectors = { dim, float_vector: { data: values } };
  const bytes = oracleEncode("schema.FieldData", { field_name: "f", vectors, valid_data: valid });
  return columnOfWireField(field({ ...definition, type: "FloatVector" }), decodeFieldData(bytes), {
    rowCount,
  });
}

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

function detailsOf(action: () => unknown): unknown {
  const error = thrownBy(action);
  return isEngineError(error, "schema-mismatch") ? error.details : error;
}

function isThrown(action: () => unknown, code: Parameters<typeof isEngineError>[1]): boolean {
  return isEngineError(thrownBy(action), code);
}
