import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SearchResults } from "../../src/wire/gen/milvus_pb.ts";
import { DataType, type FieldData } from "../../src/wire/gen/schema_pb.ts";
import {
  floatVectors,
  Harness,
  longs,
  makeFilms,
  pairs,
  placeholders,
  schemaBytes,
} from "./service-harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await Harness.open();
});
afterEach(() => harness.close());

function search(parameters: Record<string, string> = {}, vectors = [[1, 0.1]]) {
  const defaults = { anns_field: "vector", topk: "2", params: "{}", round_decimal: "-1" };
  return {
    collectionName: "films",
    searchInput: placeholders(vectors),
    nq: BigInt(vectors.length),
    searchParams: pairs({ ...defaults, ...parameters }),
  };
}

/** As `makeFilms`, with another index on the vectors. */
async function makeIndexed(index: Record<string, string>): Promise<void> {
  await makeFilms(harness);
  const collectionName = "films";
  await harness.ok("releaseCollection", { collectionName });
  await harness.ok("dropIndex", { collectionName, fieldName: "vector" });
  const extraParams = pairs({ metric_type: "L2", ...index });
  await harness.ok("createIndex", { collectionName, fieldName: "vector", extraParams });
  await harness.ok("loadCollection", { collectionName });
}

function idsOf(answer: SearchResults): unknown {
  return answer.results?.ids?.idField.value?.data;
}

function scalarsOf(field: FieldData): unknown {
  const value = field.field.case === "scalars" ? field.field.value.data.value : undefined;
  return value !== undefined && "data" in value ? value.data : undefined;
}

describe("Search", () => {
  it("answers keys and scores of each vector, best first", async () => {
    await makeFilms(harness);
    const answer = await harness.ok(
      "search",
      search({}, [
        [1, 0],
        [0, -2],
      ]),
    );
    expect(answer.collectionName).toBe("films");
    expect(answer.sessionTs).toBeGreaterThan(0n);
    expect(answer.results).toMatchObject({
      numQueries: 2n,
      topK: 2n,
      topks: [2n, 2n],
      primaryFieldName: "id",
      fieldsData: [],
    });
    expect(idsOf(answer)).toEqual([1n, 2n, 4n, 1n]);
    expect(answer.results?.scores.map((score) => Math.round(score))).toEqual([0, 2, 1, 5]);
  });

  it("answers output fields, filtered", async () => {
    await makeFilms(harness);
    const request = { ...search(), dsl: "year > 1960", outputFields: ["title", "year", "vector"] };
    const { results } = await harness.ok("search", request);
    expect(results?.outputFields).toEqual(["title", "year", "vector"]);
    const [title, year, vector] = results?.fieldsData ?? [];
    expect(scalarsOf(title)).toEqual(["Kes", "Heat"]);
    expect(scalarsOf(year)).toEqual([1969, 1995]);
    expect(year).toMatchObject({ fieldName: "year", type: DataType.Int16, fieldId: 102n });
    expect(vector.field).toMatchObject({
      case: "vectors",
      value: { dim: 2n, data: { case: "floatVector", value: { data: [1, 0, 0, 1] } } },
    });
  });

  it("answers only the dynamic keys that were asked for, or all", async () => {
    await makeFilms(harness, { dynamic: true });
    const one = await harness.ok("search", { ...search(), outputFields: ["stars"] });
    expect(one.results?.outputFields).toEqual(["stars"]);
    expect(one.results?.fieldsData).toHaveLength(1);
    expect(one.results?.fieldsData[0]).toMatchObject({ fieldName: "$meta", isDynamic: true });
    const jsonOf = (field: FieldData) =>
      (scalarsOf(field) as Uint8Array[]).map((bytes) => JSON.parse(Buffer.from(bytes).toString()));
    expect(jsonOf((one.results?.fieldsData ?? [])[0])).toEqual([{ stars: 5 }, {}]);
    const all = await harness.ok("search", { ...search(), outputFields: ["*"] });
    expect(all.results?.outputFields).toEqual(["id", "title", "year", "vector", "$meta"]);
    expect(jsonOf((all.results?.fieldsData ?? [])[4])).toEqual([
      { colour: "red", stars: 5 },
      { colour: "blue" },
    ]);
  });

  it("skips the offset and rounds scores", async () => {
    await makeFilms(harness);
    const answer = await harness.ok(
      "search",
      search({ offset: "1", topk: "1", round_decimal: "1" }),
    );
    expect(idsOf(answer)).toEqual([2n]);
    expect(answer.results?.scores[0]).toBeCloseTo(1.8, 6);
  });

  it("ignores parameters that it does not know, as FiftyOne sends them", async () => {
    await makeFilms(harness);
    const params = '{"HNSW":{"metric_type":"COSINE","params":{"ef":10}}}';
    expect(idsOf(await harness.ok("search", search({ params })))).toEqual([1n, 2n]);
  });

  it("takes the metric from the index, and the only vector field, when none are named", async () => {
    await makeFilms(harness);
    const answer = await harness.ok("search", search({ anns_field: "", metric_type: "" }));
    expect(idsOf(answer)).toEqual([1n, 2n]);
  });

  it("takes the parameters of the index as pairs, in the JSON, as numbers and as texts", async () => {
    await makeIndexed({ index_type: "HNSW" });
    for (const parameters of [{ ef: "64" }, { params: '{"ef":64}' }, { params: '{"ef":"64"}' }]) {
      expect(idsOf(await harness.ok("search", search(parameters)))).toEqual([1n, 2n]);
    }
    // The JSON goes before the pair.
    await harness.ok("search", search({ ef: "1", params: '{"ef":64}' }));
  });

  it.each([
    ["HNSW", { params: '{"ef":1}' }, "ef(1) should be larger than k(2)"],
    ["HNSW", { params: '{"ef":2}', offset: "1" }, "ef(2) should be larger than k(3)"],
    ["HNSW", { ef: "0" }, "param 'ef' (0) should be in range [1, 2147483647]"],
    [
      "HNSW",
      { params: '{"ef":null}' },
      "Type conflict in json: param 'ef' (null) should be integer",
    ],
    ["HNSW_SQ", { params: '{"refine_k":true}' }, "param 'refine_k' (true) should be a number"],
    ["IVF_FLAT", { params: '{"nprobe":0}' }, "param 'nprobe' (0) should be in range [1, 65536]"],
    ["SCANN", { params: '{"reorder_k":1}' }, "reorder_k(1) should be larger than k(2)"],
    ["DISKANN", { search_list: "1" }, "search_list_size(1) should be larger than k(2)"],
    ["AUTOINDEX", { params: '{"level":11}' }, "param 'level' (11) should be in range [1, 10]"],
  ])("refuses a search of %s with %j", async (indexType, parameters, text) => {
    await makeIndexed({ index_type: indexType });
    const status = await harness.fails("search", search(parameters));
    expect(status.reason).toContain(`failed to search: `);
    expect(status.reason).toContain(text);
    expect(status.code).toBe(65_535);
  });

  it("answers empty lists for a filter that nothing passes", async () => {
    await makeFilms(harness);
    const answer = await harness.ok("search", { ...search(), dsl: "year > 3000" });
    expect(answer.results).toMatchObject({ topks: [0n], scores: [] });
  });

  it.each([
    [
      search({ topk: "0" }),
      65_535,
      "topk [0] is invalid, it should be in range [1, 16384], but got 0",
    ],
    [
      search({ topk: "16385" }),
      65_535,
      "topk [16385] is invalid, it should be in range [1, 16384], but got 16385",
    ],
    [search({ offset: "-1" }), 65_535, "offset [-1] is invalid, it should be in range [1, 16384]"],
    [search({ offset: "16384" }), 65_535, "offset+topk [16386] is invalid"],
    [
      search({ round_decimal: "7" }),
      65_535,
      "round_decimal [7] is invalid, should be -1 or an integer in range [0, 6]",
    ],
    [
      search({}, [[1, 2, 3]]),
      1100,
      "vector dimension mismatch, expected vector size(byte) 8, actual 12",
    ],
    [search({}, [[Number.NaN, 2]]), 1100, "value 'NaN' is not a number or infinity"],
    [search({}, [[1, Number.NEGATIVE_INFINITY]]), 1100, "value '-Inf' is not a number or infinity"],
    [
      search({}, []),
      65_535,
      "nq [0] is invalid, nq (number of search vector per search request) should be in range [1, 16384], but got 0",
    ],
    [
      search({ metric_type: "IP" }),
      1100,
      "metric type not match: invalid parameter[expected=L2][actual=IP]",
    ],
    [
      search({ anns_field: "nothing" }),
      1100,
      "failed to create query plan: failed to get field schema by name: fieldName(nothing) not found: invalid parameter",
    ],
    [
      search({ anns_field: "title" }),
      1100,
      "failed to create query plan: field (title) to search is not of vector data type",
    ],
    [
      { ...search(), dsl: "year >" },
      1100,
      "failed to create query plan: cannot parse expression: year >",
    ],
    [{ ...search(), dsl: "nothing == 1" }, 1100, "field nothing not exist: invalid parameter"],
    [{ ...search(), partitionNames: ["p"] }, 65_535, "partition name p not found"],
    [{ ...search(), outputFields: ["nothing"] }, 1100, "field nothing not exist"],
    [
      { ...search(), collectionName: "x" },
      100,
      "collection not found[database=default][collection=x]",
    ],
    [{ ...search(), functionScore: { functions: [] } }, 1100, "no rerank functions specified"],
    [{ ...search(), functionChains: [{}] }, 3000, "function_chains"],
    [{ ...search(), namespace: "n" }, 3000, "namespace"],
    [{ ...search(), highlighter: {} }, 3000, "highlighter"],
    [
      { ...search(), searchInput: { case: "ids" as const, value: {} } },
      65_535,
      "nq [0] is invalid",
    ],
  ])("refuses request %#: code %3$s", async (request, code, text) => {
    await makeFilms(harness);
    const status = await harness.fails("search", request);
    expect(status.reason).toContain(text);
    expect(status.code).toBe(code);
  });

  it("needs a loaded collection", async () => {
    await makeFilms(harness);
    await harness.ok("releaseCollection", { collectionName: "films" });
    expect(await harness.fails("search", search())).toEqual({
      code: 101,
      reason: "failed to search: collection not loaded[collection=films]",
    });
  });

  it("answers a range of scores: the radius excluded, the range filter included", async () => {
    await makeFilms(harness);
    // Squared distances from (1, 0): id 1: 0, ids 2 and 4: 2, id 3: 4.
    const within = async (range: string) =>
      idsOf(await harness.ok("search", search({ topk: "4", params: range }, [[1, 0]])));
    expect(await within('{"radius":4}')).toEqual([1n, 2n, 4n]);
    expect(await within('{"radius":4.5,"range_filter":2}')).toEqual([2n, 4n, 3n]);
    expect(await within('{"radius":"2"}')).toEqual([1n]);
    expect(await within('{"radius":0}')).toEqual([]);
  });

  it.each([
    [{ params: '{"range_filter":1}' }, 1100, "range_filter requires radius to be set"],
    [
      { params: '{"radius":1,"range_filter":2}' },
      65_535,
      "failed to search: metric type (L2), range_filter(2) must be less than radius(1)",
    ],
    [{ params: '{"radius":null}' }, 65_535, "param 'radius' (null) should be a number"],
    [{ radius: "near" }, 65_535, "invalid float value, key: 'radius', value: 'near'"],
  ])("refuses the range of scores %j", async (parameters, code, text) => {
    await makeFilms(harness);
    const status = await harness.fails("search", search(parameters));
    expect(status.reason).toContain(text);
    expect(status.code).toBe(code);
  });
});

describe("HybridSearch", () => {
  const collectionName = "pairs";

  async function makePairs(): Promise<void> {
    const vectorField = (name: string) => ({
      name,
      dataType: DataType.FloatVector,
      typeParams: pairs({ dim: "2" }),
    });
    const fields = [
      { name: "id", dataType: DataType.Int64, isPrimaryKey: true },
      vectorField("image"),
      vectorField("text"),
    ];
    await harness.ok("createCollection", { collectionName, schema: schemaBytes({ fields }) });
    for (const fieldName of ["image", "text"]) {
      const extraParams = pairs({ index_type: "HNSW", metric_type: "COSINE" });
      await harness.ok("createIndex", { collectionName, fieldName, extraParams });
    }
    await harness.ok("loadCollection", { collectionName });
    const vectors = [
      [1, 0],
      [0.8, 0.6],
      [0, 1],
    ];
    await harness.ok("insert", {
      collectionName,
      numRows: 3,
      fieldsData: [
        longs("id", [1n, 2n, 3n]),
        floatVectors("image", vectors),
        floatVectors("text", [...vectors].reverse()),
      ],
    });
  }

  const part = (field: string, vectors = [[1, 0]]) => ({
    collectionName,
    searchInput: placeholders(vectors),
    nq: BigInt(vectors.length),
    searchParams: pairs({ anns_field: field, topk: "3" }),
  });

  it("fuses by reciprocal ranks", async () => {
    await makePairs();
    const answer = await harness.ok("hybridSearch", {
      collectionName,
      requests: [part("image"), part("text")],
      rankParams: pairs({ strategy: "rrf", params: '{"k":60}', limit: "3", offset: "0" }),
      outputFields: ["image"],
    });
    expect(answer.results).toMatchObject({ topks: [3n], numQueries: 1n, outputFields: ["image"] });
    expect(idsOf(answer)).toEqual([1n, 3n, 2n]);
    const [image] = answer.results?.fieldsData ?? [];
    const floats = image.field.case === "vectors" ? image.field.value.data.value : undefined;
    expect(floats).toMatchObject({ data: [1, 0, 0, 1, 0.8, 0.6].map(Math.fround) });
  });

  it("weighs scores for several vectors, and takes the window", async () => {
    await makePairs();
    const vectors = [
      [1, 0],
      [0, 1],
    ];
    const answer = await harness.ok("hybridSearch", {
      collectionName,
      requests: [part("image", vectors), part("text", vectors)],
      rankParams: pairs({
        strategy: "weighted",
        params: '{"weights":[1,0.1],"norm_score":true}',
        limit: "1",
        offset: "1",
        round_decimal: "2",
      }),
    });
    expect(answer.results?.topks).toEqual([1n, 1n]);
    expect(idsOf(answer)).toEqual([2n, 2n]);
    expect(answer.results?.scores[0]).toBeCloseTo(0.99, 6);
  });

  it("takes the rankers as functions too", async () => {
    await makePairs();
    const answer = await harness.ok("hybridSearch", {
      collectionName,
      requests: [part("image"), part("text")],
      rankParams: pairs({ limit: "1" }),
      functionScore: {
        functions: [{ name: "f", params: pairs({ reranker: "weighted", weights: "[0.1, 0.9]" }) }],
      },
    });
    expect(idsOf(answer)).toEqual([3n]);
  });

  it("hands each part its own parameters", async () => {
    await makePairs();
    const searchParams = pairs({ anns_field: "text", topk: "3", params: '{"ef":2}' });
    const status = await harness.fails("hybridSearch", {
      collectionName,
      requests: [part("image"), { ...part("text"), searchParams }],
      rankParams: pairs({ limit: "1" }),
    });
    expect(status.reason).toContain("ef(2) should be larger than k(3)");
  });

  const both = [part("image"), part("text")];
  it.each([
    [{ requests: both, rankParams: [] }, "limit not found in rank_params"],
    [{ requests: [], rankParams: pairs({ limit: "1" }) }, "minimum of ann search requests is 1"],
    [
      { requests: both, rankParams: pairs({ limit: "0" }) },
      "limit [0] is invalid, should be greater than 0",
    ],
    [
      { requests: both, rankParams: pairs({ limit: "1", offset: "16384" }) },
      "invalid max query result window, (offset+limit) should be in range [1, 16384], but got 16385",
    ],
    [
      { requests: both, rankParams: pairs({ limit: "1", params: '{"k":0}' }) },
      "rank params k should be in range (0, 16384)",
    ],
    [
      {
        requests: both,
        rankParams: pairs({ limit: "1", strategy: "weighted", params: '{"weights":[1]}' }),
      },
      "the length of weights param mismatch with ann search requests: invalid parameter[expected=2][actual=1]",
    ],
    [
      { requests: [part("nothing")], rankParams: pairs({ limit: "1" }) },
      "failed to get field schema by name: fieldName(nothing) not found",
    ],
    [
      {
        requests: [
          part("image"),
          part("text", [
            [1, 0],
            [0, 1],
          ]),
        ],
        rankParams: pairs({ limit: "1" }),
      },
      "nq should be the same",
    ],
    [
      {
        requests: both,
        rankParams: pairs({ limit: "1" }),
        functionScore: { functions: [{ params: pairs({ reranker: "decay" }) }] },
      },
      "decay function not specified",
    ],
  ])("refuses request %#", async (request, text) => {
    await makePairs();
    const status = await harness.fails("hybridSearch", { collectionName, ...request });
    expect(status.reason).toContain(text);
  });
});
