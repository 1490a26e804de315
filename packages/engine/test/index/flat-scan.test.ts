import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Bitset } from "../../src/base/bitset.ts";
import type { DenseMetric } from "../../src/base/metric.ts";
import { type DenseScan, scanCost, scanFlat } from "../../src/index/flat/flat-scan.ts";
import { asMergedHits, mergeHits, type ScanHits } from "../../src/index/flat/scan-hits.ts";
import { loadKernels } from "../../src/kernels/load-kernels.ts";
import { createScalarKernels } from "../../src/kernels/scalar-kernels.ts";

const METRICS: readonly DenseMetric[] = ["L2", "IP", "COSINE"];
const kernels = loadKernels();

type Hit = readonly [row: number, score: number];

/** Exact search in the plainest way. Small whole components make its scores, and ties, exact. */
function bruteForce(request: DenseScan, query: number): Hit[] {
  const { dim, metric, queries, k, allowed } = request;
  const vectors = request.vectors.values;
  const hits: Hit[] = [];
  for (let row = request.rowStart; row < request.rowEnd; row++) {
    if (allowed !== undefined && !allowed.has(row)) continue;
    let dot = 0;
    let distance = 0;
    for (let i = 0; i < dim; i++) {
      dot += queries[query * dim + i] * vectors[row * dim + i];
      distance += (queries[query * dim + i] - vectors[row * dim + i]) ** 2;
    }
    hits.push([row, metric === "L2" ? distance : dot]);
  }
  const sign = metric === "L2" ? 1 : -1;
  return hits.sort((a, b) => sign * (a[1] - b[1]) || a[0] - b[0]).slice(0, k);
}

function hitsOf(hits: ScanHits, query: number): Hit[] {
  const start = query * (hits.rows.length / hits.counts.length);
  return Array.from({ length: hits.counts[query] }, (_, i) => [
    hits.rows[start + i],
    hits.scores[start + i],
  ]);
}

function requestOf({
  vectors,
  ...parts
}: Partial<Omit<DenseScan, "vectors">> & { vectors: Float32Array }): DenseScan {
  const dim = parts.dim ?? 1;
  return {
    kind: "dense",
    vectors: { element: "float32", values: vectors },
    dim,
    metric: "L2",
    rowStart: 0,
    rowEnd: vectors.length / dim,
    queries: new Float32Array(dim),
    queryCount: 1,
    k: 10,
    ...parts,
  };
}

/** Requests over vectors of small whole numbers, so that many scores are equal. */
const requests: fc.Arbitrary<DenseScan> = fc
  .record({
    dim: fc.constantFrom(1, 2, 3, 5, 17, 40),
    rowCount: fc.integer({ min: 0, max: 200 }),
    queryCount: fc.integer({ min: 1, max: 9 }),
  })
  .chain(({ dim, rowCount, queryCount }) =>
    fc.record({
      dim: fc.constant(dim),
      queryCount: fc.constant(queryCount),
      metric: fc.constantFrom<DenseMetric>("L2", "IP"),
      k: fc.constantFrom(1, 3, 10, 500),
      vectors: wholeNumbers(rowCount * dim),
      queries: wholeNumbers(queryCount * dim),
      ends: fc.tuple(fc.nat(rowCount), fc.nat(rowCount)),
      allowed: fc.option(
        fc.array(fc.boolean(), { minLength: rowCount, maxLength: rowCount, size: "max" }),
        { nil: undefined },
      ),
    }),
  )
  .map(({ ends, allowed, vectors, ...rest }) => ({
    kind: "dense",
    ...rest,
    vectors: { element: "float32", values: vectors },
    rowStart: Math.min(...ends),
    rowEnd: Math.max(...ends),
    ...(allowed && { allowed: bitsetOf(allowed) }),
  }));

function wholeNumbers(length: number): fc.Arbitrary<Float32Array> {
  return fc
    .array(fc.integer({ min: -2, max: 2 }), { minLength: length, maxLength: length, size: "max" })
    .map((values) => Float32Array.from(values));
}

function bitsetOf(members: readonly boolean[]): Bitset {
  const set = new Bitset(members.length);
  members.forEach((isMember, row) => {
    if (isMember) set.add(row);
  });
  return set;
}

describe("scanFlat()", () => {
  test("answers what brute force does: ranges, filters, ties, k above the number of rows", () => {
    fc.assert(
      fc.property(requests, (request) => {
        const hits = scanFlat(kernels, request);
        for (let q = 0; q < request.queryCount; q++) {
          expect(hitsOf(hits, q)).toEqual(bruteForce(request, q));
        }
      }),
      { numRuns: 150 },
    );
  });

  test("answers the same with the scalar kernels", () => {
    fc.assert(
      fc.property(requests, (request) => {
        expect(scanFlat(createScalarKernels(), request)).toEqual(scanFlat(kernels, request));
      }),
      { numRuns: 50 },
    );
  });

  test("ranks cosines by direction, whatever the lengths, and a vector without one as 0", () => {
    const vectors = new Float32Array([0, 0, 9, 9, -2, -2, 1, 0, 0.001, 0.002]);
    const queries = new Float32Array([50, 50]);
    const hits = scanFlat(kernels, requestOf({ vectors, dim: 2, metric: "COSINE", queries }));
    expect(hitsOf(hits, 0).map(([row]) => row)).toEqual([1, 4, 3, 0, 2]);
    expect(hits.scores[0]).toBeCloseTo(1, 6);
    expect(hits.scores[3]).toBe(0);
    expect(hits.scores[4]).toBeCloseTo(-1, 6);
  });

  test("reads rows across many blocks, with runs that end anywhere", () => {
    const dim = 100;
    const rowCount = 5000;
    const vectors = Float32Array.from({ length: rowCount * dim }, (_, i) => (i * i) % 7);
    const queries = Float32Array.from({ length: 2 * dim }, (_, i) => i % 5);
    const allowed = new Bitset(rowCount);
    for (let row = 0; row < rowCount; row++)
      if ((row * row) % 11 < 6 || row % 900 > 500) allowed.add(row);
    const request = requestOf({ vectors, dim, queries, queryCount: 2, k: 100, allowed });
    const hits = scanFlat(kernels, request);
    expect([hitsOf(hits, 0), hitsOf(hits, 1)]).toEqual([
      bruteForce(request, 0),
      bruteForce(request, 1),
    ]);
  });

  test("answers more queries than one block holds", () => {
    const vectors = Float32Array.from({ length: 50 }, (_, i) => i);
    const queries = Float32Array.from({ length: 200 }, (_, i) => i / 4);
    const hits = scanFlat(kernels, requestOf({ vectors, queries, queryCount: 200, k: 1 }));
    expect([...hits.rows]).toEqual(
      [...queries].map((query) => Math.min(49, Math.floor(query + 0.49))),
    );
  });

  test("keeps the largest k, 16,384, in order", () => {
    const vectors = Float32Array.from({ length: 20_000 }, (_, i) => (i * 7919) % 20_000);
    const hits = scanFlat(kernels, requestOf({ vectors, k: 16_384 }));
    expect(hits.counts[0]).toBe(16_384);
    expect(hits.scores.every((score, i) => score === Math.fround(i * i))).toBe(true);
  });

  test("never answers a row whose score is not a number, and does answer infinite ones", () => {
    const vectors = new Float32Array([NaN, 3e38, 1, Infinity, NaN]);
    for (const metric of METRICS) {
      const rows = hitsOf(
        scanFlat(kernels, requestOf({ vectors, metric, queries: new Float32Array([-3e38]) })),
        0,
      );
      expect(rows.map(([row]) => row)).not.toContain(0);
      expect(rows.map(([row]) => row)).not.toContain(4);
    }
    const hits = scanFlat(
      kernels,
      requestOf({ vectors, queries: new Float32Array([-3e38]), k: 2 }),
    );
    expect(hitsOf(hits, 0)).toEqual([
      [1, Infinity],
      [2, Infinity],
    ]);
  });

  test("ends early when another thread says that nobody waits", () => {
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const request = requestOf({ vectors: new Float32Array(10_000) });
    expect(scanFlat(kernels, request, stop)).toEqual(scanFlat(kernels, request));
    stop[0] = 1;
    expect(() => scanFlat(kernels, request, stop)).toThrow(
      expect.objectContaining({ code: "cancelled" }),
    );
  });

  test("answers nothing when no row is allowed or there is none", () => {
    const vectors = new Float32Array(64);
    expect(scanFlat(kernels, requestOf({ vectors, allowed: new Bitset(64) })).counts).toEqual(
      new Uint32Array(1),
    );
    expect(scanFlat(kernels, requestOf({ vectors, rowEnd: 0 })).counts).toEqual(new Uint32Array(1));
  });
});

describe("mergeHits()", () => {
  test("answers over parts of a segment what one scan of all its rows does", () => {
    fc.assert(
      fc.property(requests, fc.nat(200), (request, cut) => {
        const middle = Math.min(Math.max(cut, request.rowStart), request.rowEnd);
        const parts = [
          { ...request, rowEnd: middle },
          { ...request, rowStart: middle },
        ].map((part) => asMergedHits({ hits: scanFlat(kernels, part), segment: 0 }));
        const merged = mergeHits(request.metric, parts, request.queryCount, request.k);
        const { segments: _, ...hits } = merged;
        expect(hits).toEqual(scanFlat(kernels, request));
      }),
      { numRuns: 60 },
    );
  });

  test("says which segment a hit is from; of equal scores the earlier part's comes first", () => {
    const low = scanFlat(kernels, requestOf({ vectors: new Float32Array([3, 1, 2]), k: 3 }));
    const high = scanFlat(kernels, requestOf({ vectors: new Float32Array([1, 0, 5]), k: 3 }));
    const parts = [
      asMergedHits({ hits: low, segment: 4 }),
      asMergedHits({ hits: high, segment: 9 }),
    ];
    const merged = mergeHits("L2", parts, 1, 3);
    expect([...merged.segments]).toEqual([9, 4, 9]);
    expect([...merged.rows]).toEqual([1, 1, 0]);
    expect([...merged.scores]).toEqual([0, 1, 1]);
  });

  test("answers nothing from no parts", () => {
    expect(mergeHits("IP", [], 2, 5).counts).toEqual(new Uint32Array(2));
  });
});

test("scanCost() grows with rows that are allowed, queries and dimensions", () => {
  const vectors = new Float32Array(64_000);
  const base = requestOf({ vectors, dim: 64 });
  const few = new Bitset(1000);
  few.addRange(0, 10);
  expect(scanCost({ ...base, rowEnd: 500 })).toBeLessThan(scanCost(base) * 0.7);
  expect(scanCost({ ...base, allowed: few })).toBeLessThan(scanCost(base) / 5);
  expect(scanCost({ ...base, queryCount: 8 })).toBeGreaterThan(scanCost(base));
  expect(scanCost(base, "scalar")).toBeGreaterThan(scanCost(base));
  expect(scanCost({ ...base, rowEnd: 0 })).toBe(0);
});
