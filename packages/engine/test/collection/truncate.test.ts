import { afterEach, beforeEach, expect, it } from "vitest";
import type { Collection } from "../../src/index.ts";
import { ReopenedDatabase } from "../kit/reopened.ts";

let shelf: ReopenedDatabase;
let films: Collection;

beforeEach(async () => {
  shelf = new ReopenedDatabase();
  films = await (await shelf.open()).createCollection({
    name: "films",
    fields: [
      { name: "id", type: "Int64", primaryKey: true },
      { name: "vector", type: "FloatVector", dim: 2 },
    ],
  });
  await films.createPartition("old");
  await films.insert([{ id: 1, vector: [1, 1] }], "old");
  await films.flush();
  await films.insert([{ id: 2, vector: [2, 1] }]);
});
afterEach(() => shelf.close());

it("Collection.truncate() removes all rows for good, and leaves the rest", async () => {
  await films.truncate();
  expect(films.rowCount).toBe(0);
  expect(await films.queryRows({})).toEqual([]);
  films = (await shelf.losePower()).collection("films");
  expect(films.rowCount).toBe(0);
  expect(films.hasPartition("old")).toBe(true);
  expect(films.listIndexes()).toHaveLength(1);
  await films.insert([{ id: 1, vector: [3, 1] }]);
  films = (await shelf.reopen()).collection("films");
  expect(await films.queryRows({})).toHaveLength(1);
});

it("Collection.truncate() keeps rows that are written after it", async () => {
  const truncating = films.truncate();
  await truncating;
  await Promise.all([films.truncate(), films.flush(), films.compact()]);
  await films.insert([{ id: 5, vector: [5, 1] }]);
  expect(films.rowCount).toBe(1);
  films = (await shelf.losePower()).collection("films");
  expect(films.rowCount).toBe(1);
});
