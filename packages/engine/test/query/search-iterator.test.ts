import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Collection,
  type Database,
  type IndexDefinition,
  keyAt,
  type Metric,
  openDatabase,
  type SearchBatch,
  type SearchIteratorRequest,
} from "../../src/index.ts";
import { clusteredVectors } from "../indexed/sample-vectors.ts";

let db: Database;
beforeEach(async () => {
  db = await openDatabase(":memory:", { threads: 1, maintenance: false });
});
afterEach(() => db.close());

async function create(
  dim: number,
  index: Omit<IndexDefinition, "field"> = { type: "FLAT", metric: "L2" },
): Promise<Collection> {
  return db.createCollection({
    name: "rows",
    fields: [
      { name: "id", type: "Int64", primaryKey: true },
      { name: "part", type: "Int32" },
      { name: "vector", type: "FloatVector", dim },
    ],
    indexes: [{ field: "vector", ...index }],
  });
}

/** Rows `first` and up, one of `part` 0 to 9 each. */
async function insert(rows: Collection, first: number, vectors: readonly Float32Array[]) {
  await rows.insert(
    vectors.map((vector, i) => ({ id: first + i, part: (first + i) % 10, vector })),
  );
}

function split(vectors: Float32Array, dim: number): Float32Array[] {
  return Array.from({ length: vectors.length / dim }, (_, i) =>
    vectors.subarray(i * dim, (i + 1) * dim),
  );
}

interface Hit {
  readonly key: number;
  readonly score: number;
  readonly isLate: boolean;
}

function hitsOf({ keys, scores, isLate }: SearchBatch): Hit[] {
  return Array.from(scores, (score, i) => ({ key: Number(keyAt(keys, i)), score, isLate }));
}

async function batchesOf(rows: Collection, request: SearchIteratorRequest): Promise<Hit[][]> {
  const batches: Hit[][] = [];
  for await (const batch of rows.searchIterator(request)) batches.push(hitsOf(batch));
  return batches;
}

/** What a plain search finds, all of it. */
async function searched(rows: Collection, request: Omit<SearchIteratorRequest, "batchSize">) {
  const [hits] = await rows.searchRows({ ...request, k: 16_384 });
  return hits.map(({ key, score }) => ({ key: Number(key), score, isLate: false }));
}

/** Hits with equal scores in the order of their keys: which of them comes first is not told. */
function inOrder(hits: readonly Hit[]): Hit[] {
  return hits.toSorted((a, b) => (a.score === b.score ? a.key - b.key : 0));
}

function expectAscending(hits: readonly Hit[], metric: Metric): void {
  const sign = metric === "L2" ? 1 : -1;
  for (let i = 1; i < hits.length; i++) {
    expect(sign * hits[i].score).toBeGreaterThanOrEqual(sign * hits[i - 1].score);
  }
}

/** Points of a small grid: many of them are equally far from any other. */
function gridPoints(count: number): Float32Array[] {
  return Array.from({ length: count }, (_, i) => Float32Array.of(i % 7, (i * i) % 5));
}

const origin = Float32Array.of(0.5, 0.25);

describe("searchIterator in exact search", () => {
  test.each([1, 7, 100, 3_000])("answers the whole search in batches of %i", async (batchSize) => {
    for (const metric of ["L2", "IP", "COSINE"] as const) {
      const rows = await create(2, { type: "FLAT", metric });
      await insert(rows, 0, gridPoints(300));
      await rows.flush();
      await insert(rows, 300, gridPoints(150));
      const request = { vectors: origin, filter: "part != 3" };
      const batches = await batchesOf(rows, { ...request, batchSize });
      const whole = await searched(rows, request);
      expect(whole).toHaveLength(405);
      expect(inOrder(batches.flat())).toEqual(inOrder(whole));
      expect(batches.slice(0, -1).every((batch) => batch.length === batchSize)).toBe(true);
      await db.dropCollection("rows");
    }
  });

  test("neither loses nor repeats any of thousands of equal vectors", async () => {
    const rows = await create(2);
    const near = Array.from({ length: 30 }, (_, i) => Float32Array.of(i / 100, 0));
    const equal = Array.from({ length: 19_000 }, () => Float32Array.of(1, 1));
    await insert(rows, 0, [...near, ...equal, Float32Array.of(5, 5)]);
    for (const batchSize of [1_000, 16_384]) {
      const hits = (await batchesOf(rows, { vectors: origin, batchSize })).flat();
      expect(hits).toHaveLength(19_031);
      expect(new Set(hits.map(({ key }) => key)).size).toBe(19_031);
      expectAscending(hits, "L2");
      expect(hits.at(-1)).toMatchObject({ key: 19_030, isLate: false });
    }
  });

  test("answers a key that was inserted twice once, at its nearer row", async () => {
    const rows = await create(2);
    const points = Array.from({ length: 40 }, (_, i) => Float32Array.of(i, 0));
    await insert(rows, 0, points);
    await insert(rows, 0, points.toReversed());
    const hits = (await batchesOf(rows, { vectors: Float32Array.of(0, 0), batchSize: 3 })).flat();
    expect(hits.map(({ key }) => key).toSorted((a, b) => a - b)).toEqual(points.map((_, i) => i));
    expectAscending(hits, "L2");
    expect(hits.find(({ key }) => key === 39)?.score).toBe(0);
  });

  test("shows one moment, whatever is written, flushed and deleted meanwhile", async () => {
    const rows = await create(2);
    await insert(rows, 0, gridPoints(50));
    const before = await searched(rows, { vectors: origin });
    const iterator = rows.searchIterator({ vectors: origin, batchSize: 8 });
    const hits: Hit[] = [];
    for await (const batch of iterator) {
      hits.push(...hitsOf(batch));
      // An iterator that saw the new rows would never end.
      if (hits.length > 50) break;
      await rows.delete({ keys: [before[49].key, before[20].key] });
      await insert(rows, 1_000 + hits.length, gridPoints(20));
      await rows.flush();
    }
    expect(inOrder(hits)).toEqual(inOrder(before));
  });

  test("answers as of the moment that is asked for", async () => {
    const rows = await create(2);
    await insert(rows, 0, gridPoints(20));
    const { at } = await rows.query({ outputFields: ["count(*)"] });
    await insert(rows, 20, gridPoints(20));
    expect((await batchesOf(rows, { vectors: origin, at })).flat()).toHaveLength(20);
  });

  test("keeps to a range, given either way", async () => {
    const rows = await create(2);
    await insert(rows, 0, gridPoints(200));
    const range = { rangeFilter: 2, radius: 10 };
    const whole = await searched(rows, { vectors: origin, range });
    expect(whole.length).toBeGreaterThan(20);
    const params = { range_filter: "2", radius: "10" };
    for (const request of [{ range }, { params }]) {
      const batches = await batchesOf(rows, { vectors: origin, batchSize: 9, ...request });
      expect(inOrder(batches.flat())).toEqual(inOrder(whole));
    }
  });

  test("ends at the limit, and takes the size of each batch", async () => {
    const rows = await create(2);
    await insert(rows, 0, gridPoints(200));
    const whole = await searched(rows, { vectors: origin });
    const batches = await batchesOf(rows, { vectors: origin, batchSize: 40, limit: 100 });
    expect(batches.map((batch) => batch.length)).toEqual([40, 40, 20]);
    expect(batches.flat().map(({ score }) => score)).toEqual(
      whole.slice(0, 100).map(({ score }) => score),
    );
    const iterator = rows.searchIterator({ vectors: origin, batchSize: 5 });
    const sizes = [await iterator.next(), await iterator.next(70), await iterator.next()];
    expect(sizes.map(({ value }) => value?.scores.length)).toEqual([5, 70, 5]);
    expect(await iterator.return()).toEqual({ done: true, value: undefined });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  test("gives each row its output fields", async () => {
    const rows = await create(2);
    await insert(rows, 0, gridPoints(100));
    const request = { vectors: origin, batchSize: 9, outputFields: ["part"] };
    for await (const batch of rows.searchIterator(request)) {
      const { column } = batch.fields[0];
      for (const [i, { key }] of hitsOf(batch).entries()) {
        expect("values" in column && column.values[i]).toBe(key % 10);
      }
    }
  });

  test("answers nothing where there is nothing", async () => {
    const rows = await create(2);
    expect(await batchesOf(rows, { vectors: origin })).toEqual([]);
    await insert(rows, 0, gridPoints(3));
    expect(await batchesOf(rows, { vectors: origin, filter: "part > 5" })).toEqual([]);
    expect((await batchesOf(rows, { vectors: origin })).flat()).toHaveLength(3);
  });

  test("throws for what it can't do", async () => {
    const rows = await create(2);
    await insert(rows, 0, gridPoints(3));
    const fails = async (request: Partial<SearchIteratorRequest>, error: object): Promise<void> => {
      const iterator = rows.searchIterator({ vectors: origin, ...request });
      await expect(iterator.next()).rejects.toMatchObject(error);
    };
    await fails({ batchSize: 0 }, { code: "limit-exceeded" });
    await fails({ batchSize: 16_385 }, { code: "limit-exceeded" });
    await fails({ limit: 0 }, { code: "invalid-parameter" });
    await fails({ vectors: new Float32Array(4) }, { code: "invalid-parameter" });
    await fails({ vectors: new Float32Array(3) }, { code: "dimension-mismatch" });
    await fails({ filter: "part ===" }, { code: "filter-invalid" });
    await fails({ signal: AbortSignal.abort() }, { code: "cancelled" });
  });
});

const graph = { M: "16", efConstruction: "100" };

describe.each([
  { type: "AUTOINDEX", metric: "COSINE", servedBy: "IVF_RABITQ" },
  { type: "IVF_FLAT", metric: "L2", params: { nlist: "32" }, search: { nprobe: 1 } },
  { type: "HNSW", metric: "L2", params: graph, search: { ef: 100 } },
  { type: "HNSW", metric: "IP", params: graph },
] as const)("searchIterator in an index of type $type for $metric", (indexCase) => {
  const { type, metric } = indexCase;
  const dim = 448;
  const count = 2_600;
  const growing = 50;
  const points = split(clusteredVectors(count + growing, dim), dim);
  const query = points[count - 1].map((x, i) => x + 0.05 * Math.sin(i));

  test("answers every row once, ascending but for those that the index overlooks", async () => {
    await db.close();
    db = await openDatabase(":memory:", { threads: 1 });
    const params = "params" in indexCase ? indexCase.params : {};
    const search = "search" in indexCase ? indexCase.search : {};
    const rows = await create(dim, { type, metric, params });
    await insert(rows, 0, points.slice(0, count));
    await rows.flush();
    await insert(rows, count, points.slice(count));
    await rows.waitForIndexes();
    expect(rows.listIndexes()[0].servedBy).not.toBe("FLAT");
    for (const [filter, batchSize] of [
      ["", 10],
      // More than `ef`, with which iterators don't compare it.
      ["", 200],
      ["part < 5", 10],
    ] as const) {
      const request = { vectors: query, params: search, filter, batchSize };
      const hits = (await batchesOf(rows, request)).flat();
      const expected = points.map((_, i) => i).filter((i) => filter === "" || i % 10 < 5);
      expect(hits.map(({ key }) => key).toSorted((a, b) => a - b)).toEqual(expected);
      const timely = hits.filter(({ isLate }) => !isLate);
      expect(hits.slice(0, timely.length)).toEqual(timely);
      expectAscending(timely, metric);
      expect(timely.length).toBeGreaterThan(0.9 * hits.length);
    }
  });
});
