import { expect } from "vitest";
import type { Collection, Metric, SearchHit, SearchRequest } from "../../src/index.ts";

/** A row of the model: which vector of the sample it has, and the scalar that filters are about. */
export interface ModelRow {
  readonly id: number;
  readonly vector: number;
  readonly part: number;
}

/** Vectors for rows and for queries, and the score of each row's vector for each query. */
export interface ScoredSample {
  readonly dim: number;
  readonly metric: Metric;
  readonly vectors: Float32Array;
  readonly vectorCount: number;
  readonly queries: Float32Array;
  readonly queryCount: number;
  /** The exact score of vector v for query q is at `q * vectorCount + v`. */
  readonly scores: Float64Array;
}

/** What is asked of a collection and of its model alike. */
export interface ModelSearch {
  readonly k: number;
  /** Only rows whose `part` is below; absent: no filter. */
  readonly partBelow?: number;
  /** Only the keys that are nearer than the one of this rank, by the first query. */
  readonly withinRank?: number;
}

/** How much of what an exact search finds was found. */
export interface Recall {
  found: number;
  wanted: number;
}

/** Scores are sums of f32 in another order. */
const rounding = 1e-4;

export function scoreSample(
  { dim, metric }: { dim: number; metric: Metric },
  vectors: Float32Array,
  queries: Float32Array,
): ScoredSample {
  const vectorCount = vectors.length / dim;
  const queryCount = queries.length / dim;
  const scores = new Float64Array(queryCount * vectorCount);
  for (let q = 0; q < queryCount; q++) {
    const query = queries.subarray(q * dim, (q + 1) * dim);
    for (let v = 0; v < vectorCount; v++) {
      const vector = vectors.subarray(v * dim, (v + 1) * dim);
      scores[q * vectorCount + v] = exactScore(metric, query, vector);
    }
  }
  return { dim, metric, vectors, vectorCount, queries, queryCount, scores };
}

/** By the definitions, in f64. */
export function exactScore(metric: Metric, query: Float32Array, vector: Float32Array): number {
  let product = 0;
  let distance = 0;
  let querySquare = 0;
  let square = 0;
  for (let i = 0; i < query.length; i++) {
    product += query[i] * vector[i];
    distance += (query[i] - vector[i]) ** 2;
    querySquare += query[i] ** 2;
    square += vector[i] ** 2;
  }
  if (metric === "L2") return distance;
  return metric === "IP" ? product : product / Math.sqrt(querySquare * square);
}

/**
 * Searches the collection and holds the answer against the rows of the model. No key may be there
 * that the model does not have or that the filter excludes, none twice, no score may be another than
 * the exact one, none worse before a better one, and none missing while there are fewer than k.
 * What an index may be short of is true neighbours: they are counted.
 */
export async function checkSearch(
  collection: Collection,
  model: { readonly sample: ScoredSample; readonly rows: readonly ModelRow[] },
  wanted: ModelSearch,
  recall: Recall,
  params: Readonly<Record<string, number>> = {},
): Promise<void> {
  const { sample, rows } = model;
  const allowed = rows.filter(({ part }) => part < (wanted.partBelow ?? Infinity));
  const best = Array.from({ length: sample.queryCount }, (_, q) => bestScores(sample, allowed, q));
  const range = rangeOf(best[0], wanted, sample.metric);
  const answer = await collection.searchRows({
    vectors: range === undefined ? sample.queries : sample.queries.subarray(0, sample.dim),
    metric: sample.metric,
    k: wanted.k,
    params,
    ...(wanted.partBelow !== undefined && { filter: `part < ${wanted.partBelow}` }),
    ...(range && { range }),
  });
  for (const [q, hits] of answer.entries()) {
    checkHits(hits, best[q], sample.metric);
    expect(hits.length).toBeLessThanOrEqual(wanted.k);
    if (range !== undefined) for (const { score } of hits) expectInside(score, range);
    else expect(hits.length, "hits").toBe(Math.min(wanted.k, best[q].length));
    const inRange = range === undefined ? best[q] : best[q].slice(0, wanted.withinRank);
    countFound(recall, hits, inRange.slice(0, wanted.k), sample.metric);
  }
}

type BestScore = { readonly id: number; readonly score: number };

/** The best score of each key, best first. A key may have been inserted twice. */
function bestScores(
  { metric, scores, vectorCount }: ScoredSample,
  rows: readonly ModelRow[],
  query: number,
): BestScore[] {
  const byKey = new Map<number, number>();
  for (const { id, vector } of rows) {
    const score = scores[query * vectorCount + vector];
    const known = byKey.get(id);
    if (known === undefined || isBetter(score, known, metric)) byKey.set(id, score);
  }
  return [...byKey]
    .map(([id, score]) => ({ id, score }))
    .sort((a, b) => (metric === "L2" ? a.score - b.score : b.score - a.score));
}

function isBetter(a: number, b: number, metric: Metric): boolean {
  return metric === "L2" ? a < b : a > b;
}

function rangeOf(
  best: readonly BestScore[],
  { withinRank }: ModelSearch,
  metric: Metric,
): NonNullable<SearchRequest["range"]> | undefined {
  if (withinRank === undefined || best.length <= withinRank) return undefined;
  // Between two neighbours, so that rounding does not decide.
  const radius = (best[withinRank - 1].score + best[withinRank].score) / 2;
  return { radius, rangeFilter: best[0].score + (metric === "L2" ? -1 : 1) };
}

function expectInside(score: number, range: NonNullable<SearchRequest["range"]>): void {
  const ends = [range.radius, range.rangeFilter ?? range.radius];
  expect(score).toBeGreaterThanOrEqual(Math.min(...ends));
  expect(score).toBeLessThanOrEqual(Math.max(...ends));
}

function checkHits(hits: readonly SearchHit[], best: readonly BestScore[], metric: Metric): void {
  const exact = new Map(best.map(({ id, score }) => [id, score]));
  const seen = new Set<number>();
  for (const [i, { key, score }] of hits.entries()) {
    const id = Number(key);
    expect(exact.has(id), `key ${id} is visible and matches`).toBe(true);
    expect(seen.has(id), `key ${id} is there once`).toBe(false);
    seen.add(id);
    expectScore(score, exact.get(id) ?? Number.NaN);
    const before = hits[i - 1]?.score ?? score;
    expect(isBetter(score, before, metric), `hit ${i} is no better than the one before`).toBe(
      false,
    );
  }
}

function expectScore(found: number, exact: number): void {
  const error = Math.abs(found - exact);
  expect(error, `${found} is ${exact}`).toBeLessThanOrEqual(
    rounding * Math.max(1, Math.abs(exact)),
  );
}

function countFound(
  recall: Recall,
  hits: readonly SearchHit[],
  best: readonly BestScore[],
  metric: Metric,
): void {
  if (best.length === 0) return;
  // Rows as near as the worst of the best are as good.
  const { score } = best[best.length - 1];
  const margin = rounding * Math.max(1, Math.abs(score));
  const worst = metric === "L2" ? score + margin : score - margin;
  const found = hits.filter((hit) => !isBetter(worst, hit.score, metric)).length;
  recall.found += Math.min(found, best.length);
  recall.wanted += best.length;
}
