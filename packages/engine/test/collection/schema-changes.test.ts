import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { must } from "../../src/base/assert.ts";
import type { Collection } from "../../src/index.ts";
import type { Column } from "../../src/schema/column.ts";
import { columnOf } from "../../src/schema/column-of-values.ts";
import { ReopenedDatabase } from "../kit/reopened.ts";

let shelf: ReopenedDatabase;
let films: Collection;

beforeEach(async () => {
  shelf = new ReopenedDatabase();
  films = await (await shelf.open()).createCollection({
    name: "films",
    fields: [
      { name: "id", type: "Int64", primaryKey: true },
      { name: "title", type: "VarChar", maxLength: 16 },
      { name: "vector", type: "FloatVector", dim: 2 },
    ],
  });
});
afterEach(() => shelf.close());

const rows = (ids: number[], more: object = {}) =>
  ids.map((id) => ({ id, title: `film ${id}`, vector: [id, 1], ...more }));

async function valuesOf(name: string): Promise<unknown[]> {
  return (await films.queryRows({ outputFields: [name] })).map((row) => row[name]);
}

async function afterRestart(): Promise<Collection> {
  return (await shelf.reopen()).collection("films");
}

async function afterPowerLoss(): Promise<Collection> {
  return (await shelf.losePower()).collection("films");
}

const year = { name: "year", type: "Int32", nullable: true } as const;

describe("Collection.addField() of wide vectors", () => {
  it("takes no memory for the rows that are there: their zeros would be more than fits", async () => {
    const rowCount = 40_000;
    const titles = Array.from({ length: rowCount }, () => "film");
    const keys = BigInt64Array.from(titles, (_, i) => BigInt(i));
    const vectors = new Float32Array(2 * rowCount);
    const { schema } = films;
    const title = must(schema.fields[1], "title");
    const columns = new Map<string, Column>([
      ["id", { layout: "fixed", rowCount, values: keys }],
      ["title", columnOf(title, titles)],
      ["vector", { layout: "vector", element: "float32", dim: 2, rowCount, values: vectors }],
    ]);
    await films.insertColumns({ rowCount, columns });
    await films.flush();
    const dim = 32_768;
    await films.addField({ name: "wide", type: "FloatVector", dim, nullable: true });
    await films.createIndex({ field: "wide", type: "FLAT", metric: "L2" });
    const search = { field: "wide", vectors: new Float32Array(dim), k: 3, outputFields: ["wide"] };
    expect((await films.search(search)).counts).toEqual(Uint32Array.of(0));

    await films.insert(rows([rowCount], { wide: new Float32Array(dim).fill(1) }));
    await films.compact();
    expect(films.segments().map((segment) => segment.rowCount)).toEqual([rowCount, 1]);
    expect((await films.search(search)).keys).toMatchObject({ values: BigInt64Array.of(40_000n) });
    await films.delete({ keys: [0] });
    await films.compact();
    expect(films.rowCount).toBe(rowCount);
    expect(await films.get([1], { outputFields: ["wide"] })).toEqual([{ id: 1n, wide: null }]);
  });
});

describe("Collection.addField()", () => {
  beforeEach(async () => {
    await films.insert(rows([1]));
    await films.flush();
    await films.insert(rows([2]));
  });

  it("shows null for rows written before, on the disk and in memory", async () => {
    await films.addField(year);
    await films.insert(rows([3], { year: 1999 }));
    expect(await valuesOf("year")).toEqual([null, null, 1999]);
    expect(await films.queryRows({ filter: "year is null" })).toHaveLength(2);
    expect(await films.queryRows({ filter: "year == 1999" })).toMatchObject([{ id: 3n }]);
  });

  it("shows the default value where there is one", async () => {
    await films.addField({ ...year, defaultValue: 1970n });
    await films.insert(rows([3], { year: 1999 }));
    expect(await valuesOf("year")).toEqual([1970, 1970, 1999]);
    expect(await films.queryRows({ filter: "year < 1980" })).toHaveLength(2);
  });

  it("shows the same after a restart, a loss of power, a flush and a compaction", async () => {
    await films.addField({ ...year, defaultValue: 1970n });
    await films.insert(rows([3], { year: 1999 }));
    films = await afterPowerLoss();
    expect(await valuesOf("year")).toEqual([1970, 1970, 1999]);
    await films.flush();
    expect(await valuesOf("year")).toEqual([1970, 1970, 1999]);
    films = await afterRestart();
    expect(await valuesOf("year")).toEqual([1970, 1970, 1999]);
    await films.compact();
    expect(films.segments()).toHaveLength(1);
    expect(await valuesOf("year")).toEqual([1970, 1970, 1999]);
    films = await afterRestart();
    expect(await valuesOf("year")).toEqual([1970, 1970, 1999]);
  });

  it("adds vector fields, which rows written before are not found by", async () => {
    await films.addField({ name: "image", type: "FloatVector", dim: 3, nullable: true });
    await films.insert(rows([3], { image: [1, 2, 3] }));
    await films.createIndex({ field: "image", type: "FLAT", metric: "L2" });
    const search = { field: "image", vectors: Float32Array.of(0, 0, 0), k: 10 };
    expect(await films.searchRows(search)).toMatchObject([[{ key: 3n }]]);
    films = await afterRestart();
    expect(await films.searchRows(search)).toMatchObject([[{ key: 3n }]]);
    await films.compact();
    expect(await films.searchRows(search)).toMatchObject([[{ key: 3n }]]);
    const found = await films.queryRows({ outputFields: ["image"] });
    expect(found.map((row) => row["image"])).toEqual([null, null, Float32Array.of(1, 2, 3)]);
  });

  it("adds arrays of structs", async () => {
    await films.addStruct({
      name: "clips",
      nullable: true,
      fields: [
        { name: "seconds", type: "Array", elementType: "Int32", maxCapacity: 4 },
        {
          name: "frame",
          type: "ArrayOfVector",
          elementType: "FloatVector",
          dim: 2,
          maxCapacity: 4,
        },
      ],
    });
    await films.insert(rows([3], { clips: [{ seconds: 5, frame: [1, 0] }] }));
    films = await afterPowerLoss();
    expect(await valuesOf("clips")).toEqual([
      null,
      null,
      [{ seconds: 5, frame: Float32Array.of(1, 0) }],
    ]);
  });

  it.each([
    [{ ...year, nullable: false }, "added field must be nullable, please check it"],
    [{ ...year, name: "title" }, "duplicated field name title"],
    [{ ...year, primaryKey: true }, "not support to add pk field"],
    [{ ...year, type: "Int64" as const, partitionKey: true }, "not support to add partition key"],
  ])("refuses %j, and changes nothing", async (field, text) => {
    const before = films.updatedAt;
    await expect(films.addField(field)).rejects.toThrow(text);
    expect(films.updatedAt).toBe(before);
    expect(films.schema.fields).toHaveLength(3);
  });

  it("tells by version and time that the schema has changed", async () => {
    const { updatedAt } = films;
    expect(films.schemaVersion).toBe(0);
    await films.addField(year);
    expect(films.schemaVersion).toBe(1);
    expect(films.updatedAt).toBeGreaterThan(updatedAt);
  });

  it("completes writes that were under way", async () => {
    const writing = films.insert(rows([3]));
    await films.addField({ ...year, defaultValue: 1970n });
    await writing;
    expect(await valuesOf("year")).toEqual([1970, 1970, 1970]);
  });
});

describe("Collection.dropField()", () => {
  beforeEach(async () => {
    await films.addField(year);
    await films.createIndex({ field: "year", type: "INVERTED" });
    await films.insert(rows([1], { year: 1 }));
    await films.flush();
    await films.insert(rows([2], { year: 2 }));
  });

  it("takes the field, its values and its index away", async () => {
    await films.dropField("year");
    expect(films.schema.fields.map(({ name }) => name)).toEqual(["id", "title", "vector"]);
    expect(films.listIndexes().map(({ field }) => field)).toEqual(["vector"]);
    await expect(films.queryRows({ outputFields: ["year"] })).rejects.toThrow(
      "field year not exist",
    );
    await films.insert(rows([3]));
    expect(await valuesOf("title")).toEqual(["film 1", "film 2", "film 3"]);
    films = await afterPowerLoss();
    expect(await valuesOf("title")).toEqual(["film 1", "film 2", "film 3"]);
  });

  it("does not bring values back when the name is used again", async () => {
    await films.dropField("year");
    await films.addField(year);
    expect(await valuesOf("year")).toEqual([null, null]);
    await films.insert(rows([3], { year: 3 }));
    films = await afterRestart();
    expect(await valuesOf("year")).toEqual([null, null, 3]);
    await films.compact();
    expect(await valuesOf("year")).toEqual([null, null, 3]);
  });

  it("leaves an iteration that is under way its schema", async () => {
    await films.insert(rows([3], { year: 3 }));
    const iterator = films.searchIterator({
      field: "vector",
      vectors: Float32Array.of(0, 0),
      batchSize: 1,
      outputFields: ["year"],
    });
    await iterator.next();
    await films.dropField("year");
    await films.compact();
    const { value, done } = await iterator.next();
    expect(done).toBe(false);
    expect(value?.fields.map(({ name }) => name)).toEqual(["year"]);
    await iterator.return(undefined);
  });

  it.each([
    ["id", "cannot drop primary key field: id"],
    ["vector", "cannot drop the last vector field: vector"],
    ["missing", "field not found: missing"],
    ["", "field name is empty"],
  ])("refuses %j", async (name, text) => {
    await expect(films.dropField(name)).rejects.toThrow(text);
  });

  it("refuses the field that rows expire by", async () => {
    await films.addField({ name: "until", type: "Timestamptz", nullable: true });
    await films.alterProperties({ set: { ttl_field: "until" } });
    await expect(films.dropField("until")).rejects.toThrow(
      "cannot drop field until because it is referenced by collection property ttl_field, drop the property first",
    );
    await films.alterProperties({ remove: ["ttl_field"] });
    await films.dropField("until");
  });
});

describe("Collection.alterField()", () => {
  it("lets longer values in", async () => {
    const long = [{ id: 1, title: "x".repeat(17), vector: [1, 1] }];
    await expect(films.insert(long)).rejects.toThrow("exceeds max length");
    await films.alterField("title", { maxLength: 20, description: "What it is called" });
    await films.insert(long);
    films = await afterRestart();
    expect(films.schema.fields[1]).toMatchObject({
      maxLength: 20,
      description: "What it is called",
    });
    await expect(films.alterField("vector", { maxLength: 20 })).rejects.toThrow(
      "can not modify the maxlength for non-string types",
    );
  });
});

describe("Collection.setDynamicField()", () => {
  it("lets rows carry any key, and takes all of them away", async () => {
    await films.insert(rows([1]));
    await films.flush();
    await films.insert(rows([2]));
    await films.setDynamicField(true);
    await films.insert(rows([3], { mood: "dark" }));
    expect(await films.queryRows({ filter: 'mood == "dark"', outputFields: ["mood"] })).toEqual([
      { id: 3n, mood: "dark" },
    ]);
    films = await afterPowerLoss();
    expect(await films.queryRows({ filter: "exists mood" })).toHaveLength(1);
    await films.setDynamicField(false);
    await expect(films.insert(rows([4], { mood: "light" }))).rejects.toThrow();
    await films.setDynamicField(true);
    expect(await films.queryRows({ filter: "exists mood" })).toEqual([]);
  });
});
