import { describe, expect, it } from "vitest";
import { Bitset } from "../../../src/base/bitset.ts";
import { denseMetrics } from "../../../src/base/metric.ts";
import { buildGraph } from "../../../src/index/graph/build-graph.ts";
import type { GraphIndex } from "../../../src/index/graph/graph-index.ts";
import { searchCost } from "../../../src/index/graph/graph-plan.ts";
import { loadKernels } from "../../../src/kernels/load-kernels.ts";
import {
  build,
  clusteredRows,
  exact,
  randomFrom,
  recallOf,
  runInline,
  search,
  sharedVectors,
} from "./graph-fixture.ts";

const ROWS = 1500;
const DIM = 40;
const QUERIES = 30;

/** Rows, and others like them to search for. */
function dataOf(dim = DIM, rowCount = ROWS, normSpread = 0) {
  const all = clusteredRows(rowCount + QUERIES, dim, { normSpread });
  const source = sharedVectors(all.slice(0, rowCount * dim), dim);
  return { source, queries: all.slice(rowCount * dim) };
}

const { source, queries } = dataOf();
const query = queries.slice(0, DIM);
const built = build(source, { metric: "L2", efConstruction: 80 });

/** Enough rows for the build to measure how searches do. */
const LARGE = 4200;
const large = dataOf(DIM, LARGE);
const calibrated = build(large.source, { metric: "L2", m: 8, efConstruction: 40 });

/** The same graph, of which no search compares all codes. */
function walked(index: GraphIndex): GraphIndex {
  return { ...index, calibration: { points: [], scanNsPerRow: 1e9 } };
}

/** Keeps that many candidates. */
function candidates(candidateCount: number) {
  return { recall: 1, candidateCount };
}

describe("GraphSearcher.search()", () => {
  it.each(denseMetrics)("finds the true neighbours under %s", async (metric) => {
    const index = walked(await build(source, { metric, efConstruction: 80 }));
    const effort = candidates(100);
    expect(recallOf(index, source, queries, { k: 10, effort })).toBeGreaterThan(0.97);
    expect(recallOf(index, source, queries, { k: 100, effort })).toBeGreaterThan(0.95);
  });

  it("finds the greatest products among rows of very different norms", async () => {
    for (const codeBits of [4, 7] as const) {
      const spread = dataOf(DIM, ROWS, 1);
      const index = walked(await build(spread.source, { metric: "IP", codeBits }));
      const request = { k: 10, effort: candidates(100) };
      expect(recallOf(index, spread.source, spread.queries, request)).toBeGreaterThan(0.95);
    }
  });

  it("finds nearly as much on codes of 4 bits", async () => {
    const wide = dataOf(192);
    const index = walked(await build(wide.source, { metric: "COSINE", codeBits: 4 }));
    const request = { k: 10, effort: candidates(80) };
    expect(recallOf(index, wide.source, wide.queries, request)).toBeGreaterThan(0.95);
  });

  it.each(["simd128", "wasm-scalar"] as const)(
    "finds the same with the kernels %s",
    async (kind) => {
      const few = dataOf(DIM, 500);
      const others = loadKernels(1, { kind });
      const options = { metric: "COSINE", seed: 5, codeBits: 4 } as const;
      const range = { rowStart: 0, rowEnd: 500 };
      const ours = walked(await buildGraph(few.source, range, options, runInline()));
      const theirs = walked(await buildGraph(few.source, range, options, runInline(others)));
      for (let at = 0; at < few.queries.length; at += DIM) {
        const request = { query: few.queries.slice(at, at + DIM), k: 10, effort: candidates(30) };
        const { rows } = search(theirs, few.source, request, others);
        expect(rows).toEqual(search(ours, few.source, request).rows);
      }
    },
  );

  it("reaches the recall that is asked for", async () => {
    const index = await calibrated;
    expect(index.calibration.points.length).toBeGreaterThan(0);
    const walkedOnly = { ...index, calibration: { ...index.calibration, scanNsPerRow: 1e9 } };
    for (const recall of [0.8, 0.9, 0.95, 0.99]) {
      const request = { k: 10, effort: { recall } };
      expect(recallOf(walkedOnly, large.source, large.queries, request)).toBeGreaterThan(
        recall - 0.05,
      );
    }
  });

  it.each([0.5, 0.1, 0.01, 0.001])("keeps its recall when a filter leaves %d", async (share) => {
    const index = await calibrated;
    const allowed = new Bitset(LARGE);
    const random = randomFrom(3);
    for (let row = 0; row < LARGE; row++) if (random() < share) allowed.add(row);
    const request = { k: 10, effort: { recall: 0.95 }, allowed };
    expect(recallOf(index, large.source, large.queries, request)).toBeGreaterThan(0.93);
    expect(recallOf(walked(index), large.source, large.queries, request)).toBeGreaterThan(0.93);
  });

  it("finds as much when the number of allowed rows is a guess", async () => {
    const allowed = new Bitset(ROWS);
    allowed.addRange(100, 900);
    for (const allowedCount of [0, 3, 10_000]) {
      const request = { query, k: 50, allowed, allowedCount, effort: candidates(80) };
      const { rows } = search(await built, source, request);
      expect(rows).toHaveLength(50);
      expect(rows.every((row) => allowed.has(row))).toBe(true);
    }
  });

  it("gives every row there is when more are asked for", async () => {
    for (const index of [await built, walked(await built)]) {
      const { rows } = search(index, source, { query, k: ROWS + 1 });
      expect(rows.sort((a, b) => a - b)).toEqual(Array.from({ length: ROWS }, (_, row) => row));
    }
  });

  it("gives k rows when fewer candidates are asked for", async () => {
    const request = { query, k: 50, effort: candidates(1) };
    expect(new Set(search(walked(await built), source, request).rows).size).toBe(50);
  });

  it("keeps to the bound", async () => {
    const { keys } = search(await built, source, { query, k: 20 });
    const within = search(await built, source, { query, k: 20, bound: keys[9] });
    expect(within.keys).toEqual(keys.slice(0, 9));
  });

  it.each([false, true])(
    "pages through all rows by lower bounds, walking: %s",
    async (isWalked) => {
      const index = isWalked ? walked(await built) : await built;
      const seen = new Set<number>();
      let lowerBound = 0;
      for (let size = -1; seen.size > size; ) {
        size = seen.size;
        // The last key may be that of several rows.
        const { rows, keys } = search(index, source, { query, k: 60, lowerBound });
        for (const row of rows) seen.add(row);
        lowerBound = keys[keys.length - 1];
      }
      expect(seen.size).toBeGreaterThan(isWalked ? 0.99 * ROWS : ROWS - 1);
    },
  );

  it("finds rows of a part of a segment by their numbers in the segment", async () => {
    const index = await build(source, { metric: "L2" }, { rowStart: 301, rowEnd: 1007 });
    const allowed = new Bitset(ROWS);
    allowed.addRange(301, 1007);
    const request = { k: 10, effort: candidates(100), allowed };
    expect(recallOf(walked(index), source, queries, request)).toBeGreaterThan(0.97);
    const { rows } = search(index, source, { query, k: 10 });
    expect(rows).toEqual(exact(source, { metric: "L2", query, k: 10, allowed }).rows);
    for (let row = 302; row < 1007; row += 2) allowed.delete(row);
    for (const one of [index, walked(index)]) {
      const odd = search(one, source, { query, k: 10, effort: candidates(100), allowed }).rows;
      expect(odd).toEqual(exact(source, { metric: "L2", query, k: 10, allowed }).rows);
    }
  });
});

describe("buildGraph()", () => {
  it("takes any small number of rows", async () => {
    for (const rowCount of [1, 2, 3, 7, 40]) {
      const few = dataOf(5, rowCount);
      const request = { query: few.queries.slice(0, 5), k: 10 };
      for (const metric of denseMetrics) {
        const index = await build(few.source, { metric });
        const wanted = exact(few.source, { metric, ...request }).rows;
        expect(search(index, few.source, request).rows).toEqual(wanted);
        expect(search(walked(index), few.source, request).rows).toEqual(wanted);
      }
    }
  });

  it.each([1, 2, 3, 100, 768])("takes rows of %d components", async (dim) => {
    const other = dataOf(dim, 800);
    const index = walked(await build(other.source, { metric: "L2", efConstruction: 60 }));
    const request = { k: 10, effort: candidates(80) };
    expect(recallOf(index, other.source, other.queries, request)).toBeGreaterThan(0.95);
  });

  it.each([
    [2, 1, 0.1],
    [2, 100, 0.9],
    [3, 10, 0.9],
    [64, 20, 0.97],
  ])("takes m = %d and efConstruction = %d", async (m, efConstruction, recall) => {
    const index = walked(await build(source, { metric: "L2", m, efConstruction }));
    const request = { k: 10, effort: candidates(400) };
    expect(recallOf(index, source, queries, request)).toBeGreaterThan(recall);
  });

  it("keeps rows reachable beside many equal ones", async () => {
    for (const metric of denseMetrics) {
      const mixed = dataOf(DIM, 2000);
      const equal = mixed.source.values.slice(0, DIM);
      for (let row = 500; row < 1500; row++) mixed.source.values.set(equal, row * DIM);
      const index = walked(await build(mixed.source, { metric, efConstruction: 80 }));
      const request = { k: 10, effort: candidates(100) };
      expect(recallOf(index, mixed.source, mixed.queries, request)).toBeGreaterThan(0.95);
      if (metric !== "IP") {
        const { rows, keys } = search(index, mixed.source, { query: equal, k: 1000 });
        expect(new Set(rows).size).toBe(1000);
        expect(keys[999] - keys[0]).toBeLessThan(1e-5);
      }
      const allowed = new Bitset(2000);
      allowed.add(1499);
      const one = search(index, mixed.source, {
        query: mixed.queries.slice(0, DIM),
        k: 10,
        allowed,
      });
      expect(one.rows).toEqual([1499]);
    }
  });

  it.each(denseMetrics)("takes rows that are zero under %s", async (metric) => {
    const mixed = dataOf();
    for (let row = 0; row < ROWS; row += 4) {
      mixed.source.values.fill(0, row * DIM, (row + 1) * DIM);
    }
    const index = walked(await build(mixed.source, { metric, efConstruction: 80 }));
    const request = { k: 10, effort: candidates(100) };
    expect(recallOf(index, mixed.source, mixed.queries, request)).toBeGreaterThan(0.95);
    const { rows } = search(index, mixed.source, { query: new Float32Array(DIM), k: 5 });
    expect(rows).toHaveLength(5);
  });

  it("takes rows that are all equal, and all zero", async () => {
    for (const value of [0, 3]) {
      const equal = sharedVectors(new Float32Array(200 * 8).fill(value), 8);
      for (const metric of denseMetrics) {
        const index = walked(await build(equal, { metric }));
        const { rows } = search(index, equal, { query: new Float32Array(8).fill(1), k: 7 });
        expect(new Set(rows).size).toBe(7);
      }
    }
  });

  it("builds the same graph from the same seed", async () => {
    const bytesOf = ({ memory, byteSize }: GraphIndex) =>
      Buffer.from(memory.buffer.slice(64, byteSize));
    const again = await build(source, { metric: "L2", efConstruction: 80 });
    const { byteSize } = again;
    // From the first part on: before it, threads note where their scratch is.
    expect(byteSize).toBe((await built).byteSize);
    expect(
      bytesOf(again)
        .subarray(32_768)
        .equals(bytesOf(await built).subarray(32_768)),
    ).toBe(true);
  });

  it("ends when its steps are refused, and tells how far it is", async () => {
    const shares: number[] = [];
    const range = { rowStart: 0, rowEnd: ROWS };
    const options = { metric: "L2", seed: 1, efConstruction: 10 } as const;
    await buildGraph(source, range, options, runInline(), (share) => shares.push(share));
    expect(shares.at(-1)).toBe(1);
    expect([...shares].sort((a, b) => a - b)).toEqual(shares);
    const refused = new Error("cancelled");
    let count = 0;
    const run = runInline();
    const building = buildGraph(source, range, options, async (steps) => {
      if (++count > 4) throw refused;
      return run(steps);
    });
    await expect(building).rejects.toBe(refused);
  });
});

describe("searchCost()", () => {
  it("grows with the candidates, and shrinks when few rows are allowed", async () => {
    const index = await calibrated;
    const cost = (candidateCount: number, allowedCount: number) =>
      searchCost(index, { k: 10, effort: candidates(candidateCount), allowedCount });
    expect(cost(20, LARGE)).toBeLessThan(cost(500, LARGE));
    expect(cost(500, 6)).toBeLessThan(cost(500, LARGE));
    expect(cost(500, 0)).toBe(0);
  });
});
