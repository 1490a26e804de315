import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LoadState } from "../../src/wire/gen/common_pb.ts";
import { ShowType } from "../../src/wire/gen/milvus_pb.ts";
import { DataType, FunctionType } from "../../src/wire/gen/schema_pb.ts";
import { filmFields, Harness, makeFilms, pairs, schemaBytes } from "./service-harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await Harness.open();
});
afterEach(() => harness.close());

const filmsSchema = schemaBytes({ name: "films", description: "a test", fields: filmFields });

describe("CreateCollection", () => {
  it("makes what DescribeCollection describes", async () => {
    await harness.ok("createCollection", {
      collectionName: "films",
      schema: schemaBytes({
        name: "films",
        description: "a test",
        enableDynamicField: true,
        fields: [
          ...filmFields,
          {
            name: "tags",
            dataType: DataType.Array,
            elementType: DataType.VarChar,
            nullable: true,
            typeParams: pairs({ max_length: "10", max_capacity: "5" }),
          },
          {
            name: "stars",
            dataType: DataType.Int8,
            defaultValue: { data: { case: "intData", value: 3 } },
          },
        ],
      }),
      consistencyLevel: 1,
      properties: pairs({ "mmap.enabled": "true" }),
    });
    const described = await harness.ok("describeCollection", { collectionName: "films" });
    expect(described.schema).toMatchObject({
      name: "films",
      description: "a test",
      enableDynamicField: true,
    });
    const fields = described.schema?.fields ?? [];
    expect(fields.map((field) => [field.fieldID, field.name, field.dataType])).toEqual([
      [100n, "id", DataType.Int64],
      [101n, "title", DataType.VarChar],
      [102n, "year", DataType.Int16],
      [103n, "vector", DataType.FloatVector],
      [104n, "tags", DataType.Array],
      [105n, "stars", DataType.Int8],
    ]);
    expect(fields[3].typeParams).toMatchObject([{ key: "dim", value: "2" }]);
    expect(fields[4]).toMatchObject({ elementType: DataType.VarChar, nullable: true });
    expect(fields[4].typeParams).toMatchObject(pairs({ max_length: "10", max_capacity: "5" }));
    expect(fields[5].defaultValue?.data).toEqual({ case: "intData", value: 3 });
    expect(described).toMatchObject({
      collectionName: "films",
      dbName: "default",
      consistencyLevel: 1,
      shardsNum: 1,
      numPartitions: 1n,
      properties: [{ key: "mmap.enabled", value: "true" }],
    });
    expect(described.updateTimestamp).toBeGreaterThan(0n);
    expect(described.updateTimestampStr).toBe(`${described.updateTimestamp}`);
  });

  it("may be repeated with the same schema, not with another", async () => {
    const request = { collectionName: "films", schema: filmsSchema };
    await harness.ok("createCollection", request);
    await harness.ok("createCollection", request);
    const other = schemaBytes({ name: "films", fields: filmFields.slice(1).concat(filmFields[0]) });
    expect(await harness.fails("createCollection", { ...request, schema: other })).toEqual({
      code: 65_535,
      reason: "create duplicate collection with different parameters, collection: films",
    });
  });

  it("does not take the name of an alias", async () => {
    await harness.ok("createCollection", { collectionName: "films", schema: filmsSchema });
    await harness.ok("createAlias", { collectionName: "films", alias: "movies" });
    const request = { collectionName: "movies", schema: filmsSchema };
    expect(await harness.fails("createCollection", request)).toEqual({
      code: 1601,
      reason: "alias and collection name conflict[database=default][alias=movies]",
    });
  });

  const dim = (value: string) => ({
    name: "vector",
    dataType: DataType.FloatVector,
    typeParams: [{ key: "dim", value }],
  });
  const [id, title, , vector] = filmFields;
  const tags = { name: "tags", dataType: DataType.Array };

  it.each([
    [[dim("2")], 1100, "Schema must have a primary key field"],
    [[id, title], 1100, "schema does not contain vector field: invalid parameter"],
    [[id, dim("1")], 1100, "invalid dimension: 1"],
    [[id, dim("two")], 1100, "invalid dimension: two of field vector"],
    [
      [id, { ...title, typeParams: [] }, vector],
      1100,
      "type param(max_length) should be specified",
    ],
    [[id, vector, { ...vector }], 1100, "duplicated field name"],
    [[id, vector, { ...title, name: "1st" }], 1701, "Invalid field name: 1st."],
    [
      [id, vector, { ...title, dataType: DataType.String }],
      1100,
      "please use VarChar type instead",
    ],
    [[id, vector, { ...tags, elementType: DataType.None }], 1100, "data type None"],
    [
      [id, vector, { ...title, defaultValue: { data: { case: "longData" as const, value: 1n } } }],
      1100,
      "type (VarChar) of field (title) is not equal to the type(DataType_Int64) of default_value",
    ],
    [[id, vector, { ...title, dataType: DataType.Text }], 3000, "data type Text of field title"],
    [
      [id, vector, { ...title, isDynamic: true }],
      1100,
      "cannot explicitly set a field as a dynamic",
    ],
  ])("refuses fields %#", async (fields, code, text) => {
    const request = { collectionName: "films", schema: schemaBytes({ name: "films", fields }) };
    const status = await harness.fails("createCollection", request);
    expect(status.reason).toContain(text);
    expect(status.code).toBe(code);
  });

  it("refuses functions by name", async () => {
    const refuse = async (schema: Uint8Array<ArrayBuffer>) =>
      harness.fails("createCollection", { collectionName: "films", schema });
    const bm25 = {
      name: "words",
      type: FunctionType.BM25,
      inputFieldNames: ["title"],
      outputFieldNames: ["sparse"],
    };
    expect(await refuse(schemaBytes({ fields: filmFields, functions: [bm25] }))).toEqual({
      code: 3000,
      reason: "function words of type BM25 is not supported by Redkite yet: unsupported operation",
    });
  });

  it.each([
    ["1films", "the first character of a collection name must be an underscore or letter"],
    ["a b", "can only contain numbers, letters and underscores"],
    ["x".repeat(256), "the length of a collection name must be less than 255 characters"],
    ["", "collection name should not be empty"],
  ])("refuses the name %j", async (collectionName, text) => {
    const status = await harness.fails("createCollection", { collectionName, schema: filmsSchema });
    expect(status.code).toBe(1100);
    expect(status.reason).toContain(`Invalid collection name: ${collectionName}. `);
    expect(status.reason).toContain(text);
    expect(status.reason).toMatch(/: invalid parameter$/);
  });
});

describe("DescribeCollection", () => {
  it("says in its own words that there is no such collection", async () => {
    const answer = await harness.call("describeCollection", { collectionName: "x" });
    expect(answer.status).toMatchObject({
      code: 100,
      errorCode: 4,
      reason: "can't find collection[database=default][collection=x]",
      extraInfo: { is_input_error: "true" },
    });
  });

  it("finds collections by alias and by id", async () => {
    await harness.ok("createCollection", { collectionName: "films", schema: filmsSchema });
    await harness.ok("createAlias", { collectionName: "films", alias: "movies" });
    const byAlias = await harness.ok("describeCollection", { collectionName: "movies" });
    expect(byAlias).toMatchObject({ collectionName: "films", aliases: ["movies"] });
    const { collectionID } = byAlias;
    const byId = await harness.ok("describeCollection", { collectionID });
    expect(byId.collectionName).toBe("films");
  });
});

describe("DropCollection", () => {
  it("drops, and is content when there is nothing to drop", async () => {
    await harness.ok("createCollection", { collectionName: "films", schema: filmsSchema });
    await harness.ok("dropCollection", { collectionName: "films" });
    await harness.ok("dropCollection", { collectionName: "films" });
    const has = await harness.ok("hasCollection", { collectionName: "films" });
    expect(has.value).toBe(false);
  });

  it("refuses an alias", async () => {
    await harness.ok("createCollection", { collectionName: "films", schema: filmsSchema });
    await harness.ok("createAlias", { collectionName: "films", alias: "movies" });
    const status = await harness.fails("dropCollection", { collectionName: "movies" });
    expect(status.reason).toContain("cannot drop the collection via alias = movies");
  });
});

describe("ShowCollections", () => {
  it("lists all, or the loaded ones", async () => {
    await makeFilms(harness);
    await harness.ok("createCollection", { collectionName: "other", schema: filmsSchema });
    const all = await harness.ok("showCollections", {});
    expect(all.collectionNames).toEqual(["films", "other"]);
    expect(all.inMemoryPercentages).toEqual([100n, 0n]);
    const loaded = await harness.ok("showCollections", { type: ShowType.InMemory });
    expect(loaded.collectionNames).toEqual(["films"]);
  });
});

describe("RenameCollection", () => {
  it("renames, also into another database", async () => {
    await harness.ok("createCollection", { collectionName: "films", schema: filmsSchema });
    await harness.ok("renameCollection", { oldName: "films", newName: "movies" });
    await harness.ok("createDatabase", { dbName: "archive" });
    await harness.ok("renameCollection", {
      oldName: "movies",
      newName: "movies",
      newDBName: "archive",
    });
    const moved = await harness.ok("describeCollection", {
      dbName: "archive",
      collectionName: "movies",
    });
    expect(moved.dbName).toBe("archive");
  });

  it("refuses the name it has", async () => {
    await harness.ok("createCollection", { collectionName: "films", schema: filmsSchema });
    const status = await harness.fails("renameCollection", { oldName: "films", newName: "films" });
    expect(status).toEqual({
      code: 1100,
      reason: "collection name or database name should be different: invalid parameter",
    });
  });
});

describe("AlterCollection", () => {
  it("sets and removes properties", async () => {
    await harness.ok("createCollection", { collectionName: "films", schema: filmsSchema });
    const set = pairs({ "mmap.enabled": "true", owner: "me" });
    await harness.ok("alterCollection", { collectionName: "films", properties: set });
    await harness.ok("alterCollection", { collectionName: "films", deleteKeys: ["mmap.enabled"] });
    const { properties } = await harness.ok("describeCollection", { collectionName: "films" });
    expect(properties).toMatchObject([{ key: "owner", value: "me" }]);
  });

  it("refuses to change nothing", async () => {
    await harness.ok("createCollection", { collectionName: "films", schema: filmsSchema });
    const status = await harness.fails("alterCollection", { collectionName: "films" });
    expect(status.reason).toBe("no properties or delete keys provided: invalid parameter");
  });
});

describe("GetLoadState", () => {
  it("tells missing, released and loaded collections apart", async () => {
    const stateOf = async () =>
      (await harness.ok("getLoadState", { collectionName: "films" })).state;
    expect(await stateOf()).toBe(LoadState.LoadStateNotExist);
    await makeFilms(harness);
    expect(await stateOf()).toBe(LoadState.LoadStateLoaded);
    await harness.ok("releaseCollection", { collectionName: "films" });
    expect(await stateOf()).toBe(LoadState.LoadStateNotLoad);
  });
});

describe("LoadCollection", () => {
  it("needs an index on each vector field", async () => {
    await harness.ok("createCollection", { collectionName: "films", schema: filmsSchema });
    expect(await harness.fails("loadCollection", { collectionName: "films" })).toEqual({
      code: 700,
      reason:
        "there is no vector index on field: [vector], please create index firstly: index not found[collection=films]",
    });
  });

  it("is complete at once", async () => {
    await makeFilms(harness);
    const answer = await harness.ok("getLoadingProgress", { collectionName: "films" });
    expect(answer).toMatchObject({ progress: 100n, refreshProgress: 100n });
    await harness.ok("releaseCollection", { collectionName: "films" });
    expect(await harness.fails("getLoadingProgress", { collectionName: "films" })).toEqual({
      code: 101,
      reason: "collection not loaded[collection=films]",
    });
  });
});

describe("Partitions", () => {
  it("are made, listed, counted and dropped", async () => {
    await makeFilms(harness);
    const name = { collectionName: "films", partitionName: "old" };
    await harness.ok("createPartition", name);
    await harness.ok("createPartition", name);
    expect((await harness.ok("hasPartition", name)).value).toBe(true);
    const shown = await harness.ok("showPartitions", { collectionName: "films" });
    expect(shown.partitionNames).toEqual(["_default", "old"]);
    const { stats } = await harness.ok("getPartitionStatistics", {
      collectionName: "films",
      partitionName: "_default",
    });
    expect(stats).toMatchObject([{ key: "row_count", value: "4" }]);
    expect(await harness.fails("getPartitionStatistics", { ...name, partitionName: "p" })).toEqual({
      code: 200,
      reason: "partition not found[partition=p]",
    });
    expect((await harness.fails("dropPartition", name)).reason).toBe(
      "partition cannot be dropped, partition is loaded, please release it first: invalid parameter",
    );
    await harness.ok("releaseCollection", { collectionName: "films" });
    await harness.ok("dropPartition", name);
    await harness.ok("dropPartition", name);
    expect((await harness.ok("hasPartition", name)).value).toBe(false);
  });
});

describe("Aliases", () => {
  it("are made, moved, described, listed and dropped", async () => {
    await harness.ok("createCollection", { collectionName: "films", schema: filmsSchema });
    await harness.ok("createCollection", { collectionName: "shorts", schema: filmsSchema });
    await harness.ok("createAlias", { collectionName: "films", alias: "movies" });
    await harness.ok("alterAlias", { collectionName: "shorts", alias: "movies" });
    expect(await harness.ok("describeAlias", { alias: "movies" })).toMatchObject({
      dbName: "default",
      alias: "movies",
      collection: "shorts",
    });
    const listed = await harness.ok("listAliases", { collectionName: "shorts" });
    expect(listed.aliases).toEqual(["movies"]);
    await harness.ok("dropAlias", { alias: "movies" });
    expect(await harness.fails("describeAlias", { alias: "movies" })).toEqual({
      code: 1600,
      reason: "alias not found[database=default][alias=movies]",
    });
  });

  it("refuse the name of a collection and of another's alias", async () => {
    await harness.ok("createCollection", { collectionName: "films", schema: filmsSchema });
    await harness.ok("createCollection", { collectionName: "shorts", schema: filmsSchema });
    await harness.ok("createAlias", { collectionName: "films", alias: "movies" });
    expect(
      await harness.fails("createAlias", { collectionName: "films", alias: "shorts" }),
    ).toEqual({
      code: 1601,
      reason: "alias and collection name conflict[database=default][alias=shorts]",
    });
    const taken = await harness.fails("createAlias", { collectionName: "shorts", alias: "movies" });
    expect(taken.code).toBe(1602);
    expect(taken.reason).toContain("movies is alias to another collection: films");
  });
});

describe("Databases", () => {
  it("are made, altered, listed and dropped", async () => {
    await harness.ok("createDatabase", { dbName: "archive", properties: pairs({ a: "1" }) });
    await harness.ok("alterDatabase", { dbName: "archive", properties: pairs({ b: "2" }) });
    const info = await harness.ok("describeDatabase", { dbName: "archive" });
    expect(info.properties).toMatchObject(pairs({ a: "1", b: "2" }));
    expect((await harness.ok("listDatabases", {})).dbNames).toEqual(["default", "archive"]);
    await harness.ok("dropDatabase", { dbName: "archive" });
    expect((await harness.ok("listDatabases", {})).dbNames).toEqual(["default"]);
  });

  it.each([
    [
      "1a",
      802,
      "the first character of a database name must be an underscore or letter: invalid database name[database=1a]",
    ],
    ["default", 65_535, "database already exist: default"],
  ])("refuse to be called %s", async (dbName, code, reason) => {
    expect(await harness.fails("createDatabase", { dbName })).toEqual({ code, reason });
  });

  it("must be empty, and not the default one, to be dropped", async () => {
    await harness.ok("createDatabase", { dbName: "archive" });
    await harness.ok("createCollection", {
      dbName: "archive",
      collectionName: "films",
      schema: filmsSchema,
    });
    const full = await harness.fails("dropDatabase", { dbName: "archive" });
    expect(full.reason).toBe(
      "database:archive not empty, must drop all collections before drop database",
    );
    const builtIn = await harness.fails("dropDatabase", { dbName: "default" });
    expect(builtIn.reason).toContain("can not drop default database");
    const missing = await harness.fails("showCollections", { dbName: "nowhere" });
    expect(missing).toEqual({ code: 800, reason: "database not found[database=nowhere]" });
  });
});
