import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { must } from "../../../src/base/assert.ts";
import { isEngineError } from "../../../src/base/errors.ts";
import { scanSparseRows } from "../../../src/index/sparse/scan-sparse-rows.ts";
import { placeSparse, sparseToFile } from "../../../src/index/sparse/sparse-file.ts";
import type { SparseAlgorithm, SparseSearch } from "../../../src/index/sparse/sparse-search.ts";
import { SparseSearcher } from "../../../src/index/sparse/sparse-searcher.ts";
import { createWasmKernels } from "../../../src/kernels/wasm-kernels.ts";
import { seededRandom } from "../../kit/random.ts";
import {
  arbitraryPairs,
  bitsetOf,
  buildInline,
  byValue,
  heapOf,
  hitsOf,
  type Pairs,
  sparseRows,
  sparseVector,
} from "./sparse-kit.ts";

const ALGORITHMS: readonly SparseAlgorithm[] = ["taat", "maxscore", "wand"];
const searchers = (["relaxed", "simd128", "wasm-scalar"] as const).map(
  (kind) => new SparseSearcher(must(createWasmKernels(kind), `this runtime has ${kind}`)),
);
const everything = { bound: Number.POSITIVE_INFINITY };

const arbitrarySearch = fc.record({
  query: arbitraryPairs,
  k: fc.integer({ min: 1, max: 12 }),
  dropRatio: fc.constantFrom(0, 0.2, 0.5, 0.9),
  bound: fc.constantFrom(Number.POSITIVE_INFINITY, -0.5, -3),
  lowerBound: fc.constantFrom(Number.NEGATIVE_INFINITY, -4),
  allowed: fc.option(fc.array(fc.nat(60)), { nil: undefined }),
});

describe("SparseSearcher.search()", () => {
  test("finds with every algorithm and every build what an exact scan finds, to the last bit alike", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryPairs, { maxLength: 60 }),
        fc.array(arbitrarySearch, { minLength: 1, maxLength: 3 }),
        fc.record({ windowRows: fc.integer({ min: 1, max: 40 }), skipped: fc.nat(40) }),
        async (vectors, searches, { windowRows, skipped }) => {
          const rows = sparseRows(vectors);
          const rowStart = Math.min(skipped, vectors.length);
          const rowEnd = vectors.length;
          const index = await buildInline(rows, { windowRows, rowStart });
          for (const { query, k, allowed, ...rest } of searches) {
            const search: SparseSearch = {
              ...rest,
              query: sparseVector(query),
              ...(allowed && { allowed: bitsetOf(vectors.length, allowed) }),
            };
            // All scores: ties and rounding may order the last of k differently.
            const exactHeap = heapOf(vectors.length);
            scanSparseRows({ rows, rowStart, rowEnd, weighting: byValue }, search, exactHeap);
            const exact = hitsOf(exactHeap);
            let first: ReturnType<typeof hitsOf> | undefined;
            for (const searcher of searchers) {
              for (const algorithm of ALGORITHMS) {
                const heap = heapOf(k);
                searcher.search(index, { ...search, algorithm }, heap);
                const hits = hitsOf(heap);
                first ??= hits;
                expect(hits).toEqual(first);
              }
            }
            const found = must(first, "searched");
            expect(found.rows.length).toBe(Math.min(k, exact.rows.length));
            found.keys.forEach((key, i) => {
              expect(Math.abs(key - exact.keys[i])).toBeLessThanOrEqual(1e-6 * Math.abs(key));
            });
            const exactKeys = new Map(exact.rows.map((row, i) => [row, exact.keys[i]]));
            found.rows.forEach((row, i) => {
              const key = exactKeys.get(row) ?? Number.NaN;
              expect(Math.abs(key - found.keys[i])).toBeLessThanOrEqual(1e-6 * Math.abs(key));
            });
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test("leaves out no hit where it passes over terms and rows that cannot matter", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 20 }), async (seed, k) => {
        const random = seededRandom(seed);
        const rows = sparseRows(Array.from({ length: 1000 }, () => pairsLikeWords(random, 12)));
        const index = await buildInline(rows, { windowRows: 256 });
        const query = sparseVector(pairsLikeWords(random, 8));
        const exactHeap = heapOf(k);
        const source = { rows, rowStart: 0, rowEnd: 1000, weighting: byValue };
        scanSparseRows(source, { ...everything, query }, exactHeap);
        const exact = hitsOf(exactHeap);
        for (const searcher of searchers) {
          for (const algorithm of ALGORITHMS) {
            const heap = heapOf(k);
            searcher.search(index, { ...everything, query, algorithm }, heap);
            const { keys } = hitsOf(heap);
            expect(keys.length).toBe(exact.keys.length);
            keys.forEach((key, i) => {
              expect(Math.abs(key - exact.keys[i])).toBeLessThanOrEqual(1e-6 * Math.abs(key));
            });
          }
        }
      }),
      { numRuns: 12 },
    );
  });

  test("finds a row of many small terms behind rows of one great term", async () => {
    const great: Pairs = [[0, 10]];
    const small = (value: number): Pairs => Array.from({ length: 10 }, (_, i) => [1 + i, value]);
    const vectors = Array.from({ length: 128 }, (_, r) => (r < 10 ? great : small(0.5)));
    vectors[100] = small(1.05);
    const index = await buildInline(sparseRows(vectors), { windowRows: 64 });
    const query = sparseVector(Array.from({ length: 11 }, (_, i) => [i, 1]));
    for (const algorithm of ALGORITHMS) {
      const heap = heapOf(10);
      searchers[0].search(index, { ...everything, algorithm, query }, heap);
      expect(hitsOf(heap).rows).toEqual([100, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    }
  });

  test("passes over rows that have nothing in common with the query", async () => {
    const index = await buildInline(sparseRows([[[1, 1]], [], [[2, 1]], [[1, 0]]]));
    const heap = heapOf(10);
    searchers[0].search(index, { ...everything, query: sparseVector([[1, 2]]) }, heap);
    expect(hitsOf(heap)).toEqual({ keys: [-2], rows: [0] });
  });

  test("finds nothing for an empty query and in an empty index", async () => {
    const heap = heapOf(10);
    const some = await buildInline(sparseRows([[[1, 1]]]));
    searchers[0].search(some, { ...everything, query: sparseVector([]) }, heap);
    const none = await buildInline(sparseRows([]));
    searchers[0].search(none, { ...everything, query: sparseVector([[1, 2]]) }, heap);
    expect(heap.size).toBe(0);
  });

  test("keeps the hits that the heap has, and does not offer what is no better", async () => {
    const index = await buildInline(sparseRows([[[1, 1]], [[1, 3]]]));
    for (const algorithm of ALGORITHMS) {
      const heap = heapOf(2);
      heap.push(-2, 77);
      heap.push(-1.5, 78);
      const query = sparseVector([[1, 1]]);
      searchers[0].search(index, { ...everything, algorithm, query }, heap);
      expect(hitsOf(heap)).toEqual({ keys: [-3, -2], rows: [1, 77] });
    }
  });

  test("answers the same again after a longer query has moved its scratch space", async () => {
    const index = await buildInline(
      sparseRows(Array.from({ length: 50 }, (_, r) => [[r % 7, 1 + r]])),
    );
    const short = sparseVector([[3, 1]]);
    const long = sparseVector(Array.from({ length: 500 }, (_, i) => [i, 1]));
    const before = heapOf(3);
    const after = heapOf(3);
    const searcher = searchers[0];
    searcher.search(index, { ...everything, query: short }, before);
    searcher.search(index, { ...everything, query: long }, heapOf(3));
    searcher.search(index, { ...everything, query: short }, after);
    expect(hitsOf(after)).toEqual(hitsOf(before));
  });

  test("finds no more than with true bounds when bounds are lowered", async () => {
    const rows = sparseRows(
      Array.from({ length: 200 }, (_, r) =>
        Array.from({ length: 8 }, (_, i) => [(r * 7 + i * i) % 31, 1 + ((r * i) % 5)] as const),
      ).map((pairs) => [...new Map(pairs)]),
    );
    const index = await buildInline(rows, { windowRows: 16 });
    const query = sparseVector(Array.from({ length: 20 }, (_, i) => [i, 1 + (i % 3)]));
    for (const algorithm of ALGORITHMS) {
      const exact = heapOf(5);
      const rough = heapOf(5);
      searchers[0].search(index, { ...everything, algorithm, query }, exact);
      searchers[0].search(index, { ...everything, algorithm, query, boundRatio: 0.5 }, rough);
      const best = hitsOf(exact);
      const found = hitsOf(rough);
      found.keys.forEach((key, i) => {
        expect(key).toBeGreaterThanOrEqual(best.keys[i]);
      });
      expect(found.keys[0]).toBeLessThan(0);
    }
  });

  test("refuses a query that is no sparse vector", async () => {
    const index = await buildInline(sparseRows([[[1, 1]]]));
    const bad = [
      { indices: Uint32Array.of(2, 1), values: Float32Array.of(1, 1) },
      { indices: Uint32Array.of(1, 1), values: Float32Array.of(1, 1) },
      { indices: Uint32Array.of(0xffffffff), values: Float32Array.of(1) },
      { indices: Uint32Array.of(1), values: Float32Array.of(-1) },
      { indices: Uint32Array.of(1), values: Float32Array.of(Number.NaN) },
    ];
    for (const query of bad) {
      expect(() => searchers[0].search(index, { ...everything, query }, heapOf(1))).toThrow(
        expect.toSatisfy((error) => isEngineError(error, "invalid-parameter")),
      );
    }
  });
});

describe("buildSparseInverted()", () => {
  test("weighs term frequencies by BM25 when asked to", async () => {
    const k1 = 1.2;
    const b = 0.75;
    const averageLength = 4;
    const rows = sparseRows([
      [
        [1, 2],
        [2, 1],
      ],
      [
        [1, 1],
        [3, 6],
      ],
    ]);
    const weighting = { kind: "bm25", k1, b, averageLength } as const;
    const index = await buildInline(rows, { weighting });
    const weight = (frequency: number, length: number) =>
      (frequency * (k1 + 1)) / (frequency + k1 * (1 - b + (b * length) / averageLength));
    for (const algorithm of ALGORITHMS) {
      const heap = heapOf(2);
      const query = sparseVector([[1, 1.5]]);
      searchers[0].search(index, { ...everything, algorithm, query }, heap);
      const { keys, rows: found } = hitsOf(heap);
      expect(found).toEqual([0, 1]);
      expect(keys[0]).toBeCloseTo(-1.5 * weight(2, 3), 5);
      expect(keys[1]).toBeCloseTo(-1.5 * weight(1, 7), 5);
    }
  });

  test("builds windows of more dimensions than its table has room for at first", async () => {
    const rows = sparseRows(
      Array.from({ length: 40 }, (_, r) =>
        Array.from({ length: 1000 }, (_, i) => [r * 1000 + i * 37_000, r + 1] as const),
      ),
    );
    const index = await buildInline(rows, { windowRows: 40 });
    expect(index.windows[0].dimensionCount).toBe(40 * 1000 - overlapOf(rows.indices));
    const heap = heapOf(1);
    searchers[0].search(index, { ...everything, query: sparseVector([[39_000, 1]]) }, heap);
    expect(hitsOf(heap)).toEqual({ keys: [-40], rows: [39] });
  });
});

describe("placeSparse()", () => {
  test("makes room for what sparseToFile() answered, which then answers the same", async () => {
    const vectors = Array.from({ length: 30 }, (_, r) => [[r % 5, r] as const, [9, 1] as const]);
    const index = await buildInline(sparseRows(vectors), { rowStart: 3 });
    const { descriptor, sections } = sparseToFile(index);
    const stored = JSON.parse(JSON.stringify(descriptor));
    const placed = placeSparse(
      stored,
      sections.map(({ length }) => length),
    );
    placed.targets.forEach((section, i) => {
      section.set(sections[i]);
    });
    const query = sparseVector([
      [2, 1],
      [9, 3],
    ]);
    const before = heapOf(7);
    const after = heapOf(7);
    searchers[0].search(index, { ...everything, query }, before);
    searchers[0].search(placed.finish(), { ...everything, query }, after);
    expect(hitsOf(after)).toEqual(hitsOf(before));
    expect(placed.finish().byteSize).toBe(index.byteSize);
    expect(() => placeSparse(stored, [])).toThrow("sections");
  });
});

/** Frequent terms weigh little and rare ones much, as in texts. */
function pairsLikeWords(random: () => number, length: number): Pairs {
  const pairs = Array.from({ length }, () => {
    const term = Math.floor(400 ** random()) - 1;
    return [term, (0.2 + random()) * Math.log(2 + term)] as const;
  });
  return [...new Map(pairs)];
}

/** Elements whose dimension another row has too. */
function overlapOf(indices: Uint32Array): number {
  return indices.length - new Set(indices).size;
}
