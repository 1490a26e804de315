import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HybridClock } from "../../src/base/clock.ts";
import { insertBatch } from "../../src/collection/collection-writer.ts";
import { createCollectionStore } from "../../src/collection/create-collection-store.ts";
import { partitionIndexAt } from "../../src/collection/partition-routing.ts";
import { segmentsToRead } from "../../src/collection/partitions.ts";
import { compileFilter } from "../../src/filter/filter.ts";
import type { Collection, CollectionDefinition } from "../../src/index.ts";
import { columnOf } from "../../src/schema/column-of-values.ts";
import { rowsToColumns } from "../../src/schema/rows-to-columns.ts";
import { MemoryFileSystem } from "../../src/storage/memory-file-system.ts";
import { ReopenedDatabase } from "../kit/reopened.ts";

let shelf: ReopenedDatabase;
let films: Collection;

function definitionOf(type: "Int64" | "VarChar", numPartitions?: number): CollectionDefinition {
  return {
    name: "films",
    fields: [
      { name: "id", type: "Int64", primaryKey: true },
      type === "Int64"
        ? { name: "owner", type, partitionKey: true }
        : { name: "owner", type, maxLength: 16, partitionKey: true },
      { name: "vector", type: "FloatVector", dim: 2 },
    ],
    ...(numPartitions !== undefined && { numPartitions }),
  };
}

async function create(type: "Int64" | "VarChar", numPartitions?: number): Promise<Collection> {
  return (await shelf.open()).createCollection(definitionOf(type, numPartitions));
}

beforeEach(() => {
  shelf = new ReopenedDatabase();
});
afterEach(() => shelf.close());

const owners = ["ada", "bob", "cy", "dee"];
const rows = (count: number) =>
  Array.from({ length: count }, (_, id) => ({ id, owner: owners[id % 4], vector: [id, 1] }));

/** The partitions that rows lie in, each with the number of its rows. */
const spread = () =>
  films
    .listPartitions()
    .flatMap(({ name, rowCount }) => (rowCount === 0 ? [] : [[name, rowCount]]));

describe("a collection with a partition key", () => {
  it("has sixteen partitions with Milvus's names, or as many as are wanted", async () => {
    films = await create("VarChar");
    expect(films.listPartitions().map(({ name }) => name)).toEqual(
      Array.from({ length: 16 }, (_, i) => `_default_${i}`),
    );
    await (await shelf.open()).dropCollection("films");
    expect((await create("Int64", 1024)).listPartitions()).toHaveLength(1024);
  });

  it.each([
    [0, "the specified partitions should be greater than 0 if partition key is used"],
    [-1, "the specified partitions should be greater than 0 if partition key is used"],
    [1025, "partition number (1025) exceeds max configuration (1024)"],
  ])("refuses %d partitions", async (count, text) => {
    await expect(create("Int64", count)).rejects.toThrow(text);
  });

  it("keeps rows of one key together, through flush, restart, upsert and delete", async () => {
    films = await create("VarChar");
    await films.insert(rows(40));
    const before = spread();
    expect(before.length).toBeGreaterThan(1);
    expect(before.length).toBeLessThanOrEqual(4);
    films = (await shelf.losePower()).collection("films");
    expect(spread()).toEqual(before);
    await films.flush();
    films = (await shelf.reopen()).collection("films");
    expect(spread()).toEqual(before);
    expect(await films.queryRows({ filter: 'owner == "bob"' })).toHaveLength(10);
    expect(await films.queryRows({ filter: 'owner in ["bob", "dee"] and id < 8' })).toHaveLength(4);
    expect(await films.queryRows({ filter: 'owner == "bob" or id == 0' })).toHaveLength(11);
    await films.upsert([{ id: 1, owner: "dee", vector: [0, 0] }]);
    expect(await films.queryRows({ filter: 'owner == "bob"' })).toHaveLength(9);
    expect(await films.queryRows({ filter: 'owner == "dee"' })).toHaveLength(11);
    await films.delete({ filter: 'owner == "dee"' });
    expect(await films.queryRows({})).toHaveLength(29);
    await films.delete({ keys: [0] });
    expect(films.rowCount).toBe(28);
  });

  it("looks only into partitions that can have what the filter wants", async () => {
    const fileSystem = new MemoryFileSystem();
    const clock = new HybridClock();
    const options = { fileSystem, path: "/films", durability: "os", clock } as const;
    const store = await createCollectionStore(options, 1, definitionOf("Int64", 8));
    const batch = rowsToColumns(
      store.manifest.schema,
      rows(64).map((row) => ({ ...row, owner: row.id })),
    );
    await insertBatch(store, undefined, batch);
    const filter = (text: string) => compileFilter(text, store.manifest.schema);
    const countOf = (text: string) =>
      segmentsToRead({ store, name: "films" }, undefined, filter(text)).length;
    expect(countOf("owner == 5")).toBe(1);
    expect(countOf("owner in [5, 6] and id > 3")).toBeLessThanOrEqual(2);
    expect(countOf("owner > 5")).toBe(8);
    await store.close();
  });

  it("refuses to be told a partition", async () => {
    films = await create("VarChar");
    await films.insert(rows(4));
    const named =
      "not support manually specifying the partition names if partition key mode is used";
    await expect(films.insert(rows(1), "_default_0")).rejects.toThrow(named);
    await expect(films.upsert(rows(1), "_default_0")).rejects.toThrow(named);
    await expect(films.update(rows(1), "_default_0")).rejects.toThrow(named);
    await expect(films.delete({ keys: [1] }, "_default_0")).rejects.toThrow(named);
    await expect(films.queryRows({ partitions: ["_default_0"] })).rejects.toThrow(named);
    await expect(films.createPartition("more")).rejects.toThrow(
      "disable create partition if partition key mode is used",
    );
    await expect(films.dropPartition("_default_0")).rejects.toThrow(
      "disable drop partition if partition key mode is used",
    );
  });
});

describe("partitionkey.isolation", () => {
  beforeEach(async () => {
    films = await create("VarChar");
    await films.insert(rows(40));
    await films.alterProperties({ set: { "partitionkey.isolation": "True" } });
  });
  const search = { vectors: Float32Array.of(0, 0), k: 20 };
  const without =
    "partition key not found in expr or the expr is invalid when validating partition key isolation";

  it.each([
    ["", without],
    ["id > 3", without],
    ['owner == "ada" or id > 3', "partition key isolation does not support OR"],
    ['not (owner == "ada")', "partition key isolation does not support NOT"],
    ['owner != "ada"', "partition key isolation does not support NotEqual"],
    ['owner >= "ada"', "partition key isolation does not support GreaterEqual"],
    ['owner < "ada" and id > 3', "partition key isolation does not support LessThan"],
    ['owner <= "ada"', "partition key isolation does not support LessEqual"],
    ['owner > "ada"', "partition key isolation does not support GreaterThan"],
    ['owner in ["ada"]', "partition key isolation does not support IN"],
    ['owner not in ["ada"]', "partition key isolation does not support IN"],
    ['"a" < owner < "b"', "partition key isolation does not support BinaryRange"],
    ['owner like "a%"', "partition key isolation does not support Match"],
  ])("lets no search be for %j", async (filter, text) => {
    const refused = { code: "invalid-parameter", message: text };
    await expect(films.search({ ...search, filter })).rejects.toMatchObject(refused);
    await expect(
      films.hybridSearch({ searches: [{ ...search, filter }], limit: 3 }),
    ).rejects.toMatchObject(refused);
    await expect(films.searchIterator({ ...search, filter }).next()).rejects.toMatchObject(refused);
  });

  it("lets searches be for one value of the key, and queries for any", async () => {
    for (const filter of ['owner == "bob"', 'id > 8 and (owner == "bob" and id < 99)']) {
      const [hits] = await films.searchRows({ ...search, filter, outputFields: ["owner"] });
      expect(new Set(hits.map(({ fields }) => fields["owner"]))).toEqual(new Set(["bob"]));
    }
    expect(await films.queryRows({ filter: "id < 4" })).toHaveLength(4);
    await films.alterProperties({ remove: ["partitionkey.isolation"] });
    expect((await films.searchRows(search))[0]).toHaveLength(20);
  });
});

it("a collection without a partition key refuses a number of partitions", async () => {
  const definition = {
    name: "films",
    fields: [
      { name: "id", type: "Int64", primaryKey: true },
      { name: "vector", type: "FloatVector", dim: 2 },
    ] as const,
    numPartitions: 4,
  };
  await expect((await shelf.open()).createCollection(definition)).rejects.toThrow(
    "num_partitions should only be specified with partition key field enabled",
  );
});

describe("partitionIndexAt()", () => {
  // Rows on disk lie by it: a change of these numbers loses them.
  it("is what it was", () => {
    const field = { id: 1, name: "owner", type: "VarChar" } as const;
    const common = { description: "", primaryKey: false, autoId: false, nullable: false };
    const texts = columnOf({ ...field, ...common, maxLength: 9 }, ["", "ada", "bob", "Zoë"]);
    expect([0, 1, 2, 3].map((row) => partitionIndexAt(texts, row, 1000))).toEqual([
      923, 478, 430, 507,
    ]);
    const numbers = columnOf({ ...field, ...common, type: "Int64" }, [0n, 1n, -1n, 1n << 40n]);
    expect([0, 1, 2, 3].map((row) => partitionIndexAt(numbers, row, 1000))).toEqual([
      313, 210, 407, 278,
    ]);
  });
});
