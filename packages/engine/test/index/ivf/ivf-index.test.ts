import { describe, expect, test } from "vitest";
import { Bitset } from "../../../src/base/bitset.ts";
import { type DenseMetric, denseMetrics } from "../../../src/base/metric.ts";
import type { IvfIndex } from "../../../src/index/ivf/ivf-index.ts";
import { loadKernels } from "../../../src/kernels/load-kernels.ts";
import { clusteredRows, exact, sharedVectors } from "../graph/graph-fixture.ts";
import {
  build,
  centroidOf,
  meanOf,
  type PackedRow,
  packedRows,
  rotated,
  runInline,
  search,
} from "./ivf-fixture.ts";

const ROWS = 1_500;
const DIM = 100;
const QUERIES = 20;
const all = clusteredRows(ROWS + QUERIES, DIM, { normSpread: 0.3 });
const source = sharedVectors(all.slice(0, ROWS * DIM), DIM);
const queries = Array.from({ length: QUERIES }, (_, q) => {
  return all.slice((ROWS + q) * DIM, (ROWS + q + 1) * DIM);
});
const indexes = Object.fromEntries(
  denseMetrics.map((metric) => [metric, build(source, { metric })]),
) as Record<DenseMetric, Promise<IvfIndex>>;

function rowVector(row: number): Float32Array {
  return source.values.slice(row * DIM, (row + 1) * DIM);
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function minus(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((x, i) => x - b[i]);
}

/** The key that the codes stand for: of norm 1 under COSINE. */
function trueKey(metric: DenseMetric, query: Float32Array, row: Float32Array): number {
  if (metric === "IP") return -dot(query, row);
  const difference = minus(query, row);
  return dot(difference, difference);
}

describe("buildIvf()", () => {
  test.each(denseMetrics)(
    "puts each row on one list, of a near centroid, under %s",
    async (metric) => {
      const index = await indexes[metric];
      const { quantizer } = index;
      const packed = packedRows(index);
      expect(packed.map(({ row }) => row).sort((a, b) => a - b)).toEqual(
        Array.from({ length: ROWS }, (_, row) => row),
      );
      for (const { row, list } of packed.filter((_, i) => i % 20 === 0)) {
        const vector = rotated(quantizer, rowVector(row));
        const distances = Array.from({ length: quantizer.listCount }, (_, other) =>
          trueKey("L2", vector, centroidOf(quantizer, other)),
        );
        // Rows are compared with codes of 6 bits.
        expect(distances[list]).toBeLessThan(1.05 * Math.min(...distances) + 1e-6);
      }
    },
  );

  test.each(denseMetrics)("packs fine codes as they are defined, under %s", async (metric) => {
    const index = await indexes[metric];
    const { quantizer } = index;
    const mean = meanOf(quantizer);
    for (const { row, list, fine } of packedRows(index)) {
      const centroid = centroidOf(quantizer, list);
      const residual = minus(rotated(quantizer, rowVector(row)), centroid);
      const square = dot(residual, residual);
      const step = 0.3352 * Math.sqrt(square / residual.length);
      const isRight = fine.levels.every((level, i) => {
        const wanted = Math.max(-8, Math.min(8, residual[i] / step));
        return Math.abs(level - wanted) < 0.501;
      });
      expect(isRight, `levels of row ${row}`).toBe(true);
      const factor = square / dot(fine.levels, residual);
      const signed = factor * dot(fine.levels, minus(centroid, mean));
      const isInner = metric === "IP";
      const base = isInner ? signed - dot(centroid, residual) : square + 2 * signed;
      expect(Math.abs(fine.base - base)).toBeLessThan(1e-4 * (1 + Math.abs(base)));
      expect(fine.slope).toBeCloseTo(isInner ? -factor : -2 * factor, 4);
    }
  });

  test.each(denseMetrics)(
    "estimates by fine codes as well as they say, under %s",
    async (metric) => {
      const index = await indexes[metric];
      const { quantizer } = index;
      const mean = meanOf(quantizer);
      const packed = packedRows(index).filter(({ row }) => row % 50 === 0);
      const errors: number[] = [];
      for (const vector of queries) {
        const query = rotated(quantizer, vector);
        const moved = minus(query, mean);
        for (const { row, list, fine } of packed) {
          const centroid = centroidOf(quantizer, list);
          const gap = trueKey(metric, query, centroid);
          const estimate = gap + fine.base + fine.slope * dot(fine.levels, moved);
          const spread = Math.sqrt(trueKey("L2", query, centroid));
          const truth = trueKey(metric, query, rotated(quantizer, rowVector(row)));
          errors.push((estimate - truth) / (fine.slope * spread));
        }
      }
      const average = errors.reduce((sum, error) => sum + error, 0) / errors.length;
      const deviation = Math.sqrt(dot(errors, errors) / errors.length);
      expect(Math.abs(average)).toBeLessThan(0.05);
      expect(deviation).toBeGreaterThan(0.2);
      expect(deviation).toBeLessThan(0.4);
    },
  );

  test.each(denseMetrics)(
    "packs signs, bases and slopes as they are defined, under %s",
    async (metric) => {
      const index = await indexes[metric];
      const { quantizer } = index;
      const mean = meanOf(quantizer);
      for (const { row, list, signs, base, slope } of packedRows(index)) {
        const vector = rotated(quantizer, rowVector(row));
        const centroid = centroidOf(quantizer, list);
        const residual = minus(vector, centroid);
        const square = dot(residual, residual);
        const factor = square / residual.reduce((sum, x) => sum + Math.abs(x), 0);
        const signed = factor * dot(signs, minus(centroid, mean));
        const isRight = signs.every(
          (sign, i) => Math.abs(residual[i]) < 1e-6 || sign * residual[i] > 0,
        );
        expect(isRight, `signs of row ${row}`).toBe(true);
        const isInner = metric === "IP";
        const wanted = isInner ? signed - dot(centroid, residual) : square + 2 * signed;
        expect(Math.abs(base - wanted)).toBeLessThan(1e-4 * (1 + Math.abs(wanted)));
        expect(slope).toBeCloseTo(isInner ? -factor : -2 * factor, 4);
      }
    },
  );

  test.each(denseMetrics)("makes estimates that keep to their bounds, under %s", async (metric) => {
    const index = await indexes[metric];
    const { quantizer } = index;
    const mean = meanOf(quantizer);
    let below = 0;
    let outside = 0;
    let count = 0;
    let bias = 0;
    const rows = packedRows(index)
      .filter((_, i) => i % 5 === 0)
      .map((packed) => ({ packed, vector: rotated(quantizer, rowVector(packed.row)) }));
    for (const query of queries.map((given) => rotated(quantizer, given))) {
      for (const { packed, vector } of rows) {
        const { estimate, deviation } = estimateOf(index, packed, query, mean);
        const key = trueKey(metric, query, vector);
        const error = (key - estimate) / deviation;
        bias += error;
        if (error < -1.9) below++;
        if (Math.abs(error) > 5) outside++;
        count++;
      }
    }
    expect(Math.abs(bias / count)).toBeLessThan(0.1);
    expect(below / count).toBeLessThan(0.05);
    expect(outside / count).toBeLessThan(0.001);
  });
});

/** By the formula of ivf-index.ts. */
function estimateOf(
  { quantizer, metric }: IvfIndex,
  { list, signs, base, slope }: PackedRow,
  query: Float32Array,
  mean: Float32Array,
): { estimate: number; deviation: number } {
  const centroid = centroidOf(quantizer, list);
  const fromCentroid = trueKey("L2", query, centroid);
  const gap = metric === "IP" ? -dot(query, centroid) : fromCentroid;
  const estimate = gap + base + slope * dot(signs, minus(query, mean));
  return { estimate, deviation: 0.6 * Math.abs(slope) * Math.sqrt(fromCentroid) };
}

describe("IvfSearcher.search()", () => {
  /** The share of the true neighbours that searches find. */
  async function recallOf(metric: DenseMetric, k: number, allowed?: Bitset): Promise<number> {
    const index = await indexes[metric];
    let found = 0;
    let wanted = 0;
    for (const query of queries) {
      const truth = exact(source, { metric, query, k, ...(allowed && { allowed }) });
      const { rows, keys } = search(index, source, { query, k, ...(allowed && { allowed }) });
      expect(rows).toHaveLength(truth.rows.length);
      expect(new Set(rows).size).toBe(rows.length);
      expect(rows.every((row) => allowed?.has(row) ?? true)).toBe(true);
      expect(keys).toEqual(keys.toSorted((a, b) => a - b));
      found += truth.rows.filter((row) => rows.includes(row)).length;
      wanted += truth.rows.length;
    }
    return found / wanted;
  }

  test.each(denseMetrics)("finds nearly all in all lists, under %s", async (metric) => {
    expect(await recallOf(metric, 1)).toBeGreaterThan(0.9);
    expect(await recallOf(metric, 10)).toBeGreaterThan(0.95);
    expect(await recallOf(metric, 100)).toBeGreaterThan(0.95);
  });

  test.each(denseMetrics)("finds nearly all that a filter allows, under %s", async (metric) => {
    for (const step of [2, 10, 100]) {
      const allowed = new Bitset(ROWS);
      for (let row = 1; row < ROWS; row += step) allowed.add(row);
      expect(await recallOf(metric, 10, allowed)).toBeGreaterThan(0.95);
    }
  });

  test("gives every row when as many are asked for, and more", async () => {
    const index = await indexes.L2;
    for (const k of [ROWS, ROWS + 10]) {
      const { rows } = search(index, source, { query: queries[0], k });
      expect(new Set(rows).size).toBe(ROWS);
    }
  });

  test("looks into more lists than it was told where these have too few rows", async () => {
    const effort = { recall: 0.5, probeCount: 1 };
    const allowed = new Bitset(ROWS);
    for (let row = 0; row < ROWS; row += 10) allowed.add(row);
    for (const metric of denseMetrics) {
      const index = await indexes[metric];
      for (const query of queries) {
        const many = search(index, source, { query, k: 800, effort }).rows;
        expect(new Set(many).size).toBe(800);
        const few = search(index, source, { query, k: 150, effort, allowed }).rows;
        expect(new Set(few).size).toBe(150);
      }
    }
  });

  test.each(denseMetrics)("keeps to a bound and to a lower one, under %s", async (metric) => {
    const index = await indexes[metric];
    for (const query of queries) {
      const { keys } = search(index, source, { query, k: ROWS });
      const [lowerBound, bound] = [keys[40], keys[300]];
      const within = search(index, source, { query, k: ROWS, lowerBound, bound });
      expect(within.keys.every((key) => key >= lowerBound && key < bound)).toBe(true);
      expect(within.keys.length).toBeGreaterThan(0.9 * 260);
      const best = search(index, source, { query, k: 10, bound: keys[5] });
      expect(best.keys.every((key) => key < keys[5])).toBe(true);
    }
  });

  test("finds rows of a part of a segment by their numbers in the segment", async () => {
    const part = { rowStart: 301, rowEnd: 1_007 };
    const index = await build(source, { metric: "L2", listCount: 8 }, part);
    const allowed = new Bitset(ROWS);
    allowed.addRange(part.rowStart, part.rowEnd);
    for (const query of queries) {
      const truth = exact(source, { metric: "L2", query, k: 5, allowed }).rows;
      const { rows } = search(index, source, { query, k: 5 });
      expect(rows.every((row) => row >= part.rowStart && row < part.rowEnd)).toBe(true);
      expect(truth.filter((row) => rows.includes(row)).length).toBeGreaterThanOrEqual(4);
    }
    for (let row = 302; row < part.rowEnd; row += 2) allowed.delete(row);
    const { rows } = search(index, source, { query: queries[0], k: 300, allowed });
    expect(rows).toHaveLength(300);
    expect(rows.every((row) => row % 2 === 1)).toBe(true);
  });

  // Of rows without a residual estimates are exact: all of them lie at the bound, none below it.
  test.each(denseMetrics)("takes rows that are all equal, or zero, under %s", async (metric) => {
    for (const value of [0, 3]) {
      const equal = sharedVectors(new Float32Array(200 * 70).fill(value), 70);
      const index = await build(equal, { metric, listCount: 4 });
      for (const k of [7, 200]) {
        const { rows } = search(index, equal, { query: new Float32Array(70).fill(1), k });
        expect(new Set(rows).size).toBe(k);
      }
    }
  });

  test.each([1, 2, 3, 40])("takes %d rows", async (rowCount) => {
    const few = sharedVectors(all.slice(0, rowCount * DIM), DIM);
    for (const metric of denseMetrics) {
      const index = await build(few, { metric, listCount: 4 });
      const query = queries[0];
      const { rows } = search(index, few, { query, k: 50 });
      expect(rows).toEqual(exact(few, { metric, query, k: 50 }).rows);
    }
  });

  test.each(["simd128", "wasm-scalar"] as const)(
    "finds in an index what relaxed SIMD finds, and builds one as good, with %s",
    async (kind) => {
      const others = loadKernels(1, { kind });
      const ours = await indexes.COSINE;
      const theirs = await build(source, { metric: "COSINE" }, undefined, runInline(others));
      let same = 0;
      let found = 0;
      for (const query of queries) {
        const truth = exact(source, { metric: "COSINE", query, k: 10 }).rows;
        const wanted = search(ours, source, { query, k: 10 }).rows;
        const { rows } = search(ours, source, { query, k: 10 }, others);
        same += rows.filter((row) => wanted.includes(row)).length;
        const built = search(theirs, source, { query, k: 10 }, others).rows;
        found += truth.filter((row) => built.includes(row)).length;
      }
      expect(same).toBeGreaterThanOrEqual(0.99 * 10 * QUERIES);
      expect(found).toBeGreaterThan(0.95 * 10 * QUERIES);
    },
  );
});
