import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Collection } from "../../src/index.ts";
import { ReopenedDatabase } from "../kit/reopened.ts";

let now: number;
let shelf: ReopenedDatabase;
let films: Collection;

beforeEach(async () => {
  now = 1_000_000_000_000;
  shelf = new ReopenedDatabase({ clock: { nowMs: () => now } });
  films = await (await shelf.open()).createCollection({
    name: "films",
    fields: [
      { name: "id", type: "Int64", primaryKey: true },
      { name: "until", type: "Timestamptz", nullable: true },
      { name: "vector", type: "FloatVector", dim: 2 },
    ],
  });
});
afterEach(() => shelf.close());

const row = (id: number, until: string | null = null) => ({ id, until, vector: [id, 1] });
const plain = (id: number) => ({ id, vector: [id, 1] });
const search = { vectors: Float32Array.of(0, 0), k: 10, field: "vector" };

async function seen(): Promise<number[]> {
  const queried = (await films.queryRows({})).map(({ id }) => Number(id));
  const [hits] = await films.searchRows(search);
  expect(hits.map(({ key }) => Number(key)).sort()).toEqual(queried);
  const { fields } = await films.query({ outputFields: ["count(*)"] });
  expect(fields[0].column).toMatchObject({ values: BigInt64Array.of(BigInt(queried.length)) });
  return queried;
}

describe("collection.ttl.seconds", () => {
  beforeEach(async () => {
    await films.alterProperties({ set: { "collection.ttl.seconds": "60" } });
    await films.insert([row(1, "2030-01-01T00:00:00Z")]);
    await films.flush();
    now += 40_000;
    await films.insert([row(2)]);
  });

  it("hides rows that are older, on the disk and in memory", async () => {
    expect(await seen()).toEqual([1, 2]);
    now += 30_000;
    expect(await seen()).toEqual([2]);
    await films.upsert([row(1)]);
    expect(await seen()).toEqual([1, 2]);
    now += 61_000;
    expect(await seen()).toEqual([]);
  });

  it("lets the next compaction drop them", async () => {
    now += 30_000;
    expect(films.rowCount).toBe(2);
    await films.compact();
    expect(films.rowCount).toBe(1);
    expect(await seen()).toEqual([2]);
    films = (await shelf.reopen()).collection("films");
    expect(await seen()).toEqual([2]);
  });

  it("is the end of a row for updates too, which then insert a new one", async () => {
    now += 30_000;
    await films.update([{ id: 1, vector: [1, 1] }]);
    const [updated] = await films.get([1], { outputFields: ["until"] });
    expect(updated).toEqual({ id: 1n, until: null });
    await expect(films.update([{ id: 3, until: null }])).rejects.toThrow(
      "fieldSchema(vector) has no corresponding fieldData pass in",
    );
    now += 61_000;
    await expect(films.update([{ id: 1, until: null }])).rejects.toThrow(
      "fieldSchema(vector) has no corresponding fieldData pass in",
    );
  });

  it("shows again what is not dropped once the property goes, or is 0", async () => {
    now += 70_000;
    expect(await seen()).toEqual([]);
    await films.alterProperties({ set: { "collection.ttl.seconds": "0" } });
    expect(await seen()).toEqual([1, 2]);
    await films.alterProperties({ remove: ["collection.ttl.seconds"] });
    expect(await seen()).toEqual([1, 2]);
  });
});

describe("ttl_field", () => {
  it("hides rows once their own time has come, and not those without one", async () => {
    await films.insert([
      row(1, new Date(now + 10_000).toISOString()),
      row(2, new Date(now + 20_000).toISOString()),
      row(3),
    ]);
    await films.alterProperties({ set: { ttl_field: "until" } });
    expect(await seen()).toEqual([1, 2, 3]);
    now += 10_000;
    expect(await seen()).toEqual([2, 3]);
    await films.flush();
    films = (await shelf.reopen()).collection("films");
    expect(await seen()).toEqual([2, 3]);
    await films.compact();
    expect(films.rowCount).toBe(2);
  });
});

describe("Database.maintain()", () => {
  let alone: ReopenedDatabase;
  beforeEach(async () => {
    alone = new ReopenedDatabase({ clock: { nowMs: () => now }, maintenance: true });
    films = await (await alone.open()).createCollection({
      name: "films",
      fields: [
        { name: "id", type: "Int64", primaryKey: true },
        { name: "vector", type: "FloatVector", dim: 2 },
      ],
      properties: { "collection.ttl.seconds": "60" },
    });
    await films.insert([plain(1), plain(2)]);
    await films.flush();
    await films.insert([plain(3)]);
  });
  afterEach(() => alone.close());

  it("drops expired rows of a collection that nobody writes to", async () => {
    now += 59_000;
    await (await alone.open()).maintain();
    expect(films.segments()).toMatchObject([{ rowCount: 2 }, { rowCount: 1, state: "growing" }]);
    now += 2_000;
    await (await alone.open()).maintain();
    expect(films.segments()).toEqual([]);
  });

  it("leaves a collection alone that is compacted by hand", async () => {
    await films.alterProperties({ set: { "collection.autocompaction.enabled": "false" } });
    now += 61_000;
    await (await alone.open()).maintain();
    expect(films.rowCount).toBe(3);
  });

  it("is called every ten minutes, until the database is closed", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    try {
      const database = await new ReopenedDatabase().open();
      const maintain = vi.spyOn(database, "maintain");
      await vi.advanceTimersByTimeAsync(20 * 60 * 1000);
      expect(maintain).toHaveBeenCalledTimes(2);
      await database.close();
      await vi.advanceTimersByTimeAsync(20 * 60 * 1000);
      expect(maintain).toHaveBeenCalledTimes(2);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("Collection.alterProperties()", () => {
  it.each([
    [{ "collection.ttl.seconds": "soon" }, "collection TTL is not a valid positive integer"],
    [{ "collection.ttl.seconds": "-2" }, "expect [-1, 3155760000], got -2"],
    [{ "collection.ttl.seconds": "3155760001" }, "expect [-1, 3155760000], got 3155760001"],
    [{ ttl_field: "missing" }, "ttl field name missing not found in schema"],
    [{ ttl_field: "id" }, "ttl field must be timestamptz, field name = id"],
    [
      { ttl_field: "until", "collection.ttl.seconds": "1" },
      "collection TTL and ttl field cannot be set at the same time",
    ],
    [{ "mmap.enabled": "maybe" }, "invalid mmap.enabled value: maybe, expected: true, false"],
    [{ timezone: "Mars/Base" }, "unknown or invalid IANA Time Zone ID: Mars/Base"],
    [{ timezone: "+01:00" }, "unknown or invalid IANA Time Zone ID: +01:00"],
    [
      { allow_insert_auto_id: "true" },
      "the value for allow_insert_auto_id must be false when autoID is false",
    ],
    [
      { "collection.autocompaction.enabled": "often" },
      "invalid collection.autocompaction.enabled value: often, expected: true, false",
    ],
  ])("refuses %j, and sets nothing", async (set, text) => {
    await expect(films.alterProperties({ set: { kept: "1", ...set } })).rejects.toMatchObject({
      code: "invalid-parameter",
      message: expect.stringContaining(text),
    });
    expect(films.properties).toEqual({});
  });

  it("refuses one time to live beside the other", async () => {
    await films.alterProperties({ set: { ttl_field: "until" } });
    await expect(films.alterProperties({ set: { "collection.ttl.seconds": "5" } })).rejects.toThrow(
      "ttl field is already exists, cannot be set collection TTL",
    );
    await films.alterProperties({ remove: ["ttl_field"] });
    await films.alterProperties({ set: { "collection.ttl.seconds": "5" } });
    await expect(films.alterProperties({ set: { ttl_field: "until" } })).rejects.toThrow(
      "collection TTL is already set, cannot be set ttl field",
    );
  });

  it("takes the limits of its values, and keeps names that mean nothing here", async () => {
    const set = { "collection.ttl.seconds": "3155760000", timezone: "Europe/Paris", any: "thing" };
    await films.alterProperties({ set, description: "x".repeat(1024), consistencyLevel: 1 });
    expect(films.properties).toEqual(set);
    expect(films.schema.description).toHaveLength(1024);
    expect(films.consistencyLevel).toBe(1);
    await expect(films.alterProperties({ description: "x".repeat(1025) })).rejects.toMatchObject({
      code: "schema-invalid",
    });
  });
});
