import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { IndexState } from "../../src/wire/gen/common_pb.ts";
import { filmFields, Harness, makeFilms, pairs, schemaBytes } from "./service-harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await Harness.open();
  await harness.ok("createCollection", {
    collectionName: "films",
    schema: schemaBytes({ name: "films", fields: filmFields }),
  });
});
afterEach(() => harness.close());

const onVector = { collectionName: "films", fieldName: "vector" };

describe("CreateIndex", () => {
  it("makes what DescribeIndex describes, parameters as given", async () => {
    const params = '{"M":8,"efConstruction":64}';
    const extraParams = pairs({ index_type: "HNSW", metric_type: "COSINE", params });
    await harness.ok("createIndex", { ...onVector, indexName: "by_vector", extraParams });
    const { indexDescriptions } = await harness.ok("describeIndex", { collectionName: "films" });
    expect(indexDescriptions).toHaveLength(1);
    expect(indexDescriptions[0]).toMatchObject({
      indexName: "by_vector",
      fieldName: "vector",
      state: IndexState.Finished,
      totalRows: 0n,
      params: extraParams,
    });
  });

  it("is called like the field, and AUTOINDEX by cosine, when nothing is said", async () => {
    await harness.ok("createIndex", onVector);
    const { indexDescriptions } = await harness.ok("describeIndex", { collectionName: "films" });
    expect(indexDescriptions[0]).toMatchObject({
      indexName: "vector",
      params: pairs({ index_type: "AUTOINDEX", metric_type: "COSINE" }),
    });
  });

  it("describes AUTOINDEX as AUTOINDEX, whatever serves it", async () => {
    const extraParams = pairs({ index_type: "AUTOINDEX", metric_type: "IP" });
    await harness.ok("createIndex", { ...onVector, extraParams });
    const { indexDescriptions } = await harness.ok("describeIndex", { collectionName: "films" });
    expect(indexDescriptions[0].params).toMatchObject(extraParams);
  });

  it.each([
    { index_type: "FLAT" },
    { index_type: "IVF_FLAT", nlist: "128" },
    { index_type: "IVF_SQ8", params: '{"nlist":64,"refine":true,"refine_type":"FP16"}' },
    { index_type: "IVF_PQ", params: '{"m":2,"nbits":8}' },
    { index_type: "IVF_RABITQ", params: '{"nlist":16,"refine":true,"refine_type":"SQ8"}' },
    { index_type: "SCANN", with_raw_data: "False" },
    { index_type: "HNSW_SQ", params: '{"M":16,"sq_type":"SQ6"}' },
    { index_type: "HNSW_PQ", params: '{"m":1}' },
    { index_type: "HNSW_PRQ", params: '{"nrq":4}' },
    { index_type: "DISKANN" },
    { index_type: "hnsw", not_defined_param: "nothing" },
  ])("takes %j", async (parameters) => {
    const extraParams = pairs({ metric_type: "l2", ...parameters });
    await harness.ok("createIndex", { ...onVector, extraParams });
    // The same again is no error.
    await harness.ok("createIndex", { ...onVector, extraParams });
  });

  it("may be repeated alike, not otherwise", async () => {
    const l2 = pairs({ index_type: "FLAT", metric_type: "L2" });
    await harness.ok("createIndex", { ...onVector, indexName: "v", extraParams: l2 });
    await harness.ok("createIndex", { ...onVector, extraParams: l2 });
    const ip = pairs({ index_type: "FLAT", metric_type: "IP" });
    expect(await harness.fails("createIndex", { ...onVector, extraParams: ip })).toEqual({
      code: 65_535,
      reason: "at most one distinct index is allowed per field",
    });
  });

  it("indexes scalar fields", async () => {
    const extraParams = pairs({ index_type: "INVERTED" });
    await harness.ok("createIndex", { collectionName: "films", fieldName: "title", extraParams });
    const { indexDescriptions } = await harness.ok("describeIndex", {
      collectionName: "films",
      indexName: "title",
    });
    expect(indexDescriptions[0].params).toMatchObject(extraParams);
  });

  const hnsw = { index_type: "HNSW", metric_type: "L2" };
  it.each([
    [
      { index_type: "ANNOY", metric_type: "L2" },
      "invalid parameter[expected=valid index][actual=invalid index type: ANNOY]",
    ],
    [{ index_type: "GPU_CAGRA", metric_type: "L2" }, "invalid index type: GPU_CAGRA"],
    [{ index_type: "HNSW" }, "metric type not set for vector index: invalid parameter"],
    [
      { index_type: "HNSW", metric_type: "BM25" },
      "float vector index does not support metric type: BM25",
    ],
    [{ index_type: "AUTOINDEX", nlist: "8" }, "only metric type can be passed when use AutoIndex"],
    [{ ...hnsw, M: "2049" }, "param 'M' (2049) should be in range [2, 2048]"],
    [{ ...hnsw, params: '{"M":-1}' }, "param 'M' (-1) should be in range [2, 2048]"],
    [{ ...hnsw, M: "True" }, "invalid integer value, key: 'M', value: 'True': invalid parameter"],
    [
      { ...hnsw, params: '{"M":[16]}' },
      "invalid integer value, key: 'M', value: '[16]': invalid parameter",
    ],
    [{ ...hnsw, M: "16.0" }, "wrong data type in json, key: 'M', value: '16.0'"],
    [{ ...hnsw, params: "{" }, "params is not valid JSON"],
    [{ ...hnsw, refine: "true" }, "refine is not supported for this index: invalid parameter"],
    [{ index_type: "AISAQ", metric_type: "L2" }, "invalid index type: AISAQ"],
    [{ index_type: "FAISS" }, "[expected=valid index][actual=invalid index type: FAISS]"],
    [{ index_type: "STL_SORT" }, "metric type not set for vector index: invalid parameter"],
    [
      { index_type: "AUTOINDEX", metric_type: "magic" },
      "float vector index does not support metric type: magic: invalid parameter[expected=valid index params][actual=invalid index params]",
    ],
    [
      { index_type: "BIN_FLAT", metric_type: "L2" },
      "data type FloatVector can't build with this index BIN_FLAT: invalid parameter",
    ],
    [{ index_type: "IVF_PQ", metric_type: "L2" }, "param 'm' not exist in json"],
    [
      { index_type: "IVF_PQ", metric_type: "L2", params: '{"m":3,"nlist":16}' },
      "(m). Dimension: 2, m: 3: invalid parameter",
    ],
    [{ index_type: "IVF_FLAT", metric_type: "L2", nlist: "65537" }, "in range [1, 65536]"],
    [
      { index_type: "HNSW_SQ", metric_type: "L2", sq_type: "SQ1" },
      "invalid scalar quantizer type: invalid parameter",
    ],
    [{ index_type: "STL_SORT", metric_type: "L2" }, "can't build with this index STL_SORT"],
  ])("refuses %j", async (parameters, text) => {
    const status = await harness.fails("createIndex", {
      ...onVector,
      extraParams: pairs(parameters),
    });
    expect(status.reason).toContain(text);
    expect(status.code).toBe(1100);
  });

  it("refuses fields that are not there", async () => {
    expect(
      await harness.fails("createIndex", { collectionName: "films", fieldName: "nothing" }),
    ).toEqual({
      code: 1100,
      reason: "cannot create index on non-exist field: nothing: invalid parameter",
    });
  });
});

describe("DescribeIndex", () => {
  it("fails when there is none", async () => {
    expect(await harness.fails("describeIndex", { collectionName: "films" })).toEqual({
      code: 700,
      reason: "index not found[collection=films]",
    });
    expect(
      await harness.fails("describeIndex", { collectionName: "films", indexName: "i" }),
    ).toEqual({ code: 700, reason: "index not found[indexName=i]" });
  });

  it("counts the rows", async () => {
    await makeFilms(harness);
    const { indexDescriptions } = await harness.ok("describeIndex", { collectionName: "films" });
    expect(indexDescriptions[0]).toMatchObject({ totalRows: 4n, indexedRows: 4n });
  });
});

describe("GetIndexState, GetIndexBuildProgress, GetIndexStatistics", () => {
  it("tell how far an index is", async () => {
    await makeFilms(harness);
    const names = { collectionName: "films", indexName: "vector" };
    expect(await harness.ok("getIndexState", names)).toMatchObject({
      state: IndexState.Finished,
      failReason: "",
    });
    const progress = await harness.ok("getIndexBuildProgress", names);
    expect(progress).toMatchObject({ totalRows: 4n, indexedRows: 4n });
    const { indexDescriptions } = await harness.ok("getIndexStatistics", names);
    expect(indexDescriptions).toHaveLength(1);
    expect(indexDescriptions[0]).toMatchObject({
      indexName: "vector",
      state: IndexState.Finished,
      totalRows: 4n,
      indexedRows: 4n,
      pendingIndexRows: 0n,
      indexStateFailReason: "",
    });
  });

  it("take the only index there is, when none is named", async () => {
    await makeFilms(harness);
    await harness.ok("getIndexState", { collectionName: "films" });
    await harness.ok("createIndex", {
      collectionName: "films",
      fieldName: "title",
      extraParams: pairs({ index_type: "INVERTED" }),
    });
    await harness.ok("getIndexState", { collectionName: "films", fieldName: "title" });
    expect(await harness.fails("getIndexBuildProgress", { collectionName: "films" })).toEqual({
      code: 65_535,
      reason: "there are multiple indexes, please specify the index_name",
    });
    const all = await harness.ok("getIndexStatistics", { collectionName: "films" });
    expect(all.indexDescriptions).toHaveLength(2);
  });

  it("fail when there is none", async () => {
    for (const name of ["getIndexState", "getIndexBuildProgress", "getIndexStatistics"] as const) {
      expect(await harness.fails(name, { collectionName: "films", indexName: "i" })).toEqual({
        code: 700,
        reason: "index not found[indexName=i]",
      });
    }
  });
});

describe("DropIndex", () => {
  it("drops by name or field, and is content when there is nothing", async () => {
    await harness.ok("createIndex", onVector);
    await harness.ok("dropIndex", { collectionName: "films", indexName: "vector" });
    await harness.ok("createIndex", onVector);
    await harness.ok("dropIndex", { collectionName: "films", fieldName: "vector" });
    await harness.ok("dropIndex", { collectionName: "films", indexName: "vector" });
    expect((await harness.fails("describeIndex", { collectionName: "films" })).code).toBe(700);
  });

  it("refuses vector indexes of loaded collections", async () => {
    await makeFilms(harness);
    const status = await harness.fails("dropIndex", {
      collectionName: "films",
      indexName: "vector",
    });
    expect(status.code).toBe(1100);
    expect(status.reason).toContain("vector index cannot be dropped on loaded collection");
  });
});
