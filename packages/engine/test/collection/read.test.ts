import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Collection, type Database, openDatabase } from "../../src/index.ts";

describe("Collection reads", () => {
  let db: Database;
  let points: Collection;

  beforeAll(async () => {
    db = await openDatabase(":memory:", { maintenance: false });
    points = await db.createCollection({
      name: "points",
      dynamicField: true,
      fields: [
        { name: "id", type: "Int64", primaryKey: true },
        { name: "color", type: "VarChar", maxLength: 10 },
        { name: "position", type: "FloatVector", dim: 2 },
      ],
      indexes: [{ field: "position", type: "FLAT", metric: "L2" }],
    });
    // Rows lie in two sealed segments and a growing one.
    for (const [i, ids] of [
      [5, 1, 9],
      [3, 7],
      [2, 4],
    ].entries()) {
      await points.insert(
        ids.map((id) => ({
          id,
          color: id % 2 === 0 ? "red" : "blue",
          position: [id, 0],
          batch: i,
          note: { deep: id },
        })),
      );
      if (i < 2) await points.flush();
    }
  });
  afterAll(() => db.close());

  const idsOf = (rows: readonly Record<string, unknown>[]): number[] =>
    rows.map((row) => Number(row["id"]));

  test("Collection.query() answers in the order of keys, after the offset, up to the limit", async () => {
    expect(idsOf(await points.queryRows({}))).toEqual([1, 2, 3, 4, 5, 7, 9]);
    expect(idsOf(await points.queryRows({ limit: 3 }))).toEqual([1, 2, 3]);
    expect(idsOf(await points.queryRows({ limit: 3, offset: 5 }))).toEqual([7, 9]);
    expect(idsOf(await points.queryRows({ filter: 'color == "blue"', limit: 2 }))).toEqual([1, 3]);
    expect(idsOf(await points.queryRows({ filter: "id in [9, 2, 100]" }))).toEqual([2, 9]);
    expect(idsOf(await points.queryRows({ filter: "batch == 1" }))).toEqual([3, 7]);
  });

  test("Collection.query() shows the fields and dynamic keys that were asked for", async () => {
    const [row] = await points.queryRows({ filter: "id == 7", outputFields: ["color", "note"] });
    expect(row).toEqual({ id: 7n, color: "blue", note: { deep: 7 } });
    const [all] = await points.queryRows({ filter: "id == 7", outputFields: ["*"] });
    expect(Object.keys(all ?? {})).toEqual(["id", "color", "position", "batch", "note"]);
    await expect(points.query({ outputFields: ['note["deep"]'] })).rejects.toMatchObject({
      code: "invalid-parameter",
    });
  });

  test("Collection.query() counts", async () => {
    expect(await points.queryRows({ outputFields: ["count(*)"] })).toEqual([{ "count(*)": 7n }]);
    const filtered = await points.queryRows({ filter: "id > 4", outputFields: ["count(*)"] });
    expect(filtered).toEqual([{ "count(*)": 3n }]);
    await expect(points.query({ outputFields: ["count(*)"], limit: 1 })).rejects.toMatchObject({
      code: "invalid-parameter",
    });
  });

  test("Collection.search() answers for each vector the nearest rows of all segments", async () => {
    const hits = await points.searchRows({ vectors: Float32Array.of(0, 0, 7, 0), k: 3 });
    expect(hits.map((list) => list.map(({ key, score }) => [Number(key), score]))).toEqual([
      [
        [1, 1],
        [2, 4],
        [3, 9],
      ],
      [
        [7, 0],
        [5, 4],
        [9, 4],
      ],
    ]);
  });

  test("Collection.search() filters, skips the offset, and gathers output fields", async () => {
    const [hits] = await points.searchRows({
      vectors: Float32Array.of(0, 0),
      k: 2,
      offset: 1,
      filter: 'color == "blue"',
      outputFields: ["color", "batch"],
    });
    expect(hits).toEqual([
      { key: 3n, score: 9, fields: { color: "blue", batch: 1 } },
      { key: 5n, score: 25, fields: { color: "blue", batch: 0 } },
    ]);
    const [none] = await points.searchRows({
      vectors: Float32Array.of(0, 0),
      k: 2,
      filter: "id < 0",
    });
    expect(none).toEqual([]);
  });

  test("Collection.search() reads as of an earlier moment when asked", async () => {
    const { at } = await points.query({ limit: 1 });
    await points.insert([{ id: 100, color: "red", position: [0, 0] }]);
    await points.delete({ keys: [1] });
    const vectors = Float32Array.of(0, 0);
    const [before] = await points.searchRows({ vectors, k: 2, at });
    const [now] = await points.searchRows({ vectors, k: 2 });
    expect(before.map(({ key }) => key)).toEqual([1n, 2n]);
    expect(now.map(({ key }) => key)).toEqual([100n, 2n]);
    await points.delete({ keys: [100] });
    await points.insert([{ id: 1, color: "blue", position: [1, 0], batch: 0, note: { deep: 1 } }]);
  });

  test.each([
    ["k of 0", { k: 0 }, "limit-exceeded"],
    ["k beyond the window", { k: 16_385 }, "limit-exceeded"],
    ["k and offset beyond the window", { k: 16_000, offset: 385 }, "limit-exceeded"],
    ["a negative offset", { k: 1, offset: -1 }, "limit-exceeded"],
    ["another metric than the index's", { k: 1, metric: "IP" as const }, "metric-mismatch"],
    ["a field that is not there", { k: 1, field: "nowhere" }, "field-not-found"],
    [
      "a vector of another dimension",
      { k: 1, vectors: Float32Array.of(1, 2, 3) },
      "dimension-mismatch",
    ],
    ["no vector", { k: 1, vectors: new Float32Array() }, "dimension-mismatch"],
    ["NaN", { k: 1, vectors: Float32Array.of(1, Number.NaN) }, "invalid-parameter"],
    ["a filter with a syntax error", { k: 1, filter: "id >" }, "filter-invalid"],
    ["a partition that is not there", { k: 1, partitions: ["nowhere"] }, "partition-not-found"],
  ])("Collection.search() refuses %s", async (_, change, code) => {
    const request = { vectors: Float32Array.of(0, 0), ...change };
    await expect(points.search(request)).rejects.toMatchObject({ code });
  });

  test("Collection.search() refuses answers that would fill the memory", async () => {
    const rows = 600;
    const many = await db.createCollection({
      name: "many",
      fields: [
        { name: "id", type: "Int64", primaryKey: true },
        { name: "vector", type: "FloatVector", dim: 2 },
      ],
    });
    await many.insert(Array.from({ length: rows }, (_, id) => ({ id, vector: [id, 1] })));
    const vectors = new Float32Array(2 * 16_384).fill(1);
    await expect(many.search({ vectors, k: rows })).rejects.toMatchObject({
      code: "limit-exceeded",
    });
    const { counts } = await many.search({ vectors: vectors.subarray(0, 2 * 50), k: 16_384 });
    expect(new Set(counts)).toEqual(new Set([rows]));
  });

  test("Collection.search() can be cancelled", async () => {
    const signal = AbortSignal.abort();
    const request = { vectors: Float32Array.of(0, 0), k: 1, signal };
    await expect(points.search(request)).rejects.toMatchObject({ code: "cancelled" });
  });

  test("Collection.release() makes a collection or partition unreadable, load() readable", async () => {
    await points.createPartition("p");
    await points.insert([{ id: 50, color: "red", position: [50, 0] }], "p");
    await points.release();
    await expect(points.query({ limit: 1 })).rejects.toMatchObject({
      code: "collection-not-loaded",
    });
    await points.load(["p"]);
    expect(idsOf(await points.queryRows({}))).toEqual([50]);
    await expect(points.query({ partitions: ["_default"] })).rejects.toMatchObject({
      code: "partition-not-loaded",
    });
    await points.load();
    expect(idsOf(await points.queryRows({ partitions: ["_default"], limit: 2 }))).toEqual([1, 2]);
    await expect(points.dropPartition("p")).rejects.toMatchObject({ code: "invalid-parameter" });
    await points.release(["p"]);
    await points.dropPartition("p");
    expect(idsOf(await points.queryRows({}))).not.toContain(50);
  });
});
