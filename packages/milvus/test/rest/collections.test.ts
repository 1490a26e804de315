import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RestHarness } from "./rest-harness.ts";

let api: RestHarness;

beforeEach(async () => {
  api = await RestHarness.open();
});
afterEach(() => api.close());

const collectionName = "c";

describe("collections/create", () => {
  it("makes, indexes and loads a collection from a dimension", async () => {
    expect(await api.post("/collections/create", { collectionName, dimension: 4 })).toEqual({
      status: 200,
      code: 0,
      data: {},
    });
    expect(await api.ok("/collections/describe", { collectionName })).toMatchObject({
      collectionName,
      autoId: false,
      aliases: [],
      consistencyLevel: "Bounded",
      description: "",
      enableDynamicField: true,
      functions: [],
      structFields: [],
      load: "LoadStateLoaded",
      partitionsNum: 1,
      shardsNum: 1,
      indexes: [{ fieldName: "vector", indexName: "vector", metricType: "COSINE" }],
      fields: [
        { name: "id", id: 100, type: "Int64", primaryKey: true, autoId: false, nullable: false },
        {
          name: "vector",
          id: 101,
          type: "FloatVector",
          primaryKey: false,
          params: [{ key: "dim", value: "4" }],
        },
      ],
    });
  });

  it("takes names, a key type and a metric for the quick way", async () => {
    await api.ok("/collections/create", {
      collectionName,
      dimension: 4,
      idType: "VarChar",
      autoID: true,
      primaryFieldName: "key",
      vectorFieldName: "embedding",
      metricType: "L2",
      params: { max_length: 100, enableDynamicField: false },
    });
    expect(await api.ok("/collections/describe", { collectionName })).toMatchObject({
      autoId: true,
      enableDynamicField: false,
      indexes: [{ indexName: "embedding", metricType: "L2" }],
      fields: [{ name: "key", type: "VarChar" }, { name: "embedding" }],
    });
  });

  it("refuses a quick way that it does not know, and leaves nothing behind", async () => {
    const fails = (body: object) => api.fails("/collections/create", { collectionName, ...body });
    expect(await fails({})).toEqual({
      code: 1100,
      message:
        "dimension is required for quickly create collection(default metric type: COSINE): " +
        "invalid parameter[expected=collectionName & dimension][actual=collectionName]",
    });
    const all = [
      { dimension: 4, idType: "Float" },
      { dimension: 4, metricType: "HAMMING" },
      { dimension: 4, vectorFieldType: "Vector" },
      { dimension: 4, vectorFieldType: "SparseFloatVector" },
      { dimension: 4, params: { consistencyLevel: "Weak" } },
      { dimension: 4, params: { enableDynamicField: "maybe" } },
      { dimension: 4, params: { shardsNum: "x" } },
      { dimension: 4, consistencyLevel: "Strong", params: { consistencyLevel: "Bounded" } },
      { dimension: 1 },
      { dimension: 4, properties: { "ttl.seconds": 5 }, params: { ttlSeconds: 5 } },
    ];
    for (const body of all) expect(await fails(body)).toMatchObject({ code: 1100 });
    expect(await api.ok("/collections/list", {})).toEqual([]);
  });

  it("makes a collection from a schema, without loading it unless there are indexes", async () => {
    const schema = {
      fields: [
        { fieldName: "id", dataType: "Int64", isPrimary: true },
        { fieldName: "n", dataType: "Int32", nullable: true, defaultValue: 7 },
        {
          fieldName: "tags",
          dataType: "Array",
          elementDataType: "VarChar",
          elementTypeParams: { max_capacity: 8, max_length: "16" },
        },
        { fieldName: "v", dataType: "FloatVector", elementTypeParams: { dim: 4 } },
      ],
    };
    await api.ok("/collections/create", { collectionName, schema, consistencyLevel: "Strong" });
    expect(await api.ok("/collections/describe", { collectionName })).toMatchObject({
      load: "LoadStateNotLoad",
      consistencyLevel: "Strong",
      indexes: [],
      fields: [
        { name: "id" },
        { name: "n", nullable: true, defaultValue: { Data: { IntData: 7 } } },
        { name: "tags", type: "Array", elementType: "VarChar" },
        { name: "v" },
      ],
    });
  });

  it("refuses a schema with an unknown type, default or index", async () => {
    const fails = (field: object, rest: object = {}) =>
      api.fails("/collections/create", {
        collectionName,
        schema: { fields: [{ fieldName: "f", ...field }] },
        ...rest,
      });
    expect(await fails({ dataType: "int64" })).toEqual({
      code: 1100,
      message: "invalid parameter, data type int64 is invalid(case sensitive).",
    });
    expect(await fails({ dataType: "Array", elementDataType: "toString" })).toEqual({
      code: 1100,
      message: "invalid parameter, element data type toString is invalid(case sensitive).",
    });
    expect(await fails({ dataType: "Int64", defaultValue: "x" })).toEqual({
      code: 1100,
      message:
        'convert defaultValue fail, err:cannot use "x"(type: string) as long default value: ' +
        "invalid parameter",
    });
    expect(await fails({ dataType: "JSON", defaultValue: {} })).toMatchObject({ code: 1100 });
    const schema = {
      fields: [
        { fieldName: "id", dataType: "Int64", isPrimary: true },
        { fieldName: "v", dataType: "FloatVector", elementTypeParams: { dim: 4 } },
      ],
    };
    const body = { collectionName, schema, indexParams: [{ fieldName: "w" }] };
    expect(await api.fails("/collections/create", body)).toEqual({
      code: 1802,
      message: "missing required parameters, error: `w` hasn't defined in schema",
    });
  });
});

describe("the other addresses of collections", () => {
  beforeEach(() => api.ok("/collections/create", { collectionName, dimension: 2 }));

  it("tell what there is, rename and drop it", async () => {
    expect(await api.ok("/collections/has", { collectionName })).toEqual({ has: true });
    const data = [{ id: 1, vector: [1, 2] }];
    await api.ok("/entities/insert", { collectionName, data });
    await api.ok("/collections/flush", { collectionName });
    expect(await api.ok("/collections/get_stats", { collectionName })).toEqual({ rowCount: 1 });
    await api.ok("/collections/rename", { collectionName, newCollectionName: "d" });
    expect(await api.ok("/collections/list", {})).toEqual(["d"]);
    await api.ok("/collections/drop", { collectionName: "d" });
    expect(await api.ok("/collections/list", {})).toEqual([]);
  });

  it("answer Milvus's codes for collections that there are not", async () => {
    for (const path of ["describe", "get_stats", "load", "release", "flush", "get_load_state"]) {
      const answer = await api.fails(`/collections/${path}`, { collectionName: "none" });
      expect([path, answer.code]).toEqual([path, 100]);
    }
    expect(await api.fails("/collections/describe", { collectionName: "none" })).toEqual({
      code: 100,
      message: "can't find collection[database=default][collection=none]",
    });
  });

  it("load and release, and tell the state", async () => {
    const state = () => api.post("/collections/get_load_state", { collectionName });
    expect(await state()).toMatchObject({
      code: 0,
      data: { loadState: "LoadStateLoaded", loadProgress: 100 },
      message: "",
    });
    await api.ok("/collections/release", { collectionName });
    expect(await state()).toMatchObject({ data: { loadState: "LoadStateNotLoad" } });
    await api.ok("/collections/load", { collectionName });
    await api.ok("/collections/refresh_load", { collectionName });
    expect(await state()).toMatchObject({ data: { loadState: "LoadStateLoaded" } });
  });

  it("set and remove properties", async () => {
    const properties = { "collection.ttl.seconds": 3600, "lazyload.enabled": true };
    await api.ok("/collections/alter_properties", { collectionName, properties });
    expect(await api.ok("/collections/describe", { collectionName })).toMatchObject({
      properties: expect.arrayContaining([
        { key: "collection.ttl.seconds", value: "3600" },
        { key: "lazyload.enabled", value: "true" },
      ]),
    });
    const propertyKeys = ["collection.ttl.seconds"];
    await api.ok("/collections/drop_properties", { collectionName, propertyKeys });
    const found = (await api.ok("/collections/describe", { collectionName })) as object;
    expect(JSON.stringify(found)).not.toContain("collection.ttl.seconds");
  });
});

describe("partitions, indexes, aliases and databases", () => {
  beforeEach(() => api.ok("/collections/create", { collectionName, dimension: 2 }));

  it("are made, told of and dropped: partitions", async () => {
    const partitionName = "p";
    await api.ok("/partitions/create", { collectionName, partitionName });
    expect(await api.ok("/partitions/list", { collectionName })).toEqual(["_default", "p"]);
    expect(await api.ok("/partitions/has", { collectionName, partitionName })).toEqual({
      has: true,
    });
    const data = [{ id: 1, vector: [1, 2] }];
    await api.ok("/entities/insert", { collectionName, partitionName, data });
    await api.ok("/partitions/load", { collectionName, partitionNames: [partitionName] });
    expect(await api.ok("/partitions/get_stats", { collectionName, partitionName })).toEqual({
      rowCount: 1,
    });
    await api.ok("/partitions/release", { collectionName, partitionNames: [partitionName] });
    await api.ok("/partitions/drop", { collectionName, partitionName });
    expect(await api.ok("/partitions/list", { collectionName })).toEqual(["_default"]);
  });

  it("are made, told of and dropped: indexes", async () => {
    expect(await api.ok("/indexes/list", { collectionName })).toEqual(["vector"]);
    await api.ok("/collections/release", { collectionName });
    await api.ok("/indexes/drop", { collectionName, indexName: "vector" });
    expect(await api.ok("/indexes/list", { collectionName })).toEqual([]);
    const indexParams = [
      {
        fieldName: "vector",
        indexName: "i",
        metricType: "L2",
        params: { index_type: "HNSW", M: 8, efConstruction: 64 },
      },
    ];
    await api.ok("/indexes/create", { collectionName, indexParams });
    expect(await api.ok("/indexes/describe", { collectionName, indexName: "i" })).toMatchObject([
      {
        indexName: "i",
        fieldName: "vector",
        indexType: "HNSW",
        metricType: "L2",
        totalRows: 0,
        indexedRows: 0,
        pendingRows: 0,
        indexState: "Finished",
        failReason: "",
      },
    ]);
    expect(
      await api.fails("/indexes/describe", { collectionName, indexName: "none" }),
    ).toMatchObject({ code: 700 });
  });

  it("are made, told of and dropped: aliases", async () => {
    const aliasName = "a";
    await api.ok("/aliases/create", { collectionName, aliasName });
    expect(await api.ok("/aliases/list", { collectionName })).toEqual(["a"]);
    expect(await api.ok("/aliases/describe", { aliasName })).toEqual({
      dbName: "default",
      collectionName,
      aliasName,
    });
    await api.ok("/collections/create", { collectionName: "d", dimension: 2 });
    await api.ok("/aliases/alter", { collectionName: "d", aliasName });
    expect(await api.ok("/collections/describe", { collectionName: "a" })).toMatchObject({
      collectionName: "d",
    });
    await api.ok("/aliases/drop", { aliasName });
    expect(await api.ok("/aliases/list", {})).toEqual([]);
    expect(await api.fails("/aliases/describe", { aliasName })).toMatchObject({ code: 1600 });
  });

  it("are made, told of and dropped: databases", async () => {
    const dbName = "shop";
    await api.ok("/databases/create", { dbName, properties: { "database.max.collections": 3 } });
    expect(await api.ok("/databases/list", {})).toEqual(["default", "shop"]);
    expect(await api.ok("/databases/describe", { dbName })).toMatchObject({
      dbName,
      properties: [{ key: "database.max.collections", value: "3" }],
    });
    await api.ok("/databases/drop", { dbName });
    expect(await api.ok("/databases/list", {})).toEqual(["default"]);
    expect(await api.fails("/databases/create", {})).toMatchObject({ code: 1802 });
  });
});

describe("segments and resource groups", () => {
  it("are described", async () => {
    await api.ok("/collections/create", { collectionName, dimension: 2 });
    await api.ok("/entities/insert", { collectionName, data: [{ id: 1, vector: [1, 2] }] });
    await api.ok("/collections/flush", { collectionName });
    const { collectionID } = (await api.ok("/collections/describe", { collectionName })) as {
      collectionID: number;
    };
    const { infos } = await api.service.ok("getPersistentSegmentInfo", { collectionName });
    const segmentIDs = infos.map(({ segmentID }) => segmentID);
    expect(await api.ok("/segments/describe", { collectionID, segmentIDs })).toMatchObject({
      segmentInfos: [{ segmentID: Number(segmentIDs[0]), collectionID, numRows: 1 }],
    });

    const [name] = (await api.ok("/resource_groups/list", {})) as string[];
    expect(await api.post("/resource_groups/describe", { name })).toMatchObject({
      code: 0,
      resource_group: { name, capacity: 1, num_loaded_replica: { [collectionName]: 1 } },
    });
    expect(await api.fails("/resource_groups/create", { name: "g" })).toMatchObject({ code: 3000 });
  });
});

describe("fields", () => {
  beforeEach(() => api.ok("/collections/create", { collectionName, dimension: 2 }));

  it("are added, changed and dropped", async () => {
    await api.ok("/entities/insert", { collectionName, data: [{ id: 1, vector: [1, 2] }] });
    await api.ok("/collections/fields/add", {
      collectionName,
      schema: {
        fieldName: "note",
        dataType: "VarChar",
        nullable: true,
        elementTypeParams: { max_length: 20 },
      },
    });
    const get = () => api.ok("/entities/get", { collectionName, id: 1, outputFields: ["*"] });
    expect(await get()).toEqual([{ id: 1, vector: [1, 2], note: null }]);
    await api.ok("/collections/fields/alter_properties", {
      collectionName,
      fieldName: "note",
      fieldParams: { max_length: 30 },
    });
    expect(await api.ok("/collections/describe", { collectionName })).toMatchObject({
      fields: [{}, {}, { name: "note", params: [{ key: "max_length", value: "30" }] }],
    });
    await api.ok("/collections/fields/drop", { collectionName, fieldName: "note" });
    expect(await get()).toEqual([{ id: 1, vector: [1, 2] }]);
    await api.ok("/collections/struct_fields/add", {
      collectionName,
      schema: {
        fieldName: "clips",
        nullable: true,
        elementTypeParams: { max_capacity: 3 },
        fields: [{ fieldName: "start", dataType: "Int64" }],
      },
    });
    expect(await get()).toEqual([{ id: 1, vector: [1, 2], clips: null }]);
  });

  it("are refused as structs, and without one name", async () => {
    const schema = { fieldName: "s", dataType: "ArrayOfStruct" };
    expect(await api.fails("/collections/fields/add", { collectionName, schema })).toEqual({
      code: 1100,
      message:
        "StructArray field must be added through /v2/vectordb/collections/struct_fields/add: " +
        "invalid parameter",
    });
    const drop = (body: object) =>
      api.fails("/collections/fields/drop", { collectionName, ...body });
    for (const body of [{}, { fieldName: "a", fieldId: 1 }, { fieldId: 0 }]) {
      expect(await drop(body)).toMatchObject({ code: 1100 });
    }
  });
});

describe("what is not supported", () => {
  it("says so by its name", async () => {
    for (const path of ["/snapshots/create", "/jobs/import/create"]) {
      expect(await api.fails(path, {})).toEqual({
        code: 10,
        message: `service unimplemented: REST address ${path} is not supported by Redkite yet`,
      });
    }
    expect(await api.fails("/common/run_analyzer", { text: ["a"] })).toMatchObject({ code: 10 });
  });
});
