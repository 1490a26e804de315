import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CompactionState, LoadState, SegmentState } from "../../src/wire/gen/common_pb.ts";
import { DataType } from "../../src/wire/gen/schema_pb.ts";
import { filmFields, filmRows, Harness, makeFilms, pairs, schemaBytes } from "./service-harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await Harness.open();
  await makeFilms(harness);
});
afterEach(() => harness.close());

const films = { collectionName: "films" };

async function insertAgain(): Promise<void> {
  await harness.ok("insert", { ...films, numRows: 4, fieldsData: filmRows() });
}

describe("FlushAll", () => {
  it("flushes what it is told, or everything", async () => {
    await harness.ok("createDatabase", { dbName: "archive" });
    const all = await harness.ok("flushAll", {});
    expect(all.flushAllTs).toBeGreaterThan(0n);
    expect(all.flushResults.map(({ dbName }) => dbName)).toEqual(["default", "archive"]);
    expect(all.flushResults[0]?.collectionResults).toMatchObject([
      { collectionName: "films", segmentIds: { data: [expect.any(BigInt)] } },
    ]);
    const one = await harness.ok("flushAll", {
      flushTargets: [{ dbName: "default", collectionNames: ["films"] }],
    });
    expect(one.flushResults).toHaveLength(1);
    expect(await harness.ok("getFlushAllState", { flushAllTs: all.flushAllTs })).toMatchObject({
      flushed: true,
    });
    expect(await harness.fails("flushAll", { dbName: "missing" })).toMatchObject({ code: 800 });
    const missing = { flushTargets: [{ collectionNames: ["missing"] }] };
    expect(await harness.fails("flushAll", missing)).toMatchObject({ code: 100 });
  });

  it("may come as often as one likes", async () => {
    for (let i = 0; i < 20; i++) await harness.ok("flush", { collectionNames: ["films"] });
  });
});

describe("GetPersistentSegmentInfo", () => {
  it("tells segments by numbers that Flush has told", async () => {
    const { infos } = await harness.ok("getPersistentSegmentInfo", films);
    expect(infos).toMatchObject([{ numRows: 4n, state: SegmentState.Growing }]);
    const { collSegIDs } = await harness.ok("flush", { collectionNames: ["films"] });
    const { infos: flushed } = await harness.ok("getPersistentSegmentInfo", films);
    expect(flushed).toMatchObject([{ numRows: 4n, state: SegmentState.Flushed }]);
    expect(flushed.map(({ segmentID }) => segmentID)).toEqual(collSegIDs["films"]?.data);
  });

  it("has loaded ones in GetQuerySegmentInfo", async () => {
    await harness.ok("flush", { collectionNames: ["films"] });
    const { infos } = await harness.ok("getQuerySegmentInfo", films);
    expect(infos).toMatchObject([
      { numRows: 4n, indexName: "vector", state: SegmentState.Sealed, nodeIds: [1n] },
    ]);
    await harness.ok("releaseCollection", films);
    expect((await harness.ok("getQuerySegmentInfo", films)).infos).toEqual([]);
  });
});

describe("ManualCompaction", () => {
  it("merges segments in the background, and tells how far it is", async () => {
    await harness.ok("flush", { collectionNames: ["films"] });
    await insertAgain();
    const { compactionID } = await harness.ok("manualCompaction", films);
    const stateOf = () => harness.ok("getCompactionState", { compactionID });
    while ((await stateOf()).state === CompactionState.Executing) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await stateOf()).toMatchObject({ completedPlanNo: 1n, failedPlanNo: 0n });
    const { mergeInfos } = await harness.ok("getCompactionStateWithPlans", { compactionID });
    const { infos } = await harness.ok("getPersistentSegmentInfo", films);
    expect(mergeInfos).toMatchObject([
      { sources: [expect.any(BigInt), expect.any(BigInt)], target: infos[0]?.segmentID },
    ]);
  });

  it("takes the number of a collection too, and knows its own numbers only", async () => {
    const { collectionID } = await harness.ok("describeCollection", films);
    await harness.ok("manualCompaction", { collectionID });
    expect(await harness.fails("manualCompaction", { collectionID: 99n })).toMatchObject({
      code: 100,
    });
    expect(await harness.fails("getCompactionState", { compactionID: 5n })).toEqual({
      code: 1100,
      reason: "compaction 5 is not known: invalid parameter",
    });
  });
});

describe("GetReplicas", () => {
  it("tells the one there is", async () => {
    const { replicas } = await harness.ok("getReplicas", { ...films, withShardNodes: true });
    expect(replicas).toMatchObject([
      {
        resourceGroupName: "__default_resource_group",
        nodeIds: [1n],
        shardReplicas: [{ nodeIds: [1n] }],
      },
    ]);
    await harness.ok("releaseCollection", films);
    expect(await harness.fails("getReplicas", films)).toEqual({
      code: 400,
      reason: "replica not found[collection=films]",
    });
  });
});

describe("resource groups", () => {
  it("are the default one, with what is loaded", async () => {
    const { resourceGroups } = await harness.ok("listResourceGroups", {});
    expect(resourceGroups).toEqual(["__default_resource_group"]);
    const [resourceGroup] = resourceGroups;
    expect(await harness.ok("describeResourceGroup", { resourceGroup })).toMatchObject({
      resourceGroup: { capacity: 1, numAvailableNode: 1, numLoadedReplica: { films: 1 } },
    });
    expect(await harness.fails("describeResourceGroup", { resourceGroup: "rg" })).toEqual({
      code: 300,
      reason: "resource group not found[rg=rg]",
    });
  });

  it.each([
    "createResourceGroup",
    "dropResourceGroup",
    "updateResourceGroups",
    "transferNode",
    "transferReplica",
  ] as const)("refuse %s", async (name) => {
    expect(await harness.fails(name, {})).toMatchObject({
      code: 3000,
      reason: expect.stringContaining("a resource group beside the default one"),
    });
  });
});

describe("LoadCollection", () => {
  it.each([
    [{ replicaNumber: 2 }, 12, "when load 2 replica count"],
    [{ resourceGroups: ["rg"] }, 300, "resource group not found[rg=rg]"],
    [
      { resourceGroups: ["a", "b"], replicaNumber: 1 },
      65535,
      "replica=[1] resource group=[a,b], resource group num can only be 0, 1 or same as replica number",
    ],
    [
      { loadFields: ["vector"] },
      1100,
      "load field list [vector] does not contain primary key field id",
    ],
    [{ loadFields: ["id"] }, 1100, "load field list [id] does not contain vector field"],
    [
      { loadFields: ["id", "x"] },
      1100,
      "failed to get field schema by name: fieldName(x) not found",
    ],
  ])("refuses %j", async (request, code, text) => {
    const status = await harness.fails("loadCollection", { ...films, ...request });
    expect(status.reason).toContain(text);
    expect(status.code).toBe(code);
  });

  it("takes one replica of the default group, and a list of fields", async () => {
    await harness.ok("releaseCollection", films);
    await harness.ok("loadCollection", {
      ...films,
      replicaNumber: 1,
      resourceGroups: ["__default_resource_group"],
      loadFields: ["id", "vector"],
      refresh: true,
    });
    expect(await harness.ok("getLoadState", films)).toMatchObject({
      state: LoadState.LoadStateLoaded,
    });
  });

  it("needs no index of fields that its list leaves out, which can be read all the same", async () => {
    const vectorField = (name: string) => ({
      name,
      dataType: DataType.FloatVector,
      typeParams: pairs({ dim: "2" }),
    });
    const pair = { collectionName: "pair" };
    await harness.ok("createCollection", {
      ...pair,
      schema: schemaBytes({
        name: "pair",
        fields: [filmFields[0], vectorField("first"), vectorField("second")],
      }),
    });
    await harness.ok("createIndex", { ...pair, fieldName: "first", extraParams: [] });
    expect(await harness.fails("loadCollection", pair)).toMatchObject({
      reason: expect.stringContaining("there is no vector index on field: [second]"),
    });
    await harness.ok("loadCollection", { ...pair, loadFields: ["id", "first"] });
    await harness.ok("query", { ...pair, expr: "id > 0", outputFields: ["second"] });
  });

  it("shows that it is under way", async () => {
    await harness.ok("flush", { collectionNames: ["films"] });
    await harness.ok("releaseCollection", films);
    const loading = harness.ok("loadCollection", films);
    const [state, progress] = await Promise.all([
      harness.ok("getLoadState", films),
      harness.ok("getLoadingProgress", films),
    ]);
    expect(state.state).toBe(LoadState.LoadStateLoading);
    expect(progress.progress).toBe(0n);
    await loading;
    expect((await harness.ok("getLoadingProgress", films)).progress).toBe(100n);
  });
});

describe("AlterIndex", () => {
  const alter = (properties: Record<string, string>, deleteKeys: string[] = []) => ({
    ...films,
    indexName: "vector",
    extraParams: pairs(properties),
    deleteKeys,
  });

  it("changes where the index of a released collection lies", async () => {
    expect(await harness.fails("alterIndex", alter({ "mmap.enabled": "true" }))).toEqual({
      code: 104,
      reason:
        "can't alter index on loaded collection, please release the collection first: collection already loaded[collection=films]",
    });
    await harness.ok("releaseCollection", films);
    await harness.ok("alterIndex", alter({ "mmap.enabled": "true" }));
    const paramsOf = async () =>
      (await harness.ok("describeIndex", films)).indexDescriptions[0]?.params;
    expect(await paramsOf()).toContainEqual(
      expect.objectContaining({ key: "mmap.enabled", value: "true" }),
    );
    await harness.ok("alterIndex", alter({}, ["mmap.enabled"]));
    expect(await paramsOf()).toHaveLength(2);
  });

  it.each([
    [alter({ nlist: "5" }), "nlist is not a configable index property"],
    [alter({}, ["nlist"]), "nlist is not a configable index property"],
    [alter({ "mmap.enabled": "perhaps" }), "invalid mmap.enabled value: perhaps"],
    [
      alter({ "mmap.enabled": "true" }, ["warmup"]),
      "cannot provide both DeleteKeys and ExtraParams",
    ],
    [alter({}), "no properties or delete keys provided"],
    [{ ...alter({ "mmap.enabled": "true" }), indexName: "" }, "index name is empty"],
    [{ ...alter({ "mmap.enabled": "true" }), indexName: "x" }, "index not found"],
  ])("refuses request %#", async (request, text) => {
    expect((await harness.fails("alterIndex", request)).reason).toContain(text);
  });
});

describe("AlterCollection", () => {
  const alter = (properties: Record<string, string>, deleteKeys: string[] = []) => ({
    ...films,
    properties: pairs(properties),
    deleteKeys,
  });

  it("changes the description, the consistency level and properties", async () => {
    const properties = {
      "collection.description": "Old ones",
      consistency_level: "Strong",
      "collection.ttl.seconds": "100",
      timezone: "Asia/Tokyo",
    };
    await harness.ok("alterCollection", alter(properties));
    const described = await harness.ok("describeCollection", films);
    expect(described.schema?.description).toBe("Old ones");
    expect(described.consistencyLevel).toBe(0);
    expect(described.properties.map(({ key }) => key)).toEqual([
      "collection.ttl.seconds",
      "timezone",
    ]);
    await harness.ok("alterCollection", alter({}, ["timezone", "collection.ttl.seconds"]));
    expect((await harness.ok("describeCollection", films)).properties).toEqual([]);
  });

  it("turns the dynamic field on and off", async () => {
    await harness.ok("alterCollection", alter({ "dynamicfield.enabled": "true" }));
    const described = async () => (await harness.ok("describeCollection", films)).schema;
    expect(await described()).toMatchObject({ enableDynamicField: true });
    expect((await described())?.fields).toHaveLength(4);
    await harness.ok("alterCollection", alter({ "dynamicfield.enabled": "False" }));
    expect(await described()).toMatchObject({ enableDynamicField: false });
  });

  it.each([
    [alter({}), 1100, "no properties or delete keys provided"],
    [alter({ a: "b" }, ["c"]), 1100, "cannot provide both DeleteKeys and ExtraParams"],
    [alter({}, ["dynamicfield.enabled"]), 1100, "cannot delete key dynamicfield.enabled"],
    [alter({ "dynamicfield.enabled": "so" }), 1100, "invalid dynamic schema property value: so"],
    [
      alter({ "dynamicfield.enabled": "true", a: "b" }),
      1100,
      "cannot alter dynamic schema with other properties at the same time",
    ],
    [alter({ "mmap.enabled": "true" }), 104, "can not alter mmap properties if collection loaded"],
    [alter({}, ["mmap.enabled"]), 104, "can not delete mmap properties if collection loaded"],
    [
      alter({ "warmup.vectorIndex": "sync" }),
      104,
      "can not alter warmup properties if collection loaded",
    ],
    [alter({ "warmup.vectorIndex": "hot" }), 1100, "invalid warmup policy: hot"],
    [alter({ warmup: "sync" }), 1100, "warmup key 'warmup' is only allowed at field level"],
    [alter({ "partitionkey.isolation": "x" }), 1100, "failed to parse partition key isolation"],
    [
      alter({ "collection.replica.number": "x" }),
      1100,
      "[key=collection.replica.number] [value=x]",
    ],
    [alter({ query_mode: "large_topk" }), 3000, "collection property query_mode"],
    [alter({ "rls.enabled": "true" }), 3000, "collection property rls.enabled"],
    [
      alter({ "collection.ttl.seconds": "x" }),
      1100,
      "collection TTL is not a valid positive integer",
    ],
    [alter({ timezone: "Nowhere" }), 1100, "unknown or invalid IANA Time Zone ID: Nowhere"],
  ])("refuses request %#", async (request, code, text) => {
    const status = await harness.fails("alterCollection", request);
    expect(status.reason).toContain(text);
    expect(status.code).toBe(code);
  });
});

describe("BatchDescribeCollection", () => {
  it("answers for each collection on its own", async () => {
    const { responses } = await harness.ok("batchDescribeCollection", {
      collectionName: ["films", "missing"],
    });
    expect(responses).toMatchObject([
      { status: { code: 0 }, collectionName: "films", schema: { name: "films" } },
      { status: { code: 100 }, collectionName: "missing" },
    ]);
  });
});

describe("GetMetrics", () => {
  it("tells what the system is, as JSON", async () => {
    const { response } = await harness.ok("getMetrics", {
      request: JSON.stringify({ metric_type: "system_info" }),
    });
    expect(JSON.parse(response)).toMatchObject({
      nodes_info: [{ infos: { type: "standalone", collections: { count: 1, rows: 4 } } }],
    });
    for (const request of ["", "{}", "null", '{"metric_type":"other"}']) {
      expect((await harness.fails("getMetrics", { request })).code).toBe(1100);
    }
  });
});

describe("CheckHealth", () => {
  it("is healthy while nothing has failed", async () => {
    expect(await harness.ok("checkHealth", {})).toMatchObject({ isHealthy: true, reasons: [] });
  });
});

describe("databases", () => {
  it("have properties that are checked, and that limit their collections", async () => {
    const properties = pairs({ "database.max.collections": "0", timezone: "Asia/Tokyo" });
    await harness.ok("createDatabase", { dbName: "small", properties });
    const status = await harness.fails("renameCollection", {
      oldName: "films",
      newName: "films",
      newDBName: "small",
    });
    expect(status.reason).toContain("maxCollectionNumPerDB=0");
    for (const [key, value] of [
      ["database.max.collections", "many"],
      ["database.replica.number", "x"],
      ["database.force.deny.writing", "perhaps"],
      ["timezone", "Nowhere"],
    ]) {
      const refused = { dbName: "bad", properties: [{ key, value }] };
      expect(await harness.fails("createDatabase", refused)).toMatchObject({ code: 1100 });
      expect(await harness.fails("alterDatabase", { ...refused, dbName: "small" })).toMatchObject({
        code: 1100,
      });
    }
    const both = { dbName: "small", properties, deleteKeys: ["timezone"] };
    expect((await harness.fails("alterDatabase", both)).reason).toContain(
      "alter database cannot modify properties and delete keys at the same time",
    );
  });

  it("forbid what their properties say", async () => {
    const deny = (name: string, value: string) =>
      harness.ok("alterDatabase", {
        dbName: "default",
        properties: [{ key: `database.force.deny.${name}`, value }],
      });
    const query = { ...films, expr: "id > 0" };
    await deny("reading", "true");
    expect(await harness.fails("query", query)).toEqual({
      code: 9,
      reason:
        "force deny[op=database.force.deny.reading][req=Query]: access has been disabled by the administrator",
    });
    await insertAgain();
    await deny("reading", "false");
    await harness.ok("query", query);
    await deny("ddl", "true");
    expect((await harness.fails("createPartition", { ...films, partitionName: "p" })).code).toBe(9);
    expect((await harness.fails("flush", { collectionNames: ["films"] })).code).toBe(9);
    await harness.ok("query", query);
    await harness.ok("createDatabase", { dbName: "free" });
    await harness.ok("alterDatabase", {
      dbName: "default",
      deleteKeys: ["database.force.deny.ddl"],
    });
    await harness.ok("flush", { collectionNames: ["films"] });
  });

  it("give their time zone to collections", async () => {
    const properties = pairs({ timezone: "Asia/Tokyo" });
    await harness.ok("alterDatabase", { dbName: "default", properties });
    await harness.ok("dropCollection", films);
    await makeFilms(harness);
    const described = await harness.ok("describeCollection", films);
    expect(described.properties).toMatchObject([{ key: "timezone", value: "Asia/Tokyo" }]);
  });

  it("take no collection that has aliases", async () => {
    await harness.ok("createDatabase", { dbName: "archive" });
    await harness.ok("createAlias", { ...films, alias: "movies" });
    const move = { oldName: "films", newName: "films", newDBName: "archive" };
    expect(await harness.fails("renameCollection", move)).toEqual({
      code: 1100,
      reason:
        "fail to rename db name, must drop all aliases of collection films before rename: invalid parameter",
    });
    await harness.ok("dropAlias", { alias: "movies" });
    await harness.ok("renameCollection", move);
    expect(await harness.ok("describeCollection", { ...films, dbName: "archive" })).toMatchObject({
      dbName: "archive",
    });
  });
});
