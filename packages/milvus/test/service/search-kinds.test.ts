import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SearchRequestSchema, SearchResults } from "../../src/wire/gen/milvus_pb.ts";
import { type FieldData, IDsSchema } from "../../src/wire/gen/schema_pb.ts";
import { Harness, makeFilms, pairs, placeholders } from "./service-harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await Harness.open();
  // Ids 1 to 4, every 90 degrees; red, blue, none, none; stars 5, none, none, 4.
  await makeFilms(harness, { dynamic: true });
});
afterEach(() => harness.close());

type Request = Omit<MessageInitShape<typeof SearchRequestSchema>, "$typeName" | "$unknown">;

function search(parameters: Record<string, string> = {}, rest: Request = {}): Request {
  const defaults = { anns_field: "vector", topk: "4", params: "{}", round_decimal: "-1" };
  return {
    collectionName: "films",
    searchInput: placeholders([[1, 0.1]]),
    searchParams: pairs({ ...defaults, ...parameters }),
    ...rest,
  };
}

function idsOf(answer: SearchResults): unknown {
  return answer.results?.ids?.idField.value?.data;
}

function scalarsOf(field: FieldData | undefined): unknown {
  const value = field?.field.case === "scalars" ? field.field.value.data.value : undefined;
  return value !== undefined && "data" in value ? value.data : undefined;
}

async function found(parameters: Record<string, string>, rest: Request = {}): Promise<unknown> {
  return idsOf(await harness.ok("search", search(parameters, rest)));
}

describe("Search with group_by_field", () => {
  it("answers the best hits of each group, and the values that they are grouped by", async () => {
    const answer = await harness.ok("search", search({ group_by_field: "colour" }));
    expect(idsOf(answer)).toEqual([1n, 2n, 4n]);
    const { groupByFieldValue, groupByFieldValues } = answer.results ?? {};
    expect(scalarsOf(groupByFieldValue)).toEqual(["red", "blue", ""]);
    expect(groupByFieldValue?.validData).toEqual([true, true, false]);
    expect(groupByFieldValues).toEqual([groupByFieldValue]);
  });

  it("takes sizes, offsets of groups, several fields and casts of values in JSON", async () => {
    const strict = { group_size: "2", strict_group_size: "true" };
    expect(await found({ group_by_field: '$meta["colour"]', ...strict })).toEqual([1n, 2n, 4n, 3n]);
    expect(await found({ group_by_field: "colour", offset: "2", topk: "2" })).toEqual([4n]);
    expect(await found({ group_by_fields: "year, title", topk: "2" })).toEqual([1n, 2n]);
    expect(await found({ group_by_field: "stars", json_type: "VarChar", ...strict })).toEqual([
      1n,
      2n,
    ]);
    const pointer = { group_by_field: "$meta", json_path: "/colour" };
    expect(await found(pointer)).toEqual([1n, 2n, 4n]);
  });

  it.each([
    [
      { group_by_field: "vector" },
      1100,
      "unsupported data type VECTOR_FLOAT for group by operator",
    ],
    [{ group_by_field: "year", group_size: "11" }, 1100, "exceeds configured max group size:10"],
    [{ group_by_field: "year", group_size: "0" }, 1100, "input group size:0 is negative"],
    [{ group_by_field: "year", group_size: "x" }, 1100, "failed to parse input group size:x"],
    [
      { group_by_field: "year", params: '{"radius":3}' },
      1100,
      "Not allowed to do range-search when doing search-group-by",
    ],
    [
      { group_by_field: "year", iterator: "True" },
      1100,
      "Not allowed to do groupBy when doing iteration",
    ],
    [
      { group_by_fields: "colour,stars" },
      1100,
      "group_by with json path is not supported for multi-field group_by, field:colour",
    ],
    [{ group_by_field: "colour", json_type: "Float" }, 1100, "unsupported json_type Float"],
  ] as const)("refuses %j", async (parameters, code, text) => {
    const status = await harness.fails("search", search(parameters));
    expect(status.reason).toContain(text);
    expect(status.code).toBe(code);
  });

  it("has a code of its own for a field that is not there", async () => {
    await harness.ok("dropCollection", { collectionName: "films" });
    await makeFilms(harness);
    const status = await harness.fails("search", search({ group_by_field: "colour" }));
    expect(status).toEqual({
      code: 1700,
      reason: "groupBy field not found in schema: field not found[field=colour]",
    });
  });
});

describe("Search with order_by_fields", () => {
  it("answers the hits in that order, nulls first or where they are to be", async () => {
    expect(await found({ order_by_fields: "year:desc" })).toEqual([2n, 3n, 1n, 4n]);
    expect(await found({ order_by_fields: "stars" })).toEqual([2n, 3n, 4n, 1n]);
    expect(await found({ order_by_fields: '$meta["stars"]:desc:nulls_last, year' })).toEqual([
      1n,
      4n,
      3n,
      2n,
    ]);
  });

  it.each([
    [{ order_by_fields: "vector" }, "order_by field 'vector' has unsortable type FloatVector"],
    [{ order_by_fields: ":asc" }, "empty field name in order_by_fields"],
    [{ order_by_fields: "year:up" }, "invalid order direction 'up' for field 'year'"],
  ])("refuses %j", async (parameters, text) => {
    const status = await harness.fails("search", search(parameters));
    expect(status.reason).toContain(text);
    expect(status.code).toBe(1100);
  });

  it("refuses a function beside it", async () => {
    const functions = [{ params: pairs({ reranker: "boost", weight: "2" }) }];
    const request = search({ order_by_fields: "year" }, { functionScore: { functions } });
    const status = await harness.fails("search", request);
    expect(status.reason).toContain("order_by and function rerank cannot be used together");
  });
});

describe("Search with ids", () => {
  const ids = (data: bigint[]): Request => ({
    searchInput: {
      case: "ids",
      value: create(IDsSchema, { idField: { case: "intId", value: { data } } }),
    },
  });

  it("searches for the vectors of those rows", async () => {
    const answer = await harness.ok("search", search({ topk: "1" }, ids([3n, 1n])));
    expect(idsOf(answer)).toEqual([3n, 1n]);
    expect(answer.results?.topks).toEqual([1n, 1n]);
  });

  it.each([
    [ids([1n, 9n]), "some of the provided primary key IDs do not exist: missing IDs = [9]"],
    [ids([1n, 1n]), "duplicate IDs found in search request"],
  ])("refuses request %#", async (rest, text) => {
    const status = await harness.fails("search", search({}, rest));
    expect(status.reason).toContain(text);
    expect(status.code).toBe(1100);
  });
});

describe("Search with function_score", () => {
  const score = (params: Record<string, string>, rest: object = {}): Request => ({
    functionScore: { functions: [{ ...rest, params: pairs(params) }] },
  });

  it("changes scores and their order with a boost, by filter and template", async () => {
    const boost = { reranker: "boost", weight: "0.01", filter: "year < {y}" };
    const rest = {
      ...score(boost),
      exprTemplateValues: { y: { val: { case: "int64Val" as const, value: 1960n } } },
    };
    expect(await found({}, rest)).toEqual([1n, 4n, 2n, 3n]);
    const answer = await harness.ok("search", search({ topk: "2" }, rest));
    expect(answer.results?.scores[0]).toBeCloseTo(0.01, 6);
  });

  it("lets scores decay with the distance of a field from an origin", async () => {
    const decay = {
      reranker: "decay",
      function: "gauss",
      origin: "1995",
      scale: "5",
      decay: "0.1",
    };
    const rest = score(decay, { inputFieldNames: ["year"] });
    const answer = await harness.ok("search", search({ topk: "1" }, rest));
    expect(idsOf(answer)).toEqual([1n]);
    expect(await found({ topk: "4" }, rest)).toEqual([2n, 3n, 1n, 4n]);
  });

  it.each([
    [{ reranker: "boost" }, "must set weight params for weight scorer"],
    [{ reranker: "boost", weight: "heavy" }, "parse function scorer weight params failed"],
    [{ reranker: "boost", weight: "1", filter: "a @@ 1" }, "parse expr failed"],
    [
      { reranker: "boost", weight: "1", random_score: '{"seed":"x"}' },
      "random seed must be number",
    ],
    [{ reranker: "best" }, "unsupported reranker best"],
    [{}, "reranker name not specified"],
    [{ reranker: "decay", function: "gauss" }, "decay origin not specified"],
    [
      { reranker: "decay", function: "gauss", origin: "x" },
      "decay param origin: x is not a number",
    ],
    [{ reranker: "decay", function: "gauss", origin: "1" }, "decay scale not specified"],
    [
      { reranker: "decay", function: "gauss", origin: "1", scale: "1" },
      "decay reranker requires exactly 1 input field, got 0",
    ],
    [{ reranker: "rrf", k: "many" }, "many is not a number"],
    [{ reranker: "weighted" }, "weighted reranker requires weights parameter"],
    [{ reranker: "weighted", weights: "[2]" }, "rank param weight should be in range [0, 1]"],
    [{ reranker: "model" }, "model reranker requires exactly 1 input field, got 0"],
  ])("refuses %j", async (params, text) => {
    const status = await harness.fails("search", search({}, score(params)));
    expect(status.reason).toContain(text);
    expect(status.code).toBe(1100);
  });

  it("refuses rankers by model by name", async () => {
    const rest = score({ reranker: "model", queries: '["a"]' }, { inputFieldNames: ["title"] });
    const status = await harness.fails("search", search({}, rest));
    expect(status.reason).toContain("model reranker");
    expect(status.code).toBe(3000);
  });

  it("refuses a boost of groups and of iterations", async () => {
    const boost = score({ reranker: "boost", weight: "2" });
    const grouped = await harness.fails("search", search({ group_by_field: "year" }, boost));
    expect(grouped.reason).toContain("don't support use segment scorer with group_by");
    const parameters = { iterator: "True", search_iter_v2: "True", search_iter_batch_size: "2" };
    const iterated = await harness.fails("search", search(parameters, boost));
    expect(iterated.reason).toContain("function rerank is not supported with search iterator v2");
  });
});

describe("Search with search_aggregation", () => {
  it("answers buckets in place of hits", async () => {
    const answer = await harness.ok(
      "search",
      search(
        {},
        {
          outputFields: ["title"],
          searchAggregation: {
            fields: ["year"],
            size: 2n,
            metrics: { n: { op: "count", fieldName: "*" }, s: { op: "avg", fieldName: "_score" } },
            order: [{ key: "_key", direction: "desc" }],
            topHits: { size: 1n, sort: [{ fieldName: "_score", direction: "asc" }] },
          },
        },
      ),
    );
    const { aggBuckets, aggTopks, topks, ids } = answer.results ?? {};
    expect(topks).toEqual([0n]);
    expect(ids?.idField.value?.data).toEqual([]);
    expect(aggTopks).toEqual([2n]);
    expect(aggBuckets?.map(({ key }) => key[0].value.value)).toEqual([1995n, 1969n]);
    const [first] = aggBuckets ?? [];
    expect(first.key[0].fieldName).toBe("year");
    expect(first.count).toBe(1n);
    expect(first.metrics["n"].value).toEqual({ case: "intVal", value: 1n });
    expect(first.metrics["s"].value.case).toBe("doubleVal");
    expect(first.hits[0].pk).toEqual({ case: "intPk", value: 2n });
    expect(first.hits[0].fields.map(({ fieldName, value }) => [fieldName, value.value])).toEqual([
      ["title", "Heat"],
    ]);
  });

  it.each([
    [{ offset: "1" }, "offset is not supported with search_aggregation"],
    [{ order_by_fields: "year" }, "order_by_fields is not supported with search_aggregation"],
    [{ group_by_field: "year" }, "search_aggregation cannot be used simultaneously"],
    [{ iterator: "True" }, "search iterator is not supported with search_aggregation"],
  ])("refuses %j", async (parameters, text) => {
    const rest = { searchAggregation: { fields: ["year"], size: 1n } };
    const status = await harness.fails("search", search(parameters, rest));
    expect(status.reason).toContain(text);
    expect(status.code).toBe(1100);
  });

  it("refuses more levels than there may be", async () => {
    const level = (depth: number): object => ({
      fields: ["year"],
      size: 1n,
      ...(depth > 1 && { subAggregation: level(depth - 1) }),
    });
    const request = search({}, { searchAggregation: level(5) });
    const status = await harness.fails("search", request);
    expect(status.reason).toContain("search_aggregation nesting exceeds max 4 levels");
  });
});

describe("HybridSearch with groups", () => {
  const part = {
    searchParams: pairs({ anns_field: "vector", topk: "4" }),
    searchInput: placeholders([[1, 0.1]]),
  };
  const hybrid = (rankParams: Record<string, string>) => ({
    collectionName: "films",
    requests: [part, { ...part, dsl: "year > 1960" }],
    rankParams: pairs({ strategy: "rrf", limit: "4", ...rankParams }),
  });

  it("answers the best hits of each group", async () => {
    const answer = await harness.ok("hybridSearch", hybrid({ group_by_field: "colour" }));
    expect(idsOf(answer)).toEqual([1n, 2n, 3n]);
    expect(scalarsOf(answer.results?.groupByFieldValue)).toEqual(["red", "blue", ""]);
  });

  it("refuses a group scorer that it does not know", async () => {
    const request = hybrid({ group_by_field: "colour", rank_group_scorer: "min" });
    const status = await harness.fails("hybridSearch", request);
    expect(status.reason).toContain('invalid group scorer "min", must be max/sum/avg');
  });
});

describe("Query with groups and order", () => {
  it("answers groups with aggregates, under the names that were asked for", async () => {
    const answer = await harness.ok("query", {
      collectionName: "films",
      expr: "id > 0",
      outputFields: ["title", "Count(*)", "max(year)"],
      queryParams: pairs({ group_by_fields: "title", order_by_fields: "title:desc", limit: "2" }),
    });
    expect(answer.outputFields).toEqual(["title", "count(*)", "max(year)"]);
    expect(answer.fieldsData.map(scalarsOf)).toEqual([
      ["Ran", "Kes"],
      [1n, 1n],
      [1985, 1969],
    ]);
  });

  it("answers aggregates of all rows without a limit", async () => {
    const outputFields = ["avg(year)", "sum(id)"];
    const answer = await harness.ok("query", { collectionName: "films", outputFields });
    expect(answer.fieldsData.map(scalarsOf)).toEqual([[1975.25], [10n]]);
  });

  it("answers rows in an order", async () => {
    const queryParams = pairs({ order_by_fields: "year:desc", limit: "2", offset: "1" });
    const answer = await harness.ok("query", { collectionName: "films", queryParams });
    expect(answer.fieldsData.map(scalarsOf)).toEqual([[3n, 1n]]);
  });
});
