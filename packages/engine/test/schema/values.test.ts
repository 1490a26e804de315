import { describe, expect, test } from "vitest";
import type { FieldDefinition, StructArrayDefinition } from "../../src/schema/collection-schema.ts";
import type { Column } from "../../src/schema/column.ts";
import { defineSchema } from "../../src/schema/define-schema.ts";
import { prepareBatch } from "../../src/schema/prepare-batch.ts";
import type { Row } from "../../src/schema/row-batch.ts";
import { rowsToColumns } from "../../src/schema/rows-to-columns.ts";

const id: FieldDefinition = { name: "id", type: "Int64", primaryKey: true };
const vector: FieldDefinition = { name: "vector", type: "FloatVector", dim: 2 };

/** The columns of rows of a schema with these fields beside a key and a vector. */
function write(
  fields: readonly FieldDefinition[],
  rows: readonly Row[],
  structs: readonly StructArrayDefinition[] = [],
) {
  const schema = defineSchema({ collection: "films", fields: [id, vector, ...fields], structs });
  const complete = rows.map((row, i) => ({ id: i, vector: [0, 0], ...row }));
  const columns = prepareBatch(schema, rowsToColumns(schema, complete), neverMade);
  return new Map(schema.fields.map((field) => [field.name, columns.get(field.id)]));
}

function neverMade(): Column {
  throw new Error("No key is made here");
}

const clips: StructArrayDefinition = {
  name: "clips",
  fields: [
    { name: "start", type: "Array", elementType: "Int64", maxCapacity: 2 },
    { name: "frame", type: "ArrayOfVector", elementType: "FloatVector", dim: 2, maxCapacity: 2 },
  ],
};

describe("rowsToColumns() and prepareBatch()", () => {
  test.each<[FieldDefinition, unknown, string, string]>([
    [
      { name: "f", type: "Float16Vector", dim: 2 },
      [1, Number.NaN],
      "invalid-parameter",
      "value 'NaN' is not a number or infinity",
    ],
    [
      { name: "f", type: "Float16Vector", dim: 2 },
      [1, 65_520],
      "invalid-parameter",
      "value '+Inf' is not a number or infinity",
    ],
    [
      { name: "f", type: "BFloat16Vector", dim: 2 },
      [1, Number.NEGATIVE_INFINITY],
      "invalid-parameter",
      "value '-Inf' is not a number or infinity",
    ],
    [
      { name: "f", type: "Int8Vector", dim: 2 },
      [1, 128],
      "schema-mismatch",
      "should be integers from -128 to 127, but got the number 128",
    ],
    [
      { name: "f", type: "Int8Vector", dim: 2 },
      [1, 0.5],
      "schema-mismatch",
      "should be integers from -128 to 127",
    ],
    [{ name: "f", type: "BinaryVector", dim: 16 }, [1, 256], "schema-mismatch", "should be bytes"],
    [
      { name: "f", type: "BinaryVector", dim: 16 },
      [1],
      "dimension-mismatch",
      "the dim (8) of field data(f) is not equal to schema dim (16)",
    ],
    [
      { name: "f", type: "SparseFloatVector" },
      { a: 1 },
      "schema-mismatch",
      "should be indices from 0 to 2^32 - 2",
    ],
    [
      { name: "f", type: "SparseFloatVector" },
      [[1, "2"]],
      "schema-mismatch",
      "should be an object of numbers by index",
    ],
    [
      { name: "f", type: "SparseFloatVector" },
      [1, 2],
      "schema-mismatch",
      "should be an object of numbers by index",
    ],
    [
      { name: "f", type: "SparseFloatVector" },
      { 1: -1 },
      "invalid-parameter",
      "negative value in sparse float vector",
    ],
    [
      { name: "f", type: "SparseFloatVector" },
      { 1: Number.NaN },
      "invalid-parameter",
      "value 'NaN' is not a number or infinity",
    ],
    [
      { name: "f", type: "SparseFloatVector" },
      { 4294967295: 1 },
      "invalid-parameter",
      "invalid index in sparse float vector: must be less than 2^32-1",
    ],
    [
      { name: "f", type: "SparseFloatVector" },
      [
        [1, 2],
        [1, 3],
      ],
      "invalid-parameter",
      "unsorted or same indices in sparse float vector",
    ],
    [
      { name: "f", type: "Timestamptz" },
      "now",
      "invalid-parameter",
      "got invalid timestamptz string 'now'",
    ],
    [
      { name: "f", type: "Timestamptz" },
      5,
      "schema-mismatch",
      "should be a time in ISO 8601, but got the number 5",
    ],
    [{ name: "f", type: "Geometry" }, "POINT", "invalid-parameter", ""],
    [
      { name: "f", type: "Geometry" },
      5,
      "schema-mismatch",
      "should be a string, but got the number 5",
    ],
  ])("refuse for a field of %o the value %o", (field, value, code, message) => {
    expect(() => write([field], [{ f: value }])).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  test("refuse JSON beyond 65,536 bytes, and name the dynamic field", () => {
    const field: FieldDefinition = { name: "f", type: "JSON" };
    // Two quotation marks go along.
    const fits = "x".repeat(65_534);
    expect(() => write([field], [{ f: fits }])).not.toThrow();
    expect(() => write([field], [{ f: `${fits}x` }])).toThrow(
      "the length (65537) of json field (f) exceeds max length (65536)",
    );
    const schema = defineSchema({ collection: "films", fields: [id, vector], dynamicField: true });
    const row = { id: 1, vector: [0, 0], more: fits };
    expect(() => prepareBatch(schema, rowsToColumns(schema, [row]), neverMade)).toThrow(
      "the length (65545) of dynamic field exceeds max length (65536)",
    );
  });

  test("take sparse vectors in any form and order", () => {
    const field: FieldDefinition = { name: "f", type: "SparseFloatVector" };
    const column = write(
      [field],
      [
        { f: { 70000: 2, 3: 0.5 } },
        {
          f: [
            [9, 1],
            [2, 0.25],
          ],
        },
        { f: {} },
        { f: { 4294967294: 1 } },
      ],
    ).get("f");
    expect(column).toMatchObject({
      offsets: Uint32Array.of(0, 2, 4, 4, 5),
      indices: Uint32Array.of(3, 70_000, 2, 9, 4_294_967_294),
      values: Float32Array.of(0.5, 2, 0.25, 1, 1),
    });
  });

  test("take a sparse vector of more components than a call may have arguments", () => {
    const components = Array.from({ length: 200_000 }, (_, i) => [i, 1]);
    const column = write([{ name: "f", type: "SparseFloatVector" }], [{ f: components }]).get("f");
    expect(column).toMatchObject({ offsets: Uint32Array.of(0, 200_000) });
  });

  test("take null vectors, as zeros that are not valid", () => {
    const columns = write(
      [
        { name: "bits", type: "BinaryVector", dim: 8, nullable: true },
        { name: "sparse", type: "SparseFloatVector", nullable: true },
      ],
      [{ bits: [7], sparse: null }, { sparse: { 1: 1 } }],
    );
    expect(columns.get("bits")).toMatchObject({
      values: Uint8Array.of(7, 0),
      validity: Uint8Array.of(0b01),
    });
    expect(columns.get("sparse")).toMatchObject({
      offsets: Uint32Array.of(0, 0, 1),
      validity: Uint8Array.of(0b10),
    });
    expect(() => write([{ name: "bits", type: "BinaryVector", dim: 8 }], [{}])).toThrow(
      "fieldSchema(bits) has no corresponding fieldData pass in",
    );
  });

  test("give rows without a time the default", () => {
    const field: FieldDefinition = {
      name: "at",
      type: "Timestamptz",
      defaultValue: "1970-01-01T00:00:01+00:00",
    };
    expect(write([field], [{}, { at: 7n }]).get("at")).toMatchObject({
      values: BigInt64Array.of(1_000_000n, 7n),
    });
  });

  test("take structs apart", () => {
    const rows = [{ clips: [{ start: 1n, frame: [1, 2] }] }, { clips: [] }];
    const columns = write([], rows, [clips]);
    expect(columns.get("clips[start]")).toMatchObject({
      offsets: Uint32Array.of(0, 1, 1),
      elements: { values: BigInt64Array.of(1n) },
    });
    expect(columns.get("clips[frame]")).toMatchObject({
      elements: { dim: 2, values: Float32Array.of(1, 2) },
    });
  });

  test.each<[unknown, string]>([
    [undefined, "required struct array field 'clips' is missing in insert data"],
    [5, "field clips of row 0 should be an array of objects"],
    [[{ start: 1n }], "field clips of row 0 should be objects of start, frame"],
    [[{ start: 1n, frame: [1, 2], more: 1 }], "should be objects of start, frame"],
    [[{ start: 1n, frame: null }], "should be FloatVector elements, but got null"],
    [[{ start: 1n, frame: [1] }], "the dim (1) of field data(clips[frame]) is not equal"],
    [[{ start: 1n, frame: [1, Number.NaN] }], "value 'NaN' is not a number or infinity"],
    [Array(3).fill({ start: 1n, frame: [1, 2] }), "array length 3 exceeds max_capacity 2"],
  ])("refuse the struct %o", (value, message) => {
    const row = value === undefined ? {} : { clips: value };
    expect(() => write([], [row], [clips])).toThrow(message);
  });

  test("prepareBatch() refuses sub-fields of unlike lengths, or of which one is null", () => {
    const schema = defineSchema({
      collection: "films",
      fields: [id, vector],
      structs: [{ ...clips, nullable: true }],
    });
    const batch = rowsToColumns(schema, [{ id: 1, vector: [0, 0], clips: [] }]);
    const starts = (offsets: Uint32Array, validity: Uint8Array): Column => ({
      layout: "list",
      rowCount: 1,
      offsets,
      elements: { layout: "fixed", rowCount: 1, values: BigInt64Array.of(1n) },
      validity,
    });
    const withStarts = (column: Column) => () =>
      prepareBatch(
        schema,
        { ...batch, columns: new Map(batch.columns).set("clips[start]", column) },
        neverMade,
      );
    expect(withStarts(starts(Uint32Array.of(0, 1), Uint8Array.of(1)))).toThrow(
      "inconsistent struct element count in struct 'clips' at row 0: 'start' has 1, 'frame' has 0",
    );
    expect(withStarts(starts(Uint32Array.of(0, 0), Uint8Array.of(0)))).toThrow(
      "sub-field ValidData mismatch in struct 'clips' at row 0: 'start'=false, 'frame'=true",
    );
  });

  test.each<[FieldDefinition, Column]>([
    [
      { name: "f", type: "Int8Vector", dim: 2 },
      { layout: "vector", element: "bit", rowCount: 1, dim: 16, values: new Uint8Array(2) },
    ],
    [
      { name: "f", type: "BinaryVector", dim: 16 },
      { layout: "vector", element: "bit", rowCount: 1, dim: 16, values: new Uint8Array(3) },
    ],
    [
      { name: "f", type: "Float16Vector", dim: 2 },
      { layout: "vector", element: "float16", rowCount: 1, dim: 2, values: new Float32Array(2) },
    ],
    [
      { name: "f", type: "SparseFloatVector" },
      {
        layout: "sparse",
        rowCount: 1,
        offsets: Uint32Array.of(0, 2),
        indices: Uint32Array.of(1),
        values: Float32Array.of(1),
      },
    ],
    [
      { name: "f", type: "Geometry" },
      {
        layout: "bytes",
        rowCount: 1,
        offsets: Uint32Array.of(0, 3),
        bytes: Uint8Array.of(1, 2, 3),
      },
    ],
  ])("prepareBatch() refuses a malformed column of %o", (field, column) => {
    const schema = defineSchema({ collection: "films", fields: [id, vector, field] });
    const batch = rowsToColumns(schema, [{ id: 1, vector: [0, 0] }]);
    const columns = new Map(batch.columns).set("f", column);
    expect(() => prepareBatch(schema, { ...batch, columns }, neverMade)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/schema-mismatch|invalid-parameter/) }),
    );
  });
});
