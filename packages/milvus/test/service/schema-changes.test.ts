import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DataType, FieldSchemaSchema } from "../../src/wire/gen/schema_pb.ts";
import {
  filmRows,
  floatVectors,
  Harness,
  longs,
  makeFilms,
  pairs,
  schemaBytes,
  texts,
} from "./service-harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await Harness.open();
  await makeFilms(harness);
});
afterEach(() => harness.close());

const films = { collectionName: "films" };

function fieldBytes(field: MessageInitShape<typeof FieldSchemaSchema>): Uint8Array<ArrayBuffer> {
  return toBinary(FieldSchemaSchema, create(FieldSchemaSchema, field));
}

const minutes = { name: "minutes", dataType: DataType.Int32, nullable: true };
const addMinutes = { ...films, schema: fieldBytes(minutes) };

async function names(): Promise<string[]> {
  const { schema } = await harness.ok("describeCollection", films);
  return (schema?.fields ?? []).map((field) => field.name);
}

describe("AddCollectionField", () => {
  it("adds a field, of which rows that are there have nulls", async () => {
    await harness.ok("addCollectionField", addMinutes);
    expect(await names()).toEqual(["id", "title", "year", "vector", "minutes"]);
    const { fieldsData } = await harness.ok("query", {
      ...films,
      expr: "minutes is null",
      outputFields: ["minutes"],
    });
    const found = fieldsData.find((field) => field.fieldName === "minutes");
    expect(found?.validData).toEqual([false, false, false, false]);
  });

  it("makes clients with the old schema read it again", async () => {
    const before = await harness.ok("describeCollection", films);
    await harness.ok("addCollectionField", addMinutes);
    const insert = { ...films, numRows: 4, fieldsData: filmRows() };
    const stale = { ...insert, schemaTimestamp: before.updateTimestamp };
    const answer = await harness.call("insert", stale);
    expect(answer.status).toMatchObject({ code: 109, errorCode: 62 });
    const after = await harness.ok("describeCollection", films);
    expect(after.updateTimestamp).toBeGreaterThan(before.updateTimestamp);
    await harness.ok("insert", { ...insert, schemaTimestamp: after.updateTimestamp });
  });

  it.each([
    [
      { ...minutes, nullable: false },
      "added field must be nullable, please check it, field name = minutes",
    ],
    [{ ...minutes, name: "title" }, "duplicated field name title"],
    [{ ...minutes, isPrimaryKey: true }, "not support to add pk field, field name = minutes"],
    [
      { ...minutes, isPartitionKey: true },
      "not support to add partition key field, field name  = minutes",
    ],
    [{ ...minutes, autoID: true }, "only primary field can speficy AutoID with true"],
  ])("refuses %j", async (field, text) => {
    const status = await harness.fails("addCollectionField", {
      ...films,
      schema: fieldBytes(field),
    });
    expect(status.code).toBe(1100);
    expect(status.reason).toContain(text);
    expect(await names()).toHaveLength(4);
  });

  it("refuses bytes that are no field", async () => {
    const status = await harness.fails("addCollectionField", {
      ...films,
      schema: Uint8Array.of(0x12, 0x7f),
    });
    expect(status.reason).toContain("cannot decode the request");
  });
});

describe("AddCollectionStructField", () => {
  it("adds an array of structs", async () => {
    await harness.ok("addCollectionStructField", {
      ...films,
      structArrayFieldSchema: {
        name: "clips",
        nullable: true,
        fields: [
          {
            name: "seconds",
            dataType: DataType.Array,
            elementType: DataType.Int32,
            typeParams: pairs({ max_capacity: "4" }),
          },
        ],
      },
    });
    const { schema } = await harness.ok("describeCollection", films);
    expect(schema?.structArrayFields.map(({ name }) => name)).toEqual(["clips"]);
    const status = await harness.fails("addCollectionStructField", films);
    expect(status.reason).toBe("struct array field schema is nil: invalid parameter");
  });
});

describe("AlterCollectionSchema", () => {
  const drop = (fieldName: string) => ({
    ...films,
    action: {
      op: {
        case: "dropRequest" as const,
        value: { identifier: { case: "fieldName" as const, value: fieldName } },
      },
    },
  });

  it("adds and drops fields", async () => {
    const fieldInfos = [{ fieldSchema: minutes }];
    await harness.ok("alterCollectionSchema", {
      ...films,
      action: { op: { case: "addRequest", value: { fieldInfos } } },
    });
    expect(await names()).toContain("minutes");
    await harness.ok("alterCollectionSchema", drop("minutes"));
    expect(await names()).not.toContain("minutes");
    const { schema } = await harness.ok("describeCollection", films);
    const fieldId = schema?.fields.find(({ name }) => name === "year")?.fieldID ?? 0n;
    const identifier = { case: "fieldId" as const, value: fieldId };
    await harness.ok("alterCollectionSchema", {
      ...films,
      action: { op: { case: "dropRequest", value: { identifier } } },
    });
    expect(await names()).toEqual(["id", "title", "vector"]);
    const { fieldsData } = await harness.ok("query", {
      ...films,
      expr: "id > 0",
      outputFields: ["*"],
    });
    expect(fieldsData.map((field) => field.fieldName).sort()).toEqual(["id", "title", "vector"]);
  });

  it.each([
    ["id", "cannot drop primary key field: id"],
    ["vector", "cannot drop the last vector field: vector"],
    ["missing", "field not found: missing"],
    ["", "field name is empty"],
  ])("refuses to drop %j", async (name, text) => {
    const status = await harness.fails("alterCollectionSchema", drop(name));
    expect(status).toEqual({ code: 1100, reason: `${text}: invalid parameter` });
  });

  it("refuses what names nothing", async () => {
    expect((await harness.fails("alterCollectionSchema", films)).reason).toContain("action is nil");
    const empty = { ...films, action: { op: { case: "dropRequest" as const, value: {} } } };
    expect(await harness.fails("alterCollectionSchema", empty)).toEqual({
      code: 1101,
      reason: "drop request must specify field_name, field_id, or function_name: missing parameter",
    });
  });
});

describe("AlterCollectionField", () => {
  const alter = (
    fieldName: string,
    properties: Record<string, string>,
    deleteKeys: string[] = [],
  ) => ({
    ...films,
    fieldName,
    properties: pairs(properties),
    deleteKeys,
  });

  it("lets longer values in", async () => {
    await harness.ok("alterCollectionField", alter("title", { max_length: "128" }));
    const { schema } = await harness.ok("describeCollection", films);
    expect(schema?.fields[1]?.typeParams).toContainEqual(
      expect.objectContaining({ key: "max_length", value: "128" }),
    );
  });

  it("keeps where a field lies, under both of its names, while the collection is released", async () => {
    expect(
      await harness.fails("alterCollectionField", alter("title", { mmap_enabled: "true" })),
    ).toEqual({
      code: 104,
      reason:
        "can not alter collection field properties if collection loaded: collection already loaded[collection=films]",
    });
    await harness.ok("releaseCollection", films);
    await harness.ok("alterCollectionField", alter("title", { mmap_enabled: "true" }));
    const paramsOf = async () =>
      (await harness.ok("describeCollection", films)).schema?.fields[1]?.typeParams.map(
        ({ key }) => key,
      );
    expect(await paramsOf()).toContain("mmap.enabled");
    await harness.ok("alterCollectionField", alter("title", {}, ["mmap.enabled"]));
    expect(await paramsOf()).not.toContain("mmap.enabled");
  });

  it.each([
    [alter("title", { max_length: "65536" }), "65536 exceeds the maximum allowed value 65535"],
    [alter("title", { max_length: "long" }), "max_length should be an integer, but got string"],
    [alter("year", { max_length: "5" }), "can not modify the maxlength for non-string types"],
    [alter("title", { max_capacity: "5" }), "can not modify the maxcapacity for non-array types"],
    [alter("title", { dim: "5" }), "dim does not allow update in collection field param"],
    [
      alter("title", {}, ["max_length"]),
      "max_length is not allowed to drop in collection field param",
    ],
    [alter("missing", { max_length: "5" }), "missing"],
  ])("refuses request %#", async (request, text) => {
    const status = await harness.fails("alterCollectionField", request);
    expect(status.code).toBe(1100);
    expect(status.reason).toContain(text);
  });
});

describe("TruncateCollection", () => {
  it("removes all rows", async () => {
    await harness.ok("truncateCollection", films);
    const { stats } = await harness.ok("getCollectionStatistics", films);
    expect(stats).toMatchObject([{ key: "row_count", value: "0" }]);
    expect(await harness.fails("truncateCollection", { collectionName: "x" })).toMatchObject({
      code: 100,
    });
  });
});

describe("a collection with a partition key", () => {
  beforeEach(async () => {
    const owned = [
      { name: "id", dataType: DataType.Int64, isPrimaryKey: true },
      {
        name: "owner",
        dataType: DataType.VarChar,
        isPartitionKey: true,
        typeParams: pairs({ max_length: "9" }),
      },
      { name: "vector", dataType: DataType.FloatVector, typeParams: pairs({ dim: "2" }) },
    ];
    await harness.ok("createCollection", {
      collectionName: "owned",
      schema: schemaBytes({ name: "owned", fields: owned }),
      numPartitions: 4n,
    });
    await harness.ok("createIndex", {
      collectionName: "owned",
      fieldName: "vector",
      extraParams: pairs({ index_type: "FLAT", metric_type: "L2" }),
    });
    await harness.ok("loadCollection", { collectionName: "owned" });
    await harness.ok("insert", {
      collectionName: "owned",
      numRows: 2,
      fieldsData: [
        longs("id", [1n, 2n]),
        texts("owner", ["ada", "bob"]),
        floatVectors("vector", [
          [1, 0],
          [0, 1],
        ]),
      ],
    });
  });

  const owned = { collectionName: "owned" };

  it("tells its partitions, and finds rows by the key", async () => {
    const { partitionNames } = await harness.ok("showPartitions", owned);
    expect(partitionNames).toEqual(["_default_0", "_default_1", "_default_2", "_default_3"]);
    expect(await harness.ok("describeCollection", owned)).toMatchObject({ numPartitions: 4n });
    const { fieldsData } = await harness.ok("query", { ...owned, expr: 'owner == "ada"' });
    expect(fieldsData).toHaveLength(1);
  });

  it("refuses partitions that callers choose", async () => {
    const named = { ...owned, partitionName: "_default_0" };
    const names = { ...owned, partitionNames: ["_default_0"] };
    const text = (verb: string) => ({
      code: 1100,
      reason: `disable ${verb} if partition key mode is used: invalid parameter`,
    });
    expect(await harness.fails("createPartition", { ...owned, partitionName: "p" })).toEqual(
      text("create partition"),
    );
    expect(await harness.fails("dropPartition", named)).toEqual(text("drop partition"));
    expect(await harness.fails("loadPartitions", names)).toEqual(text("load partitions"));
    expect(await harness.fails("releasePartitions", names)).toEqual(text("release partitions"));
    const status = await harness.fails("query", { ...names, expr: "id > 0" });
    expect(status.reason).toContain(
      "not support manually specifying the partition names if partition key mode is used",
    );
  });

  it("keeps isolation apart from collections without a key and with an index", async () => {
    const isolation = pairs({ "partitionkey.isolation": "true" });
    expect(await harness.fails("alterCollection", { ...films, properties: isolation })).toEqual({
      code: 105,
      reason:
        "partition key isolation mode is enabled but no partition key field is set. Please set the partition key first: illegal collection schema[collectionName=films]",
    });
    const indexed = await harness.fails("alterCollection", { ...owned, properties: isolation });
    expect(indexed.code).toBe(702);
    expect(indexed.reason).toContain(
      "can not alter partition key isolation mode if the collection already has a vector index",
    );
    await harness.ok("releaseCollection", owned);
    await harness.ok("dropIndex", { ...owned, fieldName: "vector" });
    await harness.ok("alterCollection", { ...owned, properties: isolation });
  });
});
