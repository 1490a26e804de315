import { describe, expect, test } from "vitest";
import { type DenseMetric, denseMetrics } from "../../../src/base/metric.ts";
import { scanFlat } from "../../../src/index/flat/flat-scan.ts";
import { buildIvf } from "../../../src/index/ivf/build-ivf.ts";
import { ivfToFile, placeIvf } from "../../../src/index/ivf/ivf-file.ts";
import type { IvfIndex } from "../../../src/index/ivf/ivf-index.ts";
import { probeCountOf, searchCost } from "../../../src/index/ivf/ivf-plan.ts";
import { type IvfStep, runIvfStep } from "../../../src/index/ivf/ivf-steps.ts";
import { curveDepths, curveRecalls } from "../../../src/index/ivf/probe-curves.ts";
import { trainIvf } from "../../../src/index/ivf/train-ivf.ts";
import { isSample, sampleCountOf } from "../../../src/index/ivf/training-set.ts";
import { guessedCost } from "../../../src/index/search-time.ts";
import type { RowRange, RunSteps, SharedVectors } from "../../../src/index/vector-index.ts";
import { clusteredVectors } from "../../indexed/sample-vectors.ts";
import { kernels, sharedVectors } from "../graph/graph-fixture.ts";
import { runInline, search } from "./ivf-fixture.ts";

const dim = 64;
const rowCount = 12_000;
const queryCount = 200;
const all = clusteredVectors(rowCount + queryCount, dim, { clusters: 300, spread: 0.8 });
const source = sharedVectors(all.slice(0, rowCount * dim), dim);
const queries = all.slice(rowCount * dim);

/** An index with as many lists as suit the rows. */
async function build(
  from: SharedVectors,
  metric: DenseMetric,
  rows: RowRange = { rowStart: 0, rowEnd: from.values.length / dim },
): Promise<IvfIndex> {
  const quantizer = await trainIvf(from, rows, { metric, seed: 3 }, runInline());
  return buildIvf(from, rows, { quantizer }, runInline());
}

/** What searches for vectors that the index has never seen find of the true neighbours. */
function recallOf(index: IvfIndex, from: SharedVectors, k: number, recall: number): number {
  const { metric } = index;
  const request = {
    kind: "dense" as const,
    vectors: from,
    dim,
    rowStart: 0,
    rowEnd: rowCount,
    metric,
  };
  const truth = scanFlat(kernels, { ...request, queries, queryCount, k });
  let found = 0;
  for (let q = 0; q < queryCount; q++) {
    const query = queries.subarray(q * dim, (q + 1) * dim);
    const wanted = new Set(truth.rows.subarray(q * k, (q + 1) * k));
    const { rows } = search(index, from, { query, k, effort: { recall } });
    found += rows.filter((row) => wanted.has(row)).length;
  }
  return found / (k * queryCount);
}

describe("calibrateIvf()", () => {
  test.each(denseMetrics)(
    "makes searches reach the recall that is asked for, under %s",
    async (metric) => {
      const index = await build(source, metric);
      expect(index.quantizer.listCount).toBe(256);
      for (const k of [10, 100]) {
        for (const recall of [0.9, 0.95]) {
          expect(recallOf(index, source, k, recall)).toBeGreaterThan(recall - 0.015);
          const allowedCount = rowCount;
          const probeCount = probeCountOf(index, { k, effort: { recall }, allowedCount });
          expect(probeCount).toBeLessThan(index.quantizer.listCount);
        }
      }
    },
  );

  test("measures curves once for all that share a quantizer, and costs for each index", async () => {
    const half = { rowStart: 0, rowEnd: rowCount / 2 };
    const trained = await trainIvf(source, half, { metric: "L2", seed: 1 }, runInline());
    expect(trained.curves).toEqual([]);
    const first = await buildIvf(source, half, { quantizer: trained }, runInline());
    expect(first.quantizer.curves).toHaveLength(curveDepths.length);
    for (const curve of first.quantizer.curves) {
      for (const numbers of [curve.reaches, curve.counts]) {
        expect(numbers).toHaveLength(curveRecalls.length);
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      }
    }
    const kinds: string[] = [];
    const other = { rowStart: rowCount / 2, rowEnd: rowCount };
    const run = runInline();
    const second = await buildIvf(source, other, first, (steps) => {
      kinds.push(...steps.map(({ kind }) => kind));
      return run(steps);
    });
    expect(second.quantizer).toEqual(first.quantizer);
    expect(new Set(kinds)).toEqual(
      new Set(["ivf-code-rows", "ivf-pack-blocks", "ivf-time-searches"]),
    );
    expect(second.cost).not.toEqual(guessedCost);
  });

  test("does for indexes of a single row, of equal rows and of few", async () => {
    for (const values of [
      all.slice(0, dim),
      new Float32Array(50 * dim).fill(1),
      all.slice(0, 40 * dim),
    ]) {
      const few = sharedVectors(values, dim);
      const count = values.length / dim;
      const index = await build(few, "L2");
      const { rows } = search(index, few, {
        query: queries.slice(0, dim),
        k: 60,
        effort: { recall: 0.9 },
      });
      expect(rows.toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: count }, (_, row) => row),
      );
    }
  });

  test("tells how far a build is", async () => {
    const shares: number[] = [];
    const rows = { rowStart: 0, rowEnd: 2_000 };
    const quantizer = await trainIvf(source, rows, { metric: "L2", seed: 1 }, runInline());
    const run: RunSteps<IvfStep, unknown> = async (steps, onFinished) =>
      steps.map((step, i) => {
        const result = runIvfStep(kernels, step);
        onFinished?.(i + 1);
        return result;
      });
    await buildIvf(source, rows, { quantizer }, run, (share) => shares.push(share));
    expect(shares.length).toBeGreaterThan(4);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });
});

describe("searchCost()", () => {
  test("grows with lists and hits, and is nothing where nothing is allowed", async () => {
    const built = await build(source, "L2", { rowStart: 0, rowEnd: 2_000 });
    const index = { ...built, cost: { fixedNs: 1000, effortNs: 100, hitNs: 10 } };
    const cost = (k: number, probeCount: number, allowedCount = 2_000): number =>
      searchCost(index, { k, effort: { recall: 1, probeCount }, allowedCount });
    expect(cost(10, 4)).toBe(1000 + 400 + 100);
    expect(cost(100, 4)).toBe(1000 + 400 + 1000);
    expect(cost(100, 4, 5)).toBe(1000 + 400 + 50);
    expect(cost(100, 4, 0)).toBe(0);
  });
});

describe("placeIvf()", () => {
  test("gives back what was measured, and guesses where that makes no sense", async () => {
    const index = await build(source, "COSINE", { rowStart: 0, rowEnd: 1_000 });
    const comparison = { recall: 0.95, ivfNs: 2, graphNs: 1 };
    const { descriptor, sections } = ivfToFile({ ...index, comparison });
    const read = (changed: object): IvfIndex => {
      const lengths = sections.map(({ length }) => length);
      const text = JSON.stringify({ ...descriptor, ...changed });
      const placed = placeIvf(JSON.parse(text), lengths, new Map());
      for (const [i, target] of placed.targets.entries()) target.set(sections[i]);
      return placed.finish();
    };
    const again = read({});
    expect(again.cost).toEqual(index.cost);
    expect(again.comparison).toEqual(comparison);
    expect(again.quantizer.curves).toEqual(index.quantizer.curves);
    const strange = read({ cost: { fixedNs: "much" }, comparison: 7 });
    expect(strange.cost).toEqual(guessedCost);
    expect(strange.comparison).toBeUndefined();
  });
});

describe("isSample()", () => {
  test("knows the rows that were trained on", () => {
    for (const [listCount, trainedRows] of [
      [16, 900],
      [16, 1500],
      [16, 40_000],
    ]) {
      const rows = Array.from({ length: trainedRows }, (_, row) => row);
      const seen = rows.filter((row) => isSample({ listCount, trainedRows }, row));
      expect(seen).toHaveLength(sampleCountOf(listCount, trainedRows));
    }
  });
});
