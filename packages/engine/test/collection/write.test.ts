import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Collection, type Column, type Database, openDatabase } from "../../src/index.ts";

const vector = [1, 2];
const cycle: { self?: unknown } = {};
cycle.self = cycle;

describe("Collection writes", () => {
  let db: Database;
  let films: Collection;

  beforeEach(async () => {
    db = await openDatabase(":memory:");
    films = await db.createCollection({
      name: "films",
      dynamicField: true,
      fields: [
        { name: "id", type: "Int64", primaryKey: true },
        { name: "title", type: "VarChar", maxLength: 8 },
        { name: "year", type: "Int16", nullable: true },
        { name: "rating", type: "Float", defaultValue: 2.5 },
        {
          name: "tags",
          type: "Array",
          elementType: "VarChar",
          maxLength: 4,
          maxCapacity: 2,
          nullable: true,
        },
        { name: "vector", type: "FloatVector", dim: 2 },
      ],
    });
  });
  afterEach(() => db.close());

  test("Collection.insert() completes rows with defaults and nulls, and keeps dynamic keys", async () => {
    await films.insert([
      {
        id: 9007199254740993n,
        title: "Alien",
        vector,
        director: "Scott",
        budget: 9007199254740995n,
      },
      { id: 2, title: "Brazil", year: 1985, rating: null, tags: ["sf"], vector },
    ]);
    expect(await films.queryRows({ outputFields: ["*"] })).toEqual([
      {
        id: 2n,
        title: "Brazil",
        year: 1985,
        rating: 2.5,
        tags: ["sf"],
        vector: Float32Array.of(1, 2),
      },
      {
        id: 9007199254740993n,
        title: "Alien",
        year: null,
        rating: 2.5,
        tags: null,
        vector: Float32Array.of(1, 2),
        director: "Scott",
        budget: 9007199254740995n,
      },
    ]);
  });

  test.each([
    ["a vector of another dimension", { vector: [1, 2, 3] }, "dimension-mismatch"],
    ["a NaN in a vector", { vector: [1, Number.NaN] }, "invalid-parameter"],
    ["an infinity in a vector", { vector: [1, Number.POSITIVE_INFINITY] }, "invalid-parameter"],
    ["a NaN in a number", { rating: Number.NaN }, "invalid-parameter"],
    ["a missing field", { title: undefined }, "schema-mismatch"],
    ["a null where none may be", { title: null }, "schema-mismatch"],
    ["a string that is too long in bytes", { title: "ééééé" }, "schema-mismatch"],
    ["an integer out of its type's range", { year: 40000 }, "schema-mismatch"],
    ["an integer beyond int64", { id: 2n ** 63n }, "schema-mismatch"],
    ["an unsafe number for an int64", { id: 2 ** 53 }, "schema-mismatch"],
    ["a fraction for an integer", { year: 1.5 }, "schema-mismatch"],
    ["a value of another type", { title: 5 }, "schema-mismatch"],
    ["an array with too many elements", { tags: ["a", "b", "c"] }, "schema-mismatch"],
    ["an array with an element that is too long", { tags: ["abcde"] }, "schema-mismatch"],
    ["an array with a null", { tags: [null] }, "schema-mismatch"],
    ["the dynamic field as a key", { $meta: {} }, "schema-mismatch"],
    ["a dynamic value that is its own part", { x: cycle }, "schema-mismatch"],
    ["a dynamic value that is too long", { x: "a".repeat(70_000) }, "schema-mismatch"],
  ])("Collection.insert() refuses %s, and keeps nothing of the batch", async (_, change, code) => {
    const good = { id: 1, title: "ok", vector };
    await expect(films.insert([good, { ...good, id: 2, ...change }])).rejects.toMatchObject({
      code,
    });
    expect(films.rowCount).toBe(0);
    expect(await films.queryRows({})).toEqual([]);
  });

  test.each<[string, string, Column]>([
    ["too few values", "id", { layout: "fixed", rowCount: 2, values: BigInt64Array.of(1n) }],
    ["values of another kind", "id", { layout: "fixed", rowCount: 2, values: Int32Array.of(1, 2) }],
    [
      "a vector too short",
      "vector",
      { layout: "vector", element: "float32", rowCount: 2, dim: 2, values: new Float32Array(3) },
    ],
    [
      "offsets that descend",
      "title",
      { layout: "bytes", rowCount: 2, offsets: Uint32Array.of(0, 2, 1), bytes: new Uint8Array(2) },
    ],
    [
      "offsets past the end",
      "title",
      { layout: "bytes", rowCount: 2, offsets: Uint32Array.of(0, 1, 3), bytes: new Uint8Array(2) },
    ],
    [
      "rows of another count",
      "title",
      { layout: "bytes", rowCount: 1, offsets: Uint32Array.of(0, 1), bytes: new Uint8Array(1) },
    ],
    ["another layout", "title", { layout: "fixed", rowCount: 2, values: new Uint8Array(2) }],
  ])("Collection.insertColumns() refuses %s", async (_, name, column) => {
    const good: [string, Column][] = [
      ["id", { layout: "fixed", rowCount: 2, values: BigInt64Array.of(1n, 2n) }],
      [
        "title",
        {
          layout: "bytes",
          rowCount: 2,
          offsets: Uint32Array.of(0, 1, 2),
          bytes: Buffer.from("ab"),
        },
      ],
      [
        "vector",
        { layout: "vector", element: "float32", rowCount: 2, dim: 2, values: new Float32Array(4) },
      ],
    ];
    await films.insertColumns({ rowCount: 2, columns: new Map(good) });
    const columns = new Map(good).set(name, column);
    await expect(films.insertColumns({ rowCount: 2, columns })).rejects.toMatchObject({
      code: "schema-mismatch",
    });
    expect(films.rowCount).toBe(2);
  });

  test("Collection.insert() keeps both rows of a key, and reads show the newer one", async () => {
    await films.insert([{ id: 1, title: "old", vector }]);
    await films.flush();
    await films.insert([{ id: 1, title: "new", vector }]);
    expect(films.rowCount).toBe(2);
    expect(await films.queryRows({ outputFields: ["title"] })).toEqual([{ id: 1n, title: "new" }]);
    const [hits] = await films.searchRows({ vectors: Float32Array.from(vector), k: 10 });
    expect(hits.map(({ key }) => key)).toEqual([1n]);
  });

  test("Collection.upsert() replaces in every partition and refuses a key twice", async () => {
    await films.createPartition("p");
    await films.insert([{ id: 1, title: "old", vector }]);
    await films.flush();
    await films.upsert([{ id: 1, title: "new", vector }], "p");
    expect(await films.queryRows({ outputFields: ["title"] })).toEqual([{ id: 1n, title: "new" }]);
    expect(films.listPartitions().map(({ name, rowCount }) => [name, rowCount])).toEqual([
      ["_default", 0],
      ["p", 1],
    ]);
    const row = { id: 5, title: "twice", vector };
    await expect(films.upsert([row, row])).rejects.toMatchObject({ code: "duplicate-key" });
  });

  test("Collection.delete() by filter deletes what matches, in the partition if one is named", async () => {
    await films.createPartition("p");
    await films.insert([
      { id: 1, title: "a", vector },
      { id: 2, title: "b", vector },
    ]);
    await films.insert([{ id: 3, title: "a", vector }], "p");
    expect((await films.delete({ filter: 'title == "a"' }, "p")).count).toBe(1);
    expect((await films.queryRows({})).map((row) => row["id"])).toEqual([1n, 2n]);
    expect((await films.delete({ keys: [1n, 99n] })).count).toBe(2);
    expect((await films.queryRows({})).map((row) => row["id"])).toEqual([2n]);
    await expect(films.delete({ filter: " " })).rejects.toMatchObject({
      code: "invalid-parameter",
    });
  });

  test("Collection.get() finds by key in memory and on disk, and leaves out what is not there", async () => {
    await films.insert([{ id: 1, title: "a", vector }]);
    await films.flush();
    await films.insert([{ id: 2, title: "b", vector }]);
    await expect(films.get([1.5])).rejects.toMatchObject({ code: "filter-invalid" });
    const rows = await films.get([2, 1n, 7n], { outputFields: ["title"] });
    expect(rows).toEqual([
      { id: 1n, title: "a" },
      { id: 2n, title: "b" },
    ]);
  });

  test("a collection that makes its keys gives each row one, and refuses given ones", async () => {
    const logs = await db.createCollection({
      name: "logs",
      fields: [
        { name: "id", type: "Int64", primaryKey: true, autoId: true },
        { name: "vector", type: "FloatVector", dim: 2 },
      ],
    });
    const first = await logs.insert([{ vector }, { vector }]);
    const second = await logs.insert([{ vector }]);
    const keys = [first, second].flatMap(({ keys }) =>
      keys.layout === "fixed" ? [...keys.values] : [],
    );
    expect(new Set(keys).size).toBe(3);
    expect((await logs.queryRows({})).map((row) => row["id"])).toEqual([...keys].sort());
    await expect(logs.insert([{ id: 1, vector }])).rejects.toMatchObject({
      code: "schema-mismatch",
    });
  });

  test("a collection with string keys orders its rows by them", async () => {
    const words = await db.createCollection({
      name: "words",
      fields: [
        { name: "word", type: "VarChar", maxLength: 20, primaryKey: true },
        { name: "vector", type: "FloatVector", dim: 2 },
      ],
    });
    await words.insert(["pear", "apple", "Ähre", "fig"].map((word) => ({ word, vector })));
    await words.upsert([{ word: "fig", vector: [9, 9] }]);
    await words.delete({ keys: ["apple"] });
    const rows = await words.queryRows({ outputFields: ["vector"] });
    expect(rows.map((row) => row["word"])).toEqual(["fig", "pear", "Ähre"]);
    expect(rows[0]?.["vector"]).toEqual(Float32Array.of(9, 9));
  });
});
