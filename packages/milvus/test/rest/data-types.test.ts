import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RestHarness } from "./rest-harness.ts";

let api: RestHarness;

beforeEach(async () => {
  api = await RestHarness.open();
});
afterEach(() => api.close());

const collectionName = "c";

/** Makes a collection with a field `f`, beside a key and a vector. */
async function makeWith(field: object, rest: object = {}): Promise<void> {
  const isVector = "dataType" in field && String(field.dataType).endsWith("Vector");
  await api.ok("/collections/create", {
    collectionName,
    schema: {
      fields: [
        { fieldName: "id", dataType: "Int64", isPrimary: true },
        { fieldName: "v", dataType: "FloatVector", elementTypeParams: { dim: 2 } },
        { fieldName: "f", ...field },
      ],
    },
    indexParams: [
      { fieldName: "v", indexType: "FLAT", metricType: "L2" },
      ...(isVector ? [{ fieldName: "f", ...rest }] : []),
    ],
  });
}

/** The value of `f` after it was written and read. */
async function written(value: unknown): Promise<unknown> {
  const data = [{ id: 1, v: [1, 2], ...(value === undefined ? {} : { f: value }) }];
  await api.ok("/entities/upsert", { collectionName, data });
  const body = { collectionName, id: 1, outputFields: ["f"] };
  const [row] = (await api.ok("/entities/get", body)) as { f?: unknown }[];
  return row.f;
}

const refused = async (value: unknown) =>
  (await api.fails("/entities/upsert", { collectionName, data: [{ id: 1, v: [1, 2], f: value }] }))
    .code;

const dim = { elementTypeParams: { dim: 8 } };

describe("scalars", () => {
  it.each([
    ["Bool", true, true],
    ["Bool", "false", false],
    ["Int8", -128, -128],
    ["Int16", 32_767, 32_767],
    ["Int32", -(2 ** 31), -(2 ** 31)],
    ["Int64", 2n ** 63n - 1n, 2n ** 63n - 1n],
    ["Float", 0.1, 0.1],
    ["Double", 0.1, 0.1],
    ["JSON", { a: [1, 2n ** 60n] }, '{"a":[1,1152921504606846976]}'],
    ["JSON", '{"a":1}', '{"a":1}'],
  ])("%s: %s", async (dataType, value, expected) => {
    await makeWith({ dataType });
    expect(await written(value)).toEqual(expected);
  });

  it.each([
    ["Bool", "maybe"],
    ["Int8", 128],
    ["Int16", -32_769],
    ["Int32", 2 ** 31],
    ["Int64", 2n ** 63n],
    ["Int64", 1.5],
    ["Float", "x"],
    ["Double", ""],
    ["Double", null],
  ])("%s refuses %s", async (dataType, value) => {
    await makeWith({ dataType });
    expect(await refused(value)).toBe(1804);
  });

  it("Geometry: WKT", async () => {
    await makeWith({ dataType: "Geometry" });
    expect(await written("POINT (1 2)")).toBe("POINT (1 2)");
    expect(
      (
        await api.fails("/entities/upsert", {
          collectionName,
          data: [{ id: 1, v: [1, 2], f: "POINT" }],
        })
      ).code,
    ).not.toBe(5);
  });

  it("Timestamptz: texts with a time zone", async () => {
    await makeWith({ dataType: "Timestamptz" });
    expect(await written("2025-01-02T03:04:05Z")).toBe("2025-01-02T03:04:05Z");
  });

  it("Array: as the message that Milvus answers", async () => {
    const elementTypeParams = { max_capacity: 4 };
    await makeWith({ dataType: "Array", elementDataType: "Int64", elementTypeParams });
    expect(await written([1, 2n ** 60n])).toEqual({
      Data: { LongData: { data: [1, 2n ** 60n] } },
    });
    expect(await written("[3]")).toEqual({ Data: { LongData: { data: [3] } } });
    expect(await refused(["1"])).toBe(1804);
    expect(await refused({})).toBe(1804);
  });

  it("nulls and defaults", async () => {
    await makeWith({ dataType: "Int32", nullable: true });
    expect(await written(null)).toBeNull();
    expect(await written(undefined)).toBeNull();
    expect(await written(5)).toBe(5);
    await api.ok("/collections/drop", { collectionName });
    await makeWith({ dataType: "Int32", defaultValue: 7 });
    expect(await written(undefined)).toBe(7);
  });
});

describe("vectors", () => {
  const bits = Buffer.from([0b1010_1010]).toString("base64");

  it("BinaryVector: base64 or bytes in, base64 out", async () => {
    await makeWith(
      { dataType: "BinaryVector", ...dim },
      { indexType: "BIN_FLAT", metricType: "HAMMING" },
    );
    expect(await written(bits)).toBe(bits);
    expect(await written([0b1010_1010])).toBe(bits);
    for (const value of ["!", "AAAA", [256], [1, 2], 5]) expect(await refused(value)).toBe(1804);
  });

  it.each(["Float16Vector", "BFloat16Vector"])(
    "%s: numbers or base64 in, base64 out",
    async (dataType) => {
      await makeWith({ dataType, ...dim }, { indexType: "FLAT", metricType: "L2" });
      const ones = dataType === "Float16Vector" ? 0x3c00 : 0x3f80;
      const expected = Buffer.from(Uint16Array.from({ length: 8 }, () => ones).buffer).toString(
        "base64",
      );
      expect(await written([1, 1, 1, 1, 1, 1, 1, 1])).toBe(expected);
      expect(await written(expected)).toBe(expected);
      for (const value of [[1], "AAAA", {}]) expect(await refused(value)).toBe(1804);
    },
  );

  it("Int8Vector: numbers in, base64 out as of Milvus", async () => {
    await makeWith({ dataType: "Int8Vector", ...dim }, { indexType: "HNSW", metricType: "L2" });
    const value = [-128, 127, 0, 1, 2, 3, 4, 5];
    expect(await written(value)).toBe(Buffer.from(Int8Array.from(value).buffer).toString("base64"));
    expect(await refused([128, 0, 0, 0, 0, 0, 0, 0])).toBe(1804);
  });

  it("SparseFloatVector: objects or lists in, objects out", async () => {
    const sparse = { dataType: "SparseFloatVector" };
    await makeWith(sparse, { indexType: "SPARSE_INVERTED_INDEX", metricType: "IP" });
    expect(await written({ 7: 0.5, 1: 0.1 })).toEqual({ 1: 0.1, 7: 0.5 });
    expect(await written({ indices: [3], values: [2] })).toEqual({ 3: 2 });
    for (const value of [
      { x: 1 },
      { 1: "y" },
      { [2 ** 32]: 1 },
      { indices: [1], values: [] },
      [1],
    ]) {
      expect(await refused(value)).toBe(1804);
    }
  });

  it("FloatVector: nulls where they are allowed", async () => {
    await makeWith(
      { dataType: "FloatVector", nullable: true, elementTypeParams: { dim: 2 } },
      { indexType: "FLAT", metricType: "L2" },
    );
    expect(await written(null)).toBeNull();
    expect(await written([0.1, 2])).toEqual([0.1, 2]);
  });
});

describe("nulls among values", () => {
  it.each([
    ["Int32", {}, 5],
    ["VarChar", { max_length: 8 }, "x"],
    ["FloatVector", { dim: 2 }, [3, 4]],
    ["BinaryVector", { dim: 8 }, "qg=="],
    ["SparseFloatVector", {}, { 1: 2 }],
  ])("are left where they are: %s", async (dataType, elementTypeParams, value) => {
    const metricType = { BinaryVector: "HAMMING", SparseFloatVector: "IP" }[dataType] ?? "L2";
    const index = { indexType: "AUTOINDEX", metricType };
    await makeWith({ dataType, elementTypeParams, nullable: true }, index);
    const data = [null, value, undefined, value].map((f, id) => ({ id, v: [1, 2], f }));
    await api.ok("/entities/insert", { collectionName, data });
    const body = { collectionName, filter: "id >= 0", outputFields: ["f"] };
    expect(await api.ok("/entities/query", body)).toEqual([
      { id: 0, f: null },
      { id: 1, f: value },
      { id: 2, f: null },
      { id: 3, f: value },
    ]);
  });
});

describe("searches", () => {
  it.each([
    ["BinaryVector", { dim: 8 }, "HAMMING", "qg==", ["qg=="]],
    ["Float16Vector", { dim: 2 }, "L2", [1, 2], [[1, 2]]],
    ["BFloat16Vector", { dim: 2 }, "L2", [1, 2], [[1, 2]]],
    ["Int8Vector", { dim: 2 }, "L2", [1, 2], [[1, 2]]],
    ["SparseFloatVector", {}, "IP", { 1: 2 }, [{ 1: 0.5 }]],
  ])("by %s", async (dataType, elementTypeParams, metricType, value, data) => {
    const indexType = "AUTOINDEX";
    await makeWith({ dataType, elementTypeParams }, { indexType, metricType });
    await written(value);
    const body = { collectionName, annsField: "f", data };
    const distance = metricType === "IP" ? 1 : 0;
    expect(await api.ok("/entities/search", body)).toEqual([{ id: 1, distance }]);
    expect(await api.fails("/entities/search", { collectionName, data })).toMatchObject({
      code: 1801,
      message: expect.stringContaining(
        "search without annsField, but already found multiple vector fields: [v, f,,,]",
      ),
    });
  });
});

describe("arrays of structs", () => {
  it("are arrays of objects both ways", async () => {
    await api.ok("/collections/create", {
      collectionName,
      schema: {
        fields: [
          { fieldName: "id", dataType: "Int64", isPrimary: true },
          { fieldName: "v", dataType: "FloatVector", elementTypeParams: { dim: 2 } },
        ],
        structFields: [
          {
            fieldName: "clips",
            elementTypeParams: { max_capacity: 4 },
            fields: [
              { fieldName: "start", dataType: "Array", elementDataType: "Int64" },
              {
                fieldName: "look",
                dataType: "ArrayOfVector",
                elementDataType: "FloatVector",
                elementTypeParams: { dim: 2 },
              },
            ],
          },
        ],
      },
      indexParams: [
        { fieldName: "v", indexType: "FLAT", metricType: "L2" },
        {
          fieldName: "clips[look]",
          indexName: "look",
          indexType: "HNSW",
          metricType: "MAX_SIM_COSINE",
        },
      ],
    });
    expect(await api.ok("/collections/describe", { collectionName })).toMatchObject({
      structFields: [
        {
          name: "clips",
          type: "ArrayOfStruct",
          fields: [
            { name: "start", type: "Array", elementType: "Int64" },
            { name: "look", type: "ArrayOfVector", elementType: "FloatVector" },
          ],
        },
      ],
    });
    const clips = [
      { start: 2n ** 60n, look: [0.1, 0.2] },
      { start: 5, look: [1, 0] },
    ];
    const data = [
      { id: 1, v: [1, 2], clips },
      { id: 2, v: [1, 2], clips: [] },
    ];
    await api.ok("/entities/insert", { collectionName, data });
    const outputFields = ["clips"];
    const rows = await api.ok("/entities/query", {
      collectionName,
      filter: "id > 0",
      outputFields,
    });
    expect(rows).toEqual([
      { id: 1, clips },
      { id: 2, clips: [] },
    ]);
    const fails = (value: unknown) =>
      api.fails("/entities/insert", { collectionName, data: [{ id: 3, v: [1, 2], clips: value }] });
    expect(await fails({})).toMatchObject({
      code: 1804,
      message: expect.stringContaining("struct array field clips expects a JSON array of objects"),
    });
    expect(await fails([1])).toMatchObject({
      message: expect.stringContaining("struct array field clips element #0 must be a JSON object"),
    });
    expect(await fails([{ start: 1 }])).toMatchObject({ code: 1804 });
    expect(await fails(undefined)).toMatchObject({
      message: expect.stringContaining("missing struct array field: clips"),
    });
  });
});
