import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { QueryResults } from "../../src/wire/gen/milvus_pb.ts";
import { floatVectors, Harness, ints, longs, makeFilms, pairs, texts } from "./service-harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await Harness.open();
});
afterEach(() => harness.close());

const collectionName = "films";

function valuesOf(answer: QueryResults, name: string): unknown {
  const field = answer.fieldsData.find((candidate) => candidate.fieldName === name)?.field;
  const value = field?.case === "scalars" ? field.value.data.value : undefined;
  return value !== undefined && "data" in value ? value.data : undefined;
}

describe("Query", () => {
  it("answers the rows that pass, in the order of their keys", async () => {
    await makeFilms(harness);
    const answer = await harness.ok("query", {
      collectionName,
      expr: "year < 1990",
      outputFields: ["title"],
    });
    expect(valuesOf(answer, "id")).toEqual([1n, 3n, 4n]);
    expect(valuesOf(answer, "title")).toEqual(["Kes", "Ran", "Ikiru"]);
    expect(answer).toMatchObject({
      collectionName: "films",
      outputFields: ["title", "id"],
      primaryFieldName: "id",
    });
    expect(answer.sessionTs).toBeGreaterThan(0n);
  });

  it("answers the keys alone when no field is asked for", async () => {
    await makeFilms(harness);
    const answer = await harness.ok("query", { collectionName, expr: "id >= 3" });
    expect(answer.outputFields).toEqual(["id"]);
    expect(answer.fieldsData.map((field) => field.fieldName)).toEqual(["id"]);
  });

  it("takes values for the names of a filter", async () => {
    await makeFilms(harness);
    const answer = await harness.ok("query", {
      collectionName,
      expr: "title == {title} or year in {years}",
      exprTemplateValues: {
        title: { val: { case: "stringVal", value: "Ran" } },
        years: {
          val: {
            case: "arrayVal",
            value: { data: { case: "jsonData", value: { data: [Buffer.from("1995")] } } },
          },
        },
      },
    });
    expect(valuesOf(answer, "id")).toEqual([2n, 3n]);
  });

  it("takes the window of limit and offset; an offset alone says nothing", async () => {
    await makeFilms(harness);
    const window = pairs({ limit: "2", offset: "1" });
    const answer = await harness.ok("query", { collectionName, queryParams: window });
    expect(valuesOf(answer, "id")).toEqual([2n, 3n]);
    const all = await harness.ok("query", {
      collectionName,
      expr: "id > 0",
      queryParams: pairs({ offset: "1" }),
    });
    expect(valuesOf(all, "id")).toEqual([1n, 2n, 3n, 4n]);
  });

  it("counts, with or without a filter", async () => {
    await makeFilms(harness);
    const all = await harness.ok("query", { collectionName, outputFields: ["count(*)"] });
    expect(valuesOf(all, "count(*)")).toEqual([4n]);
    const some = await harness.ok("query", {
      collectionName,
      expr: "year < 1990",
      outputFields: ["COUNT(*)"],
    });
    expect(valuesOf(some, "count(*)")).toEqual([3n]);
  });

  it("shows iterators the moment that they began at, and others the newest", async () => {
    await makeFilms(harness);
    const iterator = pairs({ iterator: "True", reduce_stop_for_best: "True", limit: "10" });
    const first = await harness.ok("query", {
      collectionName,
      expr: "id > 0",
      queryParams: iterator,
    });
    await harness.ok("insert", {
      collectionName,
      numRows: 1,
      fieldsData: [
        longs("id", [5n]),
        texts("title", ["Jaws"]),
        ints("year", [1975]),
        floatVectors("vector", [[1, 1]]),
      ],
    });
    await harness.ok("delete", { collectionName, expr: "id == 3" });
    const pinned = { collectionName, expr: "id > 1", guaranteeTimestamp: first.sessionTs };
    const page = await harness.ok("query", { ...pinned, queryParams: iterator });
    expect(valuesOf(page, "id")).toEqual([2n, 3n, 4n]);
    const now = await harness.ok("query", pinned);
    expect(valuesOf(now, "id")).toEqual([2n, 4n, 5n]);
  });

  const limited = pairs({ limit: "1" });
  it.each([
    [{ expr: "" }, 1100, "empty expression should be used with limit: invalid parameter"],
    [
      { expr: "year inn [1]" },
      1100,
      "failed to create query plan: cannot parse expression: year inn [1]",
    ],
    [{ expr: "nothing == 1" }, 1100, "field nothing not exist: invalid parameter"],
    [{ expr: "year" }, 1100, "predicate is not a boolean expression"],
    [
      { expr: "title > 1" },
      1100,
      "comparisons between VarChar and Int64 are not supported: invalid parameter",
    ],
    [
      { expr: "id == 9223372036854775808" },
      1100,
      "failed to create query plan: cannot parse expression",
    ],
    [
      { expr: "id == {x}" },
      1100,
      "the value of expression template variable name {x} is not found",
    ],
    [{ expr: "id > 0", outputFields: ["nothing"] }, 1100, "field nothing not exist"],
    [
      { expr: "id > 0", queryParams: pairs({ limit: "0" }) },
      65_535,
      "limit [0] is invalid, should be greater than 0",
    ],
    [{ expr: "id > 0", queryParams: pairs({ limit: "x" }) }, 65_535, "limit [x] is invalid"],
    [
      { expr: "", queryParams: pairs({ limit: "16000", offset: "1000" }) },
      65_535,
      "invalid max query result window, (offset+limit) should be in range [1, 16384], but got 17000",
    ],
    [
      { expr: "", queryParams: pairs({ limit: "1", offset: "-1" }) },
      65_535,
      "invalid max query result window, offset [-1] is invalid, should be gte than 0",
    ],
    [
      { expr: "", outputFields: ["count(*)"], queryParams: limited },
      1100,
      "count entities with pagination is not allowed",
    ],
    [{ expr: "id > 0", partitionNames: ["p"] }, 65_535, "partition name p not found"],
    [
      { outputFields: ["sum(title)"] },
      1100,
      "aggregation operator sum does not support data type VarChar",
    ],
    [
      { queryParams: pairs({ limit: "1", order_by_fields: "nothing" }) },
      1100,
      "order_by field 'nothing' does not exist in collection schema",
    ],
    [{ queryParams: pairs({ order_by_fields: "year" }) }, 1100, "ORDER BY requires explicit limit"],
    [
      { queryParams: pairs({ limit: "1", order_by_fields: "year:up" }) },
      1100,
      "invalid order direction 'up' for field 'year', must be 'asc' or 'desc'",
    ],
    [
      { queryParams: pairs({ limit: "1", order_by_fields: "year:asc:nulls" }) },
      1100,
      "invalid null ordering 'nulls', must be 'nulls_first' or 'nulls_last'",
    ],
    [
      { queryParams: pairs({ limit: "1", order_by_fields: "year", iterator: "True" }) },
      1100,
      "ORDER BY with iterator is not supported",
    ],
    [
      { queryParams: pairs({ group_by_fields: "vector" }) },
      1100,
      "group by field vector has unsupported data type FloatVector",
    ],
    [
      { queryParams: pairs({ limit: "1", reduce_stop_for_best: "yes" }) },
      1100,
      "value for reduce_stop_for_best is invalid: invalid parameter[expected=true or false][actual=yes]",
    ],
    [
      { queryParams: pairs({ limit: "1", timezone: "Mars/Base" }) },
      1100,
      "unknown or invalid IANA Time Zone ID: Mars/Base",
    ],
    [
      { queryParams: pairs({ limit: "1", collection_id: "77" }) },
      1100,
      "Input collection id is not consistent to collectionID in the context",
    ],
    [{ expr: 'text_match(title, "a")' }, 1100, "does not enable match"],
  ])("refuses request %#", async (request, code, text) => {
    await makeFilms(harness);
    const status = await harness.fails("query", { collectionName, ...request });
    expect(status.reason).toContain(text);
    expect(status.code).toBe(code);
  });

  it("needs a loaded collection", async () => {
    await makeFilms(harness);
    await harness.ok("releaseCollection", { collectionName });
    const request = { collectionName, expr: "id > 0" };
    expect(await harness.fails("query", request)).toEqual({
      code: 101,
      reason: "failed to query: collection not loaded[collection=films]",
    });
    expect(await harness.fails("query", { ...request, collectionName: "x" })).toEqual({
      code: 100,
      reason: "collection not found[database=default][collection=x]",
    });
  });
});
