import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { must } from "../../src/base/assert.ts";
import type { ArrayChange, Collection, Row } from "../../src/index.ts";
import { columnOf } from "../../src/schema/column-of-values.ts";
import { ReopenedDatabase } from "../kit/reopened.ts";

let shelf: ReopenedDatabase;
let films: Collection;

beforeEach(async () => {
  shelf = new ReopenedDatabase();
  films = await (await shelf.open()).createCollection({
    name: "films",
    dynamicField: true,
    fields: [
      { name: "id", type: "Int64", primaryKey: true },
      { name: "title", type: "VarChar", maxLength: 16 },
      { name: "year", type: "Int32", nullable: true },
      { name: "vector", type: "FloatVector", dim: 2 },
    ],
  });
});
afterEach(() => shelf.close());

const row = (id: number) => ({ id, title: `film ${id}`, year: id, vector: [id, 1], stars: id });
const shown = async () => films.queryRows({ outputFields: ["title", "year", "stars", "vector"] });
const expected = (id: number, more: object = {}) => ({
  id: BigInt(id),
  title: `film ${id}`,
  year: id,
  stars: id,
  vector: Float32Array.of(id, 1),
  ...more,
});

describe("Collection.update()", () => {
  it("keeps the fields that are not given, of rows in memory and on the disk", async () => {
    await films.insert([row(1), row(2)]);
    await films.flush();
    await films.insert([row(3)]);
    const result = await films.update([
      { id: 3, title: "three" },
      { id: 1, title: "one" },
    ]);
    expect(result.count).toBe(2);
    const after = [expected(1, { title: "one" }), expected(2), expected(3, { title: "three" })];
    expect(await shown()).toEqual(after);
    expect(films.rowCount).toBe(3);
    await shelf.losePower();
    films = (await shelf.open()).collection("films");
    expect(await shown()).toEqual(after);
  });

  it("merges the keys of the dynamic field, and sets fields to null", async () => {
    await films.insert([{ ...row(1), mood: "dark" }]);
    await films.update([{ id: 1, year: null, stars: 5 }]);
    expect(await films.queryRows({ outputFields: ["year", "stars", "mood"] })).toEqual([
      { id: 1n, year: null, stars: 5, mood: "dark" },
    ]);
  });

  it("changes the newest of rows with the same key, and leaves one", async () => {
    await films.insert([row(1)]);
    await films.flush();
    await films.insert([{ ...row(1), title: "newer" }]);
    await films.update([{ id: 1, year: 7 }]);
    expect(await shown()).toEqual([expected(1, { title: "newer", year: 7 })]);
    expect(films.rowCount).toBe(1);
  });

  it("inserts rows with new keys, which need all that has no default", async () => {
    await films.update([{ id: 1, title: "new", vector: [1, 1] }]);
    expect(await shown()).toEqual([
      { id: 1n, title: "new", year: null, vector: Float32Array.of(1, 1) },
    ]);
    await expect(films.update([{ id: 2, title: "no vector" }])).rejects.toMatchObject({
      code: "schema-mismatch",
      message: "fieldSchema(vector) has no corresponding fieldData pass in",
    });
    await expect(films.update([{ title: "no key" }])).rejects.toMatchObject({
      code: "schema-mismatch",
    });
    await expect(
      films.update([
        { id: 1, year: 1 },
        { id: 1, year: 2 },
      ]),
    ).rejects.toMatchObject({ code: "duplicate-key" });
    expect(films.rowCount).toBe(1);
  });

  it("leaves rows in their partition unless one is named", async () => {
    await films.createPartition("old");
    await films.insert([row(1)], "old");
    await films.update([{ id: 1, year: 5 }]);
    expect(await films.queryRows({ partitions: ["old"] })).toHaveLength(1);
    await films.update([{ id: 1, year: 6 }], "_default");
    expect(await films.queryRows({ partitions: ["old"] })).toHaveLength(0);
    expect(await shown()).toEqual([expected(1, { year: 6 })]);
  });

  it("loses no change when many come at once", async () => {
    await films.insert([row(1)]);
    const fields = ["title", "year", "stars", "a", "b", "c", "d", "e"];
    const value = (name: string) => (name === "title" ? "t" : 9);
    await Promise.all([
      ...fields.map((name) => films.update([{ id: 1, [name]: value(name) }])),
      films.insert([row(2)]),
      films.flush(),
    ]);
    const [found] = await films.queryRows({ filter: "id == 1", outputFields: ["*"] });
    for (const name of fields) expect(found[name]).toBe(value(name));
    expect(films.rowCount).toBe(2);
  });
});

describe("Collection.updateColumns() with changes of arrays", () => {
  type Changes = Readonly<Record<string, ArrayChange>>;
  const definition = {
    name: "shelves",
    fields: [
      { name: "id", type: "Int64", primaryKey: true },
      { name: "numbers", type: "Array", elementType: "Int64", maxCapacity: 5, nullable: true },
      { name: "words", type: "Array", elementType: "VarChar", maxLength: 9, maxCapacity: 5 },
      { name: "ratios", type: "Array", elementType: "Float", maxCapacity: 5, nullable: true },
      { name: "vector", type: "FloatVector", dim: 2, nullable: true },
    ],
  } as const;
  let shelves: Collection;
  beforeEach(async () => {
    shelves = await (await shelf.open()).createCollection(definition);
    await shelves.insert([
      { id: 1, numbers: [1, 2, 1, 3], words: ["a", "b"], ratios: [0.1, 0.5], vector: null },
      { id: 2, numbers: null, words: [], ratios: null, vector: null },
    ]);
    await shelves.flush();
  });

  const change = (rows: readonly Row[], changes: Changes) => {
    const { fields } = shelves.schema;
    const given = definition.fields.filter(({ name }) => name in rows[0]);
    const columns = given.map(({ name }) => {
      const field = must(
        fields.find((other) => other.name === name),
        name,
      );
      return [
        name,
        columnOf(
          field,
          rows.map((row) => row[name]),
        ),
      ] as const;
    });
    return shelves.updateColumns({
      rowCount: rows.length,
      columns: new Map(columns),
      arrayChanges: new Map(Object.entries(changes)),
    });
  };
  const kept = async () => shelves.queryRows({ outputFields: ["numbers", "words", "ratios"] });

  it("adds elements at the end, to nothing too, and those of null not", async () => {
    await change(
      [
        { id: 1, numbers: [1], words: ["c", "a"] },
        { id: 2, numbers: [2n ** 60n], words: ["d"] },
      ],
      { numbers: "append", words: "append" },
    );
    await change([{ id: 1, numbers: null }], { numbers: "append" });
    expect(await kept()).toEqual([
      {
        id: 1n,
        numbers: [1n, 2n, 1n, 3n, 1n],
        words: ["a", "b", "c", "a"],
        ratios: [0.1, 0.5].map(Math.fround),
      },
      { id: 2n, numbers: [2n ** 60n], words: ["d"], ratios: null },
    ]);
  });

  it("takes out each of the elements, wherever it is", async () => {
    await change([{ id: 1, numbers: [1, 9], words: [], ratios: [0.1] }], {
      numbers: "remove",
      words: "remove",
      ratios: "remove",
    });
    expect((await kept())[0]).toEqual({
      id: 1n,
      numbers: [2n, 3n],
      words: ["a", "b"],
      ratios: [0.5],
    });
  });

  it("leaves all as it was when an array would be too long", async () => {
    const before = await kept();
    const rows = [
      { id: 2, numbers: [1, 2] },
      { id: 1, numbers: [1, 2] },
    ];
    await expect(change(rows, { numbers: "append" })).rejects.toThrow(
      "array length 6 exceeds max_capacity 5",
    );
    expect(await kept()).toEqual(before);
  });

  it("begins with nothing in rows with new keys", async () => {
    await change(
      [
        { id: 7, numbers: [1], words: ["x"] },
        { id: 8, numbers: [1], words: ["y"] },
      ],
      { numbers: "append", words: "remove" },
    );
    expect((await kept()).slice(2)).toEqual([
      { id: 7n, numbers: [1n], words: [], ratios: null },
      { id: 8n, numbers: [1n], words: [], ratios: null },
    ]);
  });
});
