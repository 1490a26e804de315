import { parseJson, stringifyJson } from "@redkite/engine";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RestHarness } from "./rest-harness.ts";

describe("the REST API v1", () => {
  let api: RestHarness;

  beforeAll(async () => {
    api = await RestHarness.open();
  });
  afterAll(() => api.close());

  async function post(path: string, body: object): Promise<unknown> {
    const address = `/v1/vector${path}`;
    const answer = await api.fetch(address, stringifyJson(body) ?? "");
    return parseJson(await answer.text());
  }

  async function get(path: string): Promise<unknown> {
    return (await api.fetch(`/v1/vector${path}`, undefined, { method: "GET" })).json();
  }

  const collectionName = "films";

  it("creates, lists and describes a collection, with code 200", async () => {
    const create = { collectionName, dimension: 2, description: "old", metricType: "L2" };
    expect(await post("/collections/create", create)).toEqual({ code: 200, data: {} });
    expect(await get("/collections")).toEqual({ code: 200, data: ["films"] });
    expect(await get("/collections?dbName=elsewhere")).toMatchObject({ code: 800 });
    const field = { autoId: false, description: "", primaryKey: false };
    expect(await get("/collections/describe?collectionName=films")).toEqual({
      code: 200,
      data: {
        collectionName,
        description: "old",
        fields: [
          { ...field, name: "id", type: "Int64", autoId: true, primaryKey: true },
          { ...field, name: "vector", type: "FloatVector(2)" },
        ],
        indexes: [expect.objectContaining({ fieldName: "vector", metricType: "L2" })],
        load: "LoadStateLoaded",
        shardsNum: 1,
        enableDynamic: true,
      },
    });
  });

  it("inserts, searches, queries, gets and deletes", async () => {
    const one = { vector: [1, 0], title: "Kes" };
    const inserted = await post("/insert", { collectionName, data: one });
    const id = expect.any(BigInt);
    expect(inserted).toEqual({ code: 200, data: { insertCount: 1, insertIds: [id] } });
    const many = [
      { vector: [0, 1], title: "Ran" },
      { vector: [3, 3], title: "Heat" },
    ];
    expect(await post("/insert", { collectionName, data: many })).toMatchObject({ code: 200 });
    const search = { collectionName, vector: [1, 0], limit: 2, outputFields: ["title"] };
    expect(await post("/search", search)).toEqual({
      code: 200,
      data: [
        { id, distance: 0, title: "Kes" },
        { id, distance: 2, title: "Ran" },
      ],
    });
    const query = { collectionName, filter: 'title == "Ran"', outputFields: ["id", "title"] };
    const found = (await post("/query", query)) as { data: { id: bigint }[] };
    expect(found).toEqual({ code: 200, data: [{ id, title: "Ran" }] });
    const ran = found.data[0].id;
    expect(await post("/get", { collectionName, id: ran, outputFields: ["title"] })).toEqual({
      code: 200,
      data: [{ id: ran, title: "Ran" }],
    });
    expect(await post("/delete", { collectionName, id: [ran] })).toEqual({ code: 200, data: {} });
    expect(await post("/get", { collectionName, id: ran })).toEqual({ code: 200, data: [] });
    expect(await post("/delete", { collectionName, filter: "id > 0" })).toMatchObject({
      code: 200,
    });
    expect(await post("/query", { ...query, filter: "id > 0" })).toEqual({ code: 200, data: [] });
  });

  it("replaces rows", async () => {
    await api.ok("/collections/create", { collectionName: "books", dimension: 2 });
    const upsert = { collectionName: "books", data: { id: 7, vector: [1, 2] } };
    const answer = { code: 200, data: { upsertCount: 1, upsertIds: [7] } };
    expect(await post("/upsert", upsert)).toEqual(answer);
  });

  it("changes arrays by operations, as the second API does", async () => {
    const tags = {
      fieldName: "tags",
      dataType: "Array",
      elementDataType: "Int64",
      elementTypeParams: { max_capacity: "5" },
    };
    const fields = [
      { fieldName: "id", dataType: "Int64", isPrimary: true },
      { fieldName: "vector", dataType: "FloatVector", elementTypeParams: { dim: "2" } },
      tags,
    ];
    const indexParams = [{ fieldName: "vector", metricType: "L2" }];
    await api.ok("/collections/create", {
      collectionName: "lists",
      schema: { fields },
      indexParams,
    });
    const shared = { collectionName: "lists" };
    await post("/insert", { ...shared, data: { id: 1, vector: [1, 2], tags: [1, 2] } });
    const change = (numbers: readonly number[], op: string) => ({
      ...shared,
      data: [{ id: 1, tags: numbers }],
      fieldOps: [{ fieldName: "tags", op }],
    });
    await post("/upsert", change([3, 1], "ARRAY_APPEND"));
    await api.ok("/entities/upsert", change([1], "ARRAY_REMOVE"));
    const found = await api.ok("/entities/get", { ...shared, id: 1, outputFields: ["tags"] });
    expect(found).toEqual([{ id: 1, tags: { Data: { LongData: { data: [2, 3] } } } }]);
    // What is taken out may be more than fits in.
    await api.ok("/entities/upsert", change([3, 4, 5, 6, 7, 8], " array_remove "));
    const left = await api.ok("/entities/get", { ...shared, id: 1, outputFields: ["tags"] });
    expect(left).toEqual([{ id: 1, tags: { Data: { LongData: { data: [2] } } } }]);
    expect(await post("/upsert", change([1], "ARRAY_TURN"))).toMatchObject({ code: 1100 });
    await post("/collections/drop", shared);
  });

  it("answers the codes of errors that the second API has", async () => {
    expect(await post("/collections/create", { collectionName })).toMatchObject({ code: 1802 });
    expect(await post("/query", { collectionName })).toMatchObject({ code: 1802 });
    expect(await post("/delete", { collectionName })).toMatchObject({ code: 1802 });
    expect(await post("/search", { collectionName, vector: "x" })).toMatchObject({ code: 1801 });
    expect(await get("/collections/describe")).toMatchObject({ code: 1802 });
    expect(await get("/collections/describe?collectionName=gone")).toMatchObject({ code: 100 });
    expect((await api.fetch("/v1/vector/collections", "{}")).status).toBe(404);
    expect((await api.fetch("/v1/vector/nothing", "{}")).status).toBe(404);
  });

  it("drops a collection, of the database that is named", async () => {
    const elsewhere = { collectionName, dbName: "elsewhere" };
    expect(await post("/collections/drop", elsewhere)).toMatchObject({ code: 800 });
    expect(await post("/collections/drop", { collectionName })).toEqual({ code: 200, data: {} });
    expect(await get("/collections")).toEqual({ code: 200, data: ["books"] });
  });
});
