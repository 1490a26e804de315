import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Collection, Database, Metric, SearchRequest } from "../../src/index.ts";
import type { KernelKind } from "../../src/kernels/kernels.ts";
import { openWithKernels } from "../../src/open-database.ts";
import { clusteredVectors } from "./sample-vectors.ts";

// What every index type of float vectors promises, whatever serves it: nearly the answers of an exact
// search, at all times. Each type is made on the same rows, in two sealed segments and a growing one.

const dim = 448;
/** Just worth an index. */
const segmentRows = 2_400;
const growingRows = 50;
const rowCount = 2 * segmentRows + growingRows;
const k = 10;

const vectors = clusteredVectors(rowCount, dim);
const queries = clusteredVectors(20, dim, { seed: 1 }).map((x, i) => x + 0.05 * Math.sin(i));
const queryCount = queries.length / dim;

/** An index, and what serves it. */
export interface IndexCase {
  readonly type: string;
  readonly metric: Metric;
  readonly params?: Readonly<Record<string, string>>;
  /** For as thorough a search as applications want. */
  readonly search?: Readonly<Record<string, number>>;
  readonly servedBy: "FLAT" | "IVF_RABITQ" | "HNSW";
}

/** Tests an index, with one kind of kernels if one is given. */
export function testIndex(indexCase: IndexCase, kind?: KernelKind): void {
  const { type, metric } = indexCase;
  const kernels = kind === undefined ? "" : `, with the kernels ${kind}`;
  describe(`an index of type ${type} for ${metric}${kernels}`, () => {
    defineTests(indexCase, kind);
  });
}

function defineTests(indexCase: IndexCase, kind: KernelKind | undefined): void {
  const { type, metric, params = {}, search = {}, servedBy } = indexCase;
  let folder = "";
  let db: Database;
  let rows: Collection;
  const live = new Set<number>();

  async function open(): Promise<void> {
    db = await openWithKernels(kind, join(folder, "rows.db"), { durability: "os" });
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "redkite-index-"));
    await open();
    rows = await db.createCollection({
      name: "rows",
      fields: [
        { name: "id", type: "Int64", primaryKey: true },
        { name: "part", type: "Int32" },
        { name: "vector", type: "FloatVector", dim },
      ],
      indexes: [{ field: "vector", type, metric, params }],
    });
    for (const [start, end] of [
      [0, segmentRows],
      [segmentRows, 2 * segmentRows],
      [2 * segmentRows, rowCount],
    ]) {
      await insert(start, end);
      if (end < rowCount) await rows.flush();
    }
    await rows.waitForIndexes();
  }, 60_000); // kernels without SIMD build slowly

  afterAll(async () => {
    await db.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function insert(start: number, end: number): Promise<void> {
    const ids = Array.from({ length: end - start }, (_, i) => start + i);
    await rows.upsert(
      ids.map((id) => ({
        id,
        part: id % 100,
        vector: vectors.subarray(id * dim, (id + 1) * dim),
      })),
    );
    for (const id of ids) live.add(id);
  }

  async function found(request: Partial<SearchRequest> = {}): Promise<number[][]> {
    const answer = await rows.searchRows({ vectors: queries, k, params: search, ...request });
    return answer.map((hits) => hits.map(({ key }) => Number(key)));
  }

  /** The share of the true neighbours that was found, of all queries together. */
  function recallOf(answer: readonly number[][], isAllowed = (_: number): boolean => true): number {
    let hitCount = 0;
    let trueCount = 0;
    for (let q = 0; q < queryCount; q++) {
      const truth = nearest(q, [...live].filter(isAllowed), metric);
      const ids = new Set(answer[q]);
      hitCount += truth.filter((id) => ids.has(id)).length;
      trueCount += truth.length;
    }
    return hitCount / trueCount;
  }

  test("tells what serves it, and that all rows are indexed", () => {
    expect(rows.listIndexes()[0]).toMatchObject({
      type,
      servedBy,
      state: "finished",
      indexedRows: rowCount,
      totalRows: rowCount,
      pendingRows: 0,
    });
  });

  test("finds nearly all that an exact search finds, best first, without repetition", async () => {
    const answer = await found();
    expect(recallOf(answer)).toBeGreaterThan(0.9);
    for (const [q, ids] of answer.entries()) {
      expect(new Set(ids).size).toBe(k);
      const keys = ids.map((id) => keyOf(q, id, metric));
      for (let i = 1; i < k; i++) expect(keys[i]).toBeGreaterThanOrEqual(keys[i - 1] - 1e-3);
    }
  });

  test("finds as much under filters that keep a half, a tenth and a hundredth", async () => {
    for (const limit of [50, 10, 1]) {
      const answer = await found({ filter: `part < ${limit}` });
      expect(answer.flat().every((id) => id % 100 < limit)).toBe(true);
      expect(answer.every((ids) => ids.length === k)).toBe(true);
      expect(recallOf(answer, (id) => id % 100 < limit)).toBeGreaterThan(0.9);
    }
  });

  test("finds all rows of a small set, though more are asked for", async () => {
    const answer = await found({ filter: "id < 7", k: 20 });
    for (const ids of answer) expect(ids.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect((await found({ filter: "id < 0" })).flat()).toEqual([]);
  });

  test("answers a range: only scores inside it, and nearly all of them", async () => {
    const keys = [...live].map((id) => keyOf(0, id, metric)).sort((a, b) => a - b);
    const [from, below] = [keys[5], keys[200]];
    const scoreOf = (key: number): number => (metric === "L2" ? key : -key);
    const [hits] = await rows.searchRows({
      vectors: queries.subarray(0, dim),
      k: 300,
      ...(type.startsWith("HNSW") ? { params: { ef: 400 } } : { params: search }),
      range: { radius: scoreOf(below), rangeFilter: scoreOf(from) },
    });
    const inside = hits.map((hit) => keyOf(0, Number(hit.key), metric));
    expect(inside.every((key) => key >= from - 1e-3 && key <= below + 1e-3)).toBe(true);
    expect(hits.length).toBeGreaterThan(0.85 * 195);
    expect(hits.length).toBeLessThanOrEqual(196);
  });

  test("never shows deleted rows, and finds those that take their place", async () => {
    const before = await found();
    const gone = new Set(before.flatMap((ids) => ids.slice(0, 3)));
    await rows.delete({ keys: [...gone] });
    for (const id of gone) live.delete(id);
    const answer = await found();
    expect(answer.flat().some((id) => gone.has(id))).toBe(false);
    expect(recallOf(answer)).toBeGreaterThan(0.9);
    for (const id of gone) await insert(id, id + 1);
    expect(recallOf(await found())).toBeGreaterThan(0.9);
  });

  test("is read from its files when the database is opened again, not built anew", async () => {
    const before = await found();
    await rows.flush();
    await rows.waitForIndexes();
    const files = indexFilesUnder(folder);
    if (servedBy !== "FLAT") expect(files.length).toBeGreaterThanOrEqual(2);
    await db.close();
    await open();
    rows = db.collection("rows");
    expect(await found()).toEqual(before);
    expect(rows.listIndexes()[0]).toMatchObject({ servedBy, state: "finished" });
    expect(indexFilesUnder(folder)).toEqual(files);
  });

  test("survives a compaction with the same recall", async () => {
    await rows.compact();
    await rows.waitForIndexes();
    expect(rows.segments().filter(({ state }) => state === "sealed")).toHaveLength(1);
    expect(recallOf(await found())).toBeGreaterThan(0.9);
    expect(rows.listIndexes()[0]).toMatchObject({ servedBy, state: "finished" });
  });

  test("stops a search whose signal aborts", async () => {
    const signal = AbortSignal.abort();
    await expect(found({ signal })).rejects.toMatchObject({ code: "cancelled" });
  });
}

function nearest(query: number, ids: readonly number[], metric: Metric): number[] {
  return ids
    .map((id) => ({ id, key: keyOf(query, id, metric) }))
    .sort((a, b) => a.key - b.key)
    .slice(0, k)
    .map(({ id }) => id);
}

const keys = new Map<string, Float64Array>();

/** The score of a row, times -1 for IP and COSINE. */
function keyOf(query: number, id: number, metric: Metric): number {
  const name = `${query} ${metric}`;
  let all = keys.get(name);
  if (all === undefined) {
    all = Float64Array.from({ length: rowCount }, (_, row) => exactKey(query, row, metric));
    keys.set(name, all);
  }
  return all[id];
}

function exactKey(query: number, row: number, metric: Metric): number {
  let product = 0;
  let squares = 0;
  let querySquare = 0;
  let rowSquare = 0;
  for (let i = 0; i < dim; i++) {
    const [q, x] = [queries[query * dim + i], vectors[row * dim + i]];
    product += q * x;
    squares += (q - x) ** 2;
    querySquare += q * q;
    rowSquare += x * x;
  }
  if (metric === "L2") return squares;
  return metric === "IP" ? -product : -product / Math.sqrt(querySquare * rowSquare);
}

function indexFilesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".idx"))
    .sort();
}
