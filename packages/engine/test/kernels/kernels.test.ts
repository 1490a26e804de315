import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AssertionError } from "../../src/base/assert.ts";
import type { DenseMetric } from "../../src/base/metric.ts";
import type { DenseRows } from "../../src/kernels/dense-rows.ts";
import type { KernelKind, Kernels, QueryBlock } from "../../src/kernels/kernels.ts";
import { loadKernels } from "../../src/kernels/load-kernels.ts";
import { queryCapacityOf, rowCapacityOf } from "../../src/kernels/query-block.ts";

const METRICS: readonly DenseMetric[] = ["L2", "IP", "COSINE"];
const DIMS = [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 19, 31, 32, 33, 47, 64, 100, 127, 768, 1000];

const KINDS: readonly KernelKind[] = ["relaxed", "simd128", "wasm-scalar", "scalar"];

/** The smallest square of a row's norm that f32 sums hold with full precision. */
const SQUARE_MIN = 2 ** -100;

/** Scores by the definitions, in f64; NaN for the cosine of a row that is too short for f32. */
function oracle(block: QueryBlock, rows: Float32Array): number[] {
  const { dim, metric, queries, queryCount } = block;
  const scores: number[] = [];
  for (let q = 0; q < queryCount; q++) {
    for (let r = 0; r < rows.length / dim; r++) {
      let dot = 0;
      let distance = 0;
      let querySquare = 0;
      let rowSquare = 0;
      for (let i = 0; i < dim; i++) {
        const x = queries[q * dim + i];
        const y = rows[r * dim + i];
        dot += x * y;
        distance += (x - y) ** 2;
        querySquare += x * x;
        rowSquare += y * y;
      }
      const cosine =
        querySquare * rowSquare === 0 ? 0 : dot / Math.sqrt(querySquare) / Math.sqrt(rowSquare);
      const isTooShort = rowSquare > 0 && rowSquare < SQUARE_MIN;
      scores.push({ L2: distance, IP: dot, COSINE: isTooShort ? NaN : cosine }[metric]);
    }
  }
  return scores;
}

function float32(values: Float32Array): DenseRows {
  return { element: "float32", values };
}

/** Scores of all queries and rows, in the oracle's order. */
function scoresOf(kernels: Kernels, block: QueryBlock, rows: Float32Array): number[] {
  const scorer = kernels.prepare(block, float32(rows));
  const rowCount = rows.length / block.dim;
  const scores = Array.from({ length: block.queryCount }, (): number[] => []);
  for (let start = 0; start < rowCount; start += scorer.rowCapacity) {
    const end = Math.min(start + scorer.rowCapacity, rowCount);
    for (let row = start; row < end; row++) scorer.rows[row - start] = row;
    scorer.score(end - start);
    for (let q = 0; q < block.queryCount; q++) {
      const at = q * scorer.rowCapacity;
      scores[q].push(...scorer.scores.subarray(at, at + end - start));
    }
  }
  return scores.flat();
}

/** The largest error that f32 sums of `dim` terms of this magnitude may have. */
function tolerance({ dim, metric }: QueryBlock, magnitude: number): number {
  const terms = metric === "COSINE" ? 1 : 4 * dim * magnitude ** 2;
  return terms * (8 + dim / 4) * 2 ** -24 + dim * 2 ** -140;
}

function expectClose(actual: readonly number[], expected: readonly number[], limit: number): void {
  expect(actual.length).toBe(expected.length);
  const errors = actual.map((score, i) => Math.abs(score - expected[i]));
  const worst = Math.max(0, ...errors.filter((_, i) => !Number.isNaN(expected[i])));
  expect(worst).toBeLessThanOrEqual(limit);
}

/** Mostly ordinary numbers, with zeros of both signs and extremes of the given magnitude. */
function componentsOf(magnitude: number, length: number): fc.Arbitrary<Float32Array> {
  const ordinary = fc.double({ min: -magnitude, max: magnitude, noNaN: true }).map(Math.fround);
  const special = fc.constantFrom(
    0,
    -0,
    Math.fround(magnitude),
    -Math.fround(magnitude),
    2 ** -149,
  );
  return fc
    .array(fc.oneof({ weight: 9, arbitrary: ordinary }, { weight: 1, arbitrary: special }), {
      minLength: length,
      maxLength: length,
      size: "max",
    })
    .map((values) => Float32Array.from(values));
}

describe.each(KINDS)("the %s kernels", (kind) => {
  const kernels = loadKernels(0, { kind });

  test.each(METRICS)(
    "score %s as its definition does, for any dim and number of queries",
    (metric) => {
      const cases = fc
        .record({
          dim: fc.oneof(
            fc.constantFrom(...DIMS.filter((dim) => dim <= 127)),
            fc.integer({ min: 1, max: 70 }),
          ),
          queryCount: fc.integer({ min: 1, max: 9 }),
          rowCount: fc.integer({ min: 1, max: 4 }),
          magnitude: fc.constantFrom(1, 1e-3, 255, 1e15),
        })
        .chain((shape) =>
          fc.record({
            shape: fc.constant(shape),
            queries: componentsOf(shape.magnitude, shape.dim * shape.queryCount),
            rows: componentsOf(shape.magnitude, shape.dim * shape.rowCount),
          }),
        );
      fc.assert(
        fc.property(cases, ({ shape: { dim, queryCount, magnitude }, queries, rows }) => {
          const block = { metric, dim, queries, queryCount };
          const scores = scoresOf(kernels, block, rows);
          expectClose(scores, oracle(block, rows), tolerance(block, magnitude));
        }),
        { numRuns: 60 },
      );
    },
  );

  test.each(DIMS)("score vectors of dim %i, several blocks of them", (dim) => {
    const rowCount = Math.min(rowCapacityOf(dim) + 3, 300);
    const queries = Float32Array.from({ length: 6 * dim }, (_, i) => Math.sin(i));
    const rows = Float32Array.from({ length: rowCount * dim }, (_, i) => Math.cos(i * 1.7));
    for (const metric of METRICS) {
      const block = { metric, dim, queries, queryCount: 6 };
      expectClose(scoresOf(kernels, block, rows), oracle(block, rows), tolerance(block, 1));
    }
  });

  test("score vectors of the largest dim, 32,768", () => {
    const dim = 32_768;
    const queries = Float32Array.from({ length: dim }, (_, i) => Math.sin(i));
    const rows = Float32Array.from({ length: 2 * dim }, (_, i) => Math.cos(i));
    for (const metric of METRICS) {
      const block = { metric, dim, queries, queryCount: 1 };
      expectClose(scoresOf(kernels, block, rows), oracle(block, rows), tolerance(block, 1));
    }
  });

  test("score a vector without direction as cosine 0", () => {
    for (const queryCount of [1, 4]) {
      const ones = new Float32Array(queryCount * 5).fill(1);
      const zeros = new Float32Array(queryCount * 5);
      const some = { metric: "COSINE", dim: 5, queryCount } as const;
      const expected = Array.from({ length: queryCount }, () => 0);
      expect(scoresOf(kernels, { ...some, queries: ones }, zeros.subarray(0, 5))).toEqual(expected);
      expect(scoresOf(kernels, { ...some, queries: zeros }, ones.subarray(0, 5))).toEqual(expected);
    }
  });

  test("score what f32 can't hold as infinite", () => {
    const huge = new Float32Array([3e38, 0, 0, 0, 0]);
    const queries = new Float32Array([-3e38, 0, 0, 0, 0]);
    expect(scoresOf(kernels, { metric: "L2", dim: 5, queries, queryCount: 1 }, huge)).toEqual([
      Infinity,
    ]);
    expect(scoresOf(kernels, { metric: "IP", dim: 5, queries, queryCount: 1 }, huge)).toEqual([
      -Infinity,
    ]);
  });

  test("prepare() takes as many queries as a block holds, and no more", () => {
    const dim = 1000;
    const queryCount = queryCapacityOf(dim) + 1;
    const queries = new Float32Array(queryCount * dim);
    expect(
      kernels.prepare({ metric: "L2", dim, queries, queryCount: queryCount - 1 }, float32(queries)),
    ).toBeDefined();
    expect(() =>
      kernels.prepare({ metric: "L2", dim, queries, queryCount }, float32(queries)),
    ).toThrow(AssertionError);
  });

  test("score() refuses more rows than a block holds", () => {
    const one = new Float32Array(4);
    const scorer = kernels.prepare(
      { metric: "L2", dim: 4, queries: one, queryCount: 1 },
      float32(one),
    );
    expect(() => scorer.score(scorer.rowCapacity + 1)).toThrow(AssertionError);
  });
});
