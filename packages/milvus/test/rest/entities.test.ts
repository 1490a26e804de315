import type { MessageInitShape } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DataType, type FieldDataSchema } from "../../src/wire/gen/schema_pb.ts";
import { floatVectors, ints, longs, texts } from "../service/service-harness.ts";
import { RestHarness } from "./rest-harness.ts";

let api: RestHarness;

beforeEach(async () => {
  api = await RestHarness.open();
});
afterEach(() => api.close());

const collectionName = "films";

/** The column of what the schema does not have, of one row. */
function dynamicText(text: string): MessageInitShape<typeof FieldDataSchema> {
  const data = [new TextEncoder().encode(text)];
  return {
    type: DataType.JSON,
    fieldName: "$meta",
    isDynamic: true,
    field: { case: "scalars", value: { data: { case: "jsonData", value: { data } } } },
  };
}

const big = 2n ** 63n - 1n;

async function makeFilms(): Promise<void> {
  await api.ok("/collections/create", {
    collectionName,
    schema: {
      enableDynamicField: true,
      fields: [
        { fieldName: "id", dataType: "Int64", isPrimary: true },
        { fieldName: "title", dataType: "VarChar", elementTypeParams: { max_length: 64 } },
        { fieldName: "year", dataType: "Int16" },
        { fieldName: "vector", dataType: "FloatVector", elementTypeParams: { dim: "2" } },
      ],
    },
    indexParams: [{ fieldName: "vector", indexType: "FLAT", metricType: "L2" }],
  });
  await api.ok("/entities/insert", { collectionName, data: films });
}

const films = [
  { id: 1, title: "Kes", year: 1969, vector: [0.1, 0], stars: 5 },
  { id: 2, title: "Heat", year: 1995, vector: [0, 1], colour: "blue" },
  { id: big, title: "Ran", year: 1985, vector: [-1, 0] },
];

describe("entities/insert", () => {
  it("answers how many rows it wrote and their keys, with every digit", async () => {
    await makeFilms();
    const row = { id: -big, title: "Ikiru", year: 1952, vector: [0, -1] };
    expect(await api.post("/entities/insert", { collectionName, data: [row] })).toEqual({
      status: 200,
      code: 0,
      data: { insertCount: 1, insertIds: [-big] },
      cost: 0,
    });
  });

  it("answers keys as texts to who can't read large integers", async () => {
    await makeFilms();
    const headers = { "Accept-Type-Allow-Int64": "false" };
    const data = [{ ...films[0], id: `${big - 1n}` }];
    expect(await api.ok("/entities/insert", { collectionName, data }, { headers })).toEqual({
      insertCount: 1,
      insertIds: [`${big - 1n}`],
    });
  });

  it("takes numbers and vectors that are given as texts, and texts that are numbers", async () => {
    await makeFilms();
    const row = { id: "7", title: 12, year: "2000", vector: "[1, 2]" };
    await api.ok("/entities/insert", { collectionName, data: [row] });
    expect(await api.ok("/entities/get", { collectionName, id: 7 })).toEqual([
      { id: 7, title: "12", year: 2000, vector: [1, 2] },
    ]);
  });

  it("refuses rows that don't fit with 1804 and Milvus's texts", async () => {
    await makeFilms();
    const [film] = films;
    const fails = async (row: unknown) => {
      const answer = await api.fails("/entities/insert", { collectionName, data: [row] });
      expect(answer.code).toBe(1804);
      return answer.message;
    };
    const sentinel = "fail to deal the insert data, error: ";
    const { vector, ...noVector } = film;
    expect(vector).toHaveLength(2);
    expect(await fails(noVector)).toBe(
      `${sentinel}missing vector field: vector: invalid parameter[expected=FloatVector][actual=]`,
    );
    expect(await fails({ ...film, vector: [1] })).toBe(
      `${sentinel}[]float32 size 1 doesn't equal to vector dimension 2 of FloatVector: invalid parameter`,
    );
    expect(await fails({ ...film, vector: [1, "x"] })).toContain(
      "json: cannot unmarshal string into Go value of type float32: invalid parameter",
    );
    expect(await fails({ ...film, year: 70_000 })).toContain("an integer of 16 bits");
    expect(await fails({ ...film, year: "x" })).toContain("[expected=Int16][actual=x]");
    expect(await fails({ ...film, id: 1.5 })).toContain("[expected=Int64][actual=1.5]");
    expect(await fails({ ...film, $meta: {} })).toBe(
      `${sentinel}use the invalid field name($meta) when enable dynamicField: invalid parameter`,
    );
    expect(await fails(3)).toContain("[expected=JSON][actual=number]");
    expect(await api.fails("/entities/insert", { collectionName, data: [] })).toEqual({
      code: 1804,
      message: `${sentinel}missing required parameters`,
    });
    expect(await api.fails("/entities/insert", { collectionName })).toMatchObject({ code: 1802 });
  });

  it("refuses unknown fields without a dynamic field, and keys that the collection makes", async () => {
    const create = {
      collectionName,
      dimension: 2,
      autoID: true,
      params: { enableDynamicField: false },
    };
    await api.ok("/collections/create", create);
    const fails = (row: object) => api.fails("/entities/insert", { collectionName, data: [row] });
    expect(await fails({ vector: [1, 2], x: 1 })).toMatchObject({
      code: 1804,
      message: expect.stringContaining("has pass more field without dynamic schema"),
    });
    expect(await fails({ id: 5, vector: [1, 2] })).toMatchObject({
      code: 1804,
      message: expect.stringContaining("no need to pass pk field(id) when autoid==true in insert"),
    });
    const data = [{ vector: [1, 2] }];
    expect(await api.ok("/entities/insert", { collectionName, data })).toMatchObject({
      insertCount: 1,
    });
  });

  it("is not confused by names of JavaScript", async () => {
    await makeFilms();
    const body = `{"collectionName": "films", "data": [{"id": 9, "title": "x", "year": 1,
      "vector": [1, 1], "__proto__": {"a": 1}, "constructor": 2}]}`;
    await api.ok("/entities/insert", body);
    const response = await api.fetch(
      "/v2/vectordb/entities/get",
      `{"collectionName": "films", "id": 9}`,
    );
    expect(await response.text()).toContain('"__proto__":{"a":1}');
  });
});

describe("entities/upsert and entities/delete", () => {
  it("replace and delete rows", async () => {
    await makeFilms();
    const data = [{ ...films[0], title: "KES" }];
    expect(await api.ok("/entities/upsert", { collectionName, data })).toEqual({
      upsertCount: 1,
      upsertIds: [1],
    });
    const filter = "id in {keys}";
    const exprParams = { keys: [2, big] };
    expect(await api.ok("/entities/delete", { collectionName, filter, exprParams })).toEqual({
      deleteCount: 2,
    });
    const rest = await api.ok("/entities/query", { collectionName, outputFields: ["title"] });
    expect(rest).toEqual([{ id: 1, title: "KES" }]);
  });
});

describe("entities/query and entities/get", () => {
  it("answer all fields unless asked for some, and keys of the dynamic field by name", async () => {
    await makeFilms();
    const filter = "id > 0";
    expect(await api.ok("/entities/query", { collectionName, filter })).toEqual(films);
    const outputFields = ["stars"];
    expect(await api.ok("/entities/query", { collectionName, filter, outputFields })).toEqual([
      { id: 1, stars: 5 },
      { id: 2 },
      { id: big },
    ]);
    const headers = { "Accept-Type-Allow-Int64": "false" };
    expect(
      await api.ok(
        "/entities/get",
        { collectionName, id: [1, `${big}`], outputFields: ["id"] },
        { headers },
      ),
    ).toEqual([{ id: "1" }, { id: `${big}` }]);
  });

  it("count rows, and cut pages", async () => {
    await makeFilms();
    const count = { collectionName, outputFields: ["count(*)"], limit: 1 };
    expect(await api.ok("/entities/query", count)).toEqual([{ "count(*)": 3 }]);
    const page = { collectionName, filter: "id > 0", outputFields: ["year"], limit: 1, offset: 1 };
    expect(await api.ok("/entities/query", page)).toEqual([{ id: 2, year: 1995 }]);
  });

  it("find text keys with quotes, and refuse keys of another type with 1806", async () => {
    const params = { max_length: 32 };
    await api.ok("/collections/create", {
      collectionName,
      dimension: 2,
      idType: "VarChar",
      params,
    });
    const id = `a"b'\\c`;
    await api.ok("/entities/insert", { collectionName, data: [{ id, vector: [1, 2] }] });
    const outputFields = ["id"];
    expect(await api.ok("/entities/get", { collectionName, id, outputFields })).toEqual([{ id }]);
    expect(await api.fails("/entities/get", { collectionName, id: [5] })).toMatchObject({
      code: 1806,
      message: expect.stringContaining("its' type can only in [int, string], error: "),
    });
    expect(await api.fails("/entities/get", { collectionName })).toMatchObject({ code: 1802 });
  });

  it("refuse consistency levels that there are not", async () => {
    await makeFilms();
    const ask = (consistencyLevel: string) =>
      api.post("/entities/query", { collectionName, filter: "id > 0", consistencyLevel });
    expect(await ask("Strong")).toMatchObject({ code: 0 });
    expect(await ask("strong")).toMatchObject({
      code: 1100,
      message: expect.stringContaining("parameter:'strong' is incorrect, please check it"),
    });
  });

  it("answer 1805 for what is nested too deep to be written, which gRPC may have brought", async () => {
    await makeFilms();
    const meta = (depth: number) => `{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
    const ask = async (depth: number) => {
      await api.service.ok("upsert", {
        collectionName,
        numRows: 1,
        fieldsData: [
          longs("id", [5n]),
          texts("title", ["x"]),
          ints("year", [1]),
          floatVectors("vector", [[1, 1]]),
          dynamicText(meta(depth)),
        ],
      });
      return api.post("/entities/get", { collectionName, id: 5 });
    };
    expect(await ask(512)).toMatchObject({ code: 0 });
    expect(await ask(513)).toMatchObject({
      code: 1805,
      message: "fail to parse search result, error: row 0 is nested deeper than 512 levels",
    });
    expect(await ask(20_000)).toMatchObject({ code: 1805 });
  });

  it("refuse values for a filter that are no values", async () => {
    await makeFilms();
    const ask = (value: unknown) =>
      api.post("/entities/query", {
        collectionName,
        filter: "id == {v}",
        exprParams: { v: value },
      });
    expect(await ask(1)).toMatchObject({ code: 0, data: [{ id: 1 }] });
    expect(await ask(null)).toMatchObject({ code: 1100 });
    expect(await ask({})).toMatchObject({ code: 1100 });
    expect(await ask([])).toMatchObject({ code: 1100 });
  });
});

describe("entities/search", () => {
  it("answers each row with its distance, nearest first, and hits by vector", async () => {
    await makeFilms();
    const body = {
      collectionName,
      data: [
        [0.1, 0],
        [0, 1],
      ],
      limit: 1,
      outputFields: ["title"],
    };
    expect(await api.post("/entities/search", body)).toEqual({
      status: 200,
      code: 0,
      cost: 0,
      topks: [1, 1],
      data: [
        { id: 1, title: "Kes", distance: 0 },
        { id: 2, title: "Heat", distance: 0 },
      ],
    });
  });

  it("takes a filter, an offset and parameters inside or beside params", async () => {
    await makeFilms();
    const body = {
      collectionName,
      annsField: "vector",
      data: [[1, 0]],
      filter: "year < 1990",
      offset: 1,
      searchParams: { metricType: "L2", params: { radius: 5 } },
    };
    expect(await api.ok("/entities/search", body)).toEqual([{ id: big, distance: 4 }]);
    const twice = { ...body, searchParams: { radius: 5, params: { radius: 6 } } };
    expect(await api.fails("/entities/search", twice)).toEqual({
      code: 1100,
      message:
        "ambiguous parameter: radius, in search_param: 5, in search_param.params: 6: invalid parameter",
    });
  });

  it("searches for the vectors of rows with given keys", async () => {
    await makeFilms();
    const body = { collectionName, ids: [`${big}`], limit: 1, outputFields: ["title"] };
    expect(await api.ok("/entities/search", body)).toEqual([
      { id: big, title: "Ran", distance: 0 },
    ]);
    expect(await api.fails("/entities/search", { collectionName, ids: ["x"] })).toEqual({
      code: 1100,
      message: "invalid parameter, error: invalid int64 id at index 0: x: invalid parameter",
    });
  });

  it("groups, orders and sums up what it finds", async () => {
    await makeFilms();
    const body = { collectionName, data: [[0, 0]] };
    expect(
      await api.ok("/entities/search", { ...body, groupingField: "year", groupSize: 1 }),
    ).toHaveLength(3);
    const ordered = { ...body, orderByFields: ["year:desc"], outputFields: ["year"] };
    expect(await api.ok("/entities/search", ordered)).toMatchObject([
      { year: 1995 },
      { year: 1985 },
      { year: 1969 },
    ]);
    const searchAggregation = {
      fields: ["year"],
      size: 3,
      metrics: { films: { op: "count", fieldName: "id" } },
      topHits: { size: 1 },
    };
    const answer = await api.post("/entities/search", { ...body, searchAggregation });
    expect(answer).toMatchObject({ code: 0, aggTopks: [3] });
    expect(answer.data).toMatchObject([
      {
        buckets: expect.arrayContaining([
          expect.objectContaining({
            key: [expect.objectContaining({ fieldName: "year", value: 1969 })],
            count: 1,
            metrics: { films: 1 },
            hits: [{ id: 1, distance: expect.closeTo(0.01) }],
            subGroups: [],
          }),
        ]),
      },
    ]);
  });

  it("refuses aggregations that are none, or stand beside what they exclude", async () => {
    await makeFilms();
    const whole = { fields: ["year"], size: 2 };
    const fails = async (searchAggregation: object, rest: object = {}) =>
      (
        await api.fails("/entities/search", {
          collectionName,
          data: [[0, 0]],
          searchAggregation,
          ...rest,
        })
      ).code;
    for (const broken of [
      { fields: [] },
      { fields: [" "] },
      { size: 0 },
      { searchSize: -1 },
      { searchSize: 1 },
      { topHits: {} },
      { metrics: { a: {} } },
      { order: [{ key: "" }] },
      { subAggregation: { fields: [] } },
    ]) {
      expect([broken, await fails({ ...whole, ...broken })]).toEqual([broken, 1100]);
    }
    for (const rest of [
      { offset: 1 },
      { groupingField: "year" },
      { orderByFields: ["year"] },
      { searchParams: { offset: 1 } },
      { searchParams: { params: { group_by_field: "year" } } },
    ]) {
      expect([rest, await fails(whole, rest)]).toEqual([rest, 1100]);
    }
  });

  it("finds nothing without an error", async () => {
    await makeFilms();
    const body = { collectionName, data: [[1, 0]], filter: "year == 1" };
    expect(await api.ok("/entities/search", body)).toEqual([]);
  });

  it("refuses what it can't search for, with Milvus's texts", async () => {
    await makeFilms();
    const fails = (body: object) => api.fails("/entities/search", { collectionName, ...body });
    expect(await fails({})).toMatchObject({
      code: 1802,
      message: expect.stringContaining("either 'ids'"),
    });
    expect(await fails({ data: [[1, 2]], ids: [1] })).toMatchObject({ code: 1100 });
    expect(await fails({ data: [[1]] })).toEqual({
      code: 1801,
      message:
        "can only accept json format request, error: dimension: 2, but length of []float: 1: " +
        "invalid parameter[expected=FloatVector][actual=[1]]",
    });
    expect(await fails({ data: [[1, 2]], annsField: "title" })).toMatchObject({
      code: 1801,
      message: expect.stringContaining("cannot find a vector field: field not found[field=title]"),
    });
    expect(await fails({ data: [[1, 2]], limit: 16_385 })).toMatchObject({ code: 65535 });
    expect(await fails({ data: ["x"] })).toMatchObject({ code: 1801 });
  });
});

describe("entities/hybrid_search", () => {
  it("ranks what its searches find, under both of its names", async () => {
    await makeFilms();
    const search = [
      { annsField: "vector", data: [[0.1, 0]], limit: 3, metricType: "L2" },
      { annsField: "vector", data: [[0, 1]], limit: 2, filter: "year > 1990" },
    ];
    const rerank = { strategy: "rrf", params: { k: 60 } };
    const body = { collectionName, search, rerank, limit: 1, outputFields: ["title"] };
    for (const path of ["/entities/hybrid_search", "/entities/advanced_search"]) {
      expect(await api.ok(path, body)).toMatchObject([{ id: 2, title: "Heat" }]);
    }
  });
});
