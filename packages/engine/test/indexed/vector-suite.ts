import { mkdtempSync, readdirSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isAscending } from "../../src/base/metric.ts";
import type { Collection, Database, IndexInfo, Metric, SearchRequest } from "../../src/index.ts";
import type { KernelKind } from "../../src/kernels/kernels.ts";
import { openWithKernels } from "../../src/open-database.ts";
import { keyAt } from "../../src/schema/column-value.ts";
import type { VectorKind } from "./vector-kind.ts";

// What searches for vectors of every type promise, whatever serves them: nearly the answers of an exact
// search, at all times. A third of a segment has no vectors.

/** Rows of the first segment, and of what is still growing. */
export const sealedRows = 1_040;
const growingRows = 60;
export const rowCount = sealedRows + growingRows;
const k = 10;

export interface VectorCase {
  readonly kind: VectorKind;
  readonly type: string;
  readonly metric: Metric;
  readonly params?: Readonly<Record<string, string>>;
  readonly search?: SearchRequest["params"];
  readonly servedBy: IndexInfo["servedBy"];
  /** The share of the true neighbours that must be found: all of them where the search is exact. */
  readonly recall: number;
  /** Whether to damage its files. */
  readonly isDamaged?: true;
  /** Which rows have no vector; absent: none. */
  readonly isNull?: (i: number) => boolean;
}

/** Tests a kind of vectors with one index, with one kind of kernels if one is given. */
export function testVectors(title: string, vectorCase: VectorCase, kernels?: KernelKind): void {
  const nulls = vectorCase.isNull === undefined ? "" : ", some of them null";
  const by = kernels === undefined ? "" : `, with the kernels ${kernels}`;
  describe(`${title}${nulls} by ${vectorCase.metric} with ${vectorCase.type}${by}`, () => {
    defineTests(vectorCase, kernels);
  });
}

function defineTests(vectorCase: VectorCase, kernels: KernelKind | undefined): void {
  const { kind, type, metric, params = {}, search = {}, servedBy, recall, isNull } = vectorCase;
  const { isDamaged = false } = vectorCase;
  const sign = isAscending(metric) ? 1 : -1;
  const { queryCount } = kind;
  let folder = "";
  let db: Database;
  let rows: Collection;
  /** Rows that are there, by key: the number of the vector that each has. */
  const live = new Map<number, number>();

  async function open(): Promise<void> {
    db = await openWithKernels(kernels, join(folder, "rows.db"), { durability: "os" });
  }

  async function upsert(
    start: number,
    end: number,
    vectorOf = (id: number): number => id,
  ): Promise<void> {
    const ids = Array.from({ length: end - start }, (_, i) => start + i);
    const given = ids.map((id) => {
      const vector = vectorOf(id);
      return { id, part: id % 100, vector: isNull?.(vector) ? null : kind.value(vector) };
    });
    await rows.upsert(given);
    for (const id of ids) live.set(id, vectorOf(id));
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "redkite-vectors-"));
    await open();
    rows = await db.createCollection({
      name: "rows",
      fields: [
        { name: "id", type: "Int64", primaryKey: true },
        { name: "part", type: "Int32" },
        { ...kind.field, nullable: isNull !== undefined },
      ],
      indexes: [{ field: "vector", type, metric, params }],
    });
    await upsert(0, sealedRows);
    await rows.flush();
    await upsert(sealedRows, rowCount);
    await rows.waitForIndexes();
  }, 60_000);

  afterAll(async () => {
    await db.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The exact keys of all rows that may be found, best first. */
  function truth(q: number, isAllowed = (_: number): boolean => true): number[] {
    return [...live]
      .filter(([id, vector]) => isAllowed(id) && isNull?.(vector) !== true)
      .map(([, vector]) => sign * kind.score(metric, q, vector))
      .filter((key) => Number.isFinite(key))
      .sort((a, b) => a - b);
  }

  /** Searches, and holds each hit's score against the definition; answers the keys of the hits. */
  async function found(request: Partial<SearchRequest> = {}): Promise<number[][]> {
    const answer = await rows.searchRows({ vectors: kind.queries, k, params: search, ...request });
    expect(answer).toHaveLength(queryCount);
    return answer.map((hits, q) =>
      hits.map(({ key, score }, i) => {
        const exact = kind.score(metric, q, live.get(Number(key)) ?? -1);
        expect(Math.abs(score - exact)).toBeLessThanOrEqual(1e-4 * (1 + Math.abs(exact)));
        if (i > 0) expect(sign * score).toBeGreaterThanOrEqual(sign * hits[i - 1].score);
        return Number(key);
      }),
    );
  }

  /** Compares the answers with the best that could be: by scores, since several rows may have the same. */
  function expectRecall(answer: readonly number[][], isAllowed?: (id: number) => boolean): void {
    let [hitCount, trueCount] = [0, 0];
    for (const [q, ids] of answer.entries()) {
      const best = truth(q, isAllowed).slice(0, k);
      expect(new Set(ids).size).toBe(ids.length);
      for (const id of ids) {
        const vector = live.get(id) ?? -1;
        expect(isNull?.(vector) ?? false).toBe(false);
        const worst = best[best.length - 1];
        if (sign * kind.score(metric, q, vector) <= worst + 1e-4 * (1 + Math.abs(worst)))
          hitCount++;
      }
      trueCount += best.length;
    }
    expect(hitCount).toBeGreaterThanOrEqual(recall * trueCount);
  }

  test("tells what serves it, and that all rows are indexed", () => {
    const [info] = rows.listIndexes();
    expect(info).toMatchObject({ type, metric, servedBy, state: "finished", pendingRows: 0 });
  });

  test("finds what an exact search finds, also under filters", async () => {
    expectRecall(await found());
    for (const limit of [50, 1]) {
      const answer = await found({ filter: `part < ${limit}` });
      expect(answer.flat().every((id) => id % 100 < limit)).toBe(true);
      expectRecall(answer, (id) => id % 100 < limit);
    }
    expectRecall(await found({ filter: "id < 7", k: 20 }), (id) => id < 7);
    expect((await found({ filter: "id < 0" })).flat()).toEqual([]);
  });

  test("answers a range: only scores inside it", async () => {
    const keys = [...new Set(truth(0))];
    if (keys.length < 30) return; // all that is found has one score
    const [from, below] = [keys[2], keys[25]];
    const range = { radius: sign * below, rangeFilter: sign * from };
    const [ids] = await found({ range, k: 1_000 });
    const inside = ids.map((id) => sign * kind.score(metric, 0, live.get(id) ?? -1));
    const slack = 1e-4 * (1 + Math.abs(below));
    expect(inside.every((key) => key >= from - slack && key < below + slack)).toBe(true);
    const all = truth(0).filter((key) => key >= from && key < below - slack);
    expect(ids.length).toBeGreaterThanOrEqual(0.85 * recall * (all.length - 1));
  });

  test("goes through all rows that have a vector, once each, in an iteration", async () => {
    const [one] = truth(0).length > 0 ? [0] : [1];
    const first = oneQuery(one);
    const keys: number[] = [];
    const request = { vectors: first, batchSize: 400, params: search };
    for await (const batch of rows.searchIterator(request)) {
      for (let i = 0; i < batch.scores.length; i++) keys.push(Number(keyAt(batch.keys, i)));
    }
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.length).toBeGreaterThanOrEqual(recall * truth(one).length);
    expect(keys.length).toBeLessThanOrEqual(truth(one).length);
  });

  function oneQuery(q: number): NonNullable<SearchRequest["vectors"]> {
    const { queries } = kind;
    if (queries instanceof Float32Array) return queries.subarray(0, queries.length / queryCount);
    if (queries.layout === "vector") {
      const stride = queries.values.length / queries.rowCount;
      const values = queries.values.subarray(q * stride, (q + 1) * stride);
      return { ...queries, rowCount: 1, values };
    }
    return { ...queries, rowCount: 1, offsets: queries.offsets.subarray(q, q + 2) };
  }

  test("never shows deleted rows, and finds those that take their place", async () => {
    const gone = new Set((await found()).flatMap((ids) => ids.slice(0, 3)));
    await rows.delete({ keys: [...gone] });
    const kept = new Map([...gone].map((id) => [id, live.get(id) ?? -1]));
    for (const id of gone) live.delete(id);
    const answer = await found();
    expect(answer.flat().some((id) => gone.has(id))).toBe(false);
    expectRecall(answer);
    for (const [id, vector] of kept) await upsert(id, id + 1, () => vector);
    expectRecall(await found());
  });

  test("is read from its files when the database is opened again", async () => {
    await rows.flush();
    await rows.waitForIndexes();
    const before = await found();
    const files = indexFilesUnder(folder);
    expect(files.length > 0).toBe(servedBy !== "FLAT");
    await db.close();
    await open();
    rows = db.collection("rows");
    expect(await found()).toEqual(before);
    expect(rows.listIndexes()[0]).toMatchObject({ servedBy, state: "finished" });
    expect(indexFilesUnder(folder)).toEqual(files);
  });

  test.runIf(isDamaged)("is built anew when its file is damaged, which it tells", async () => {
    await db.close();
    for (const file of indexFilesUnder(folder)) truncateSync(join(folder, file), 300);
    await open();
    rows = db.collection("rows");
    expectRecall(await found());
    await rows.waitForIndexes();
    expect(rows.listIndexes()[0]).toMatchObject({ servedBy, state: "finished" });
    expectRecall(await found());
  });

  test("survives a compaction", async () => {
    await rows.compact();
    await rows.waitForIndexes();
    expect(rows.segments().filter(({ state }) => state === "sealed")).toHaveLength(1);
    expectRecall(await found());
    expect(rows.listIndexes()[0]).toMatchObject({ servedBy, state: "finished" });
  });

  test("stops a search whose signal aborts", async () => {
    const signal = AbortSignal.abort();
    await expect(found({ signal })).rejects.toMatchObject({ code: "cancelled" });
  });
}

function indexFilesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".idx"))
    .sort();
}
