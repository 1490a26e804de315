import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BinaryIvf, BinaryIvfMetric } from "../../../src/index/binary/binary-ivf.ts";
import { binaryIvfToFile, placeBinaryIvf } from "../../../src/index/binary/binary-ivf-file.ts";
import { BinaryIvfSearcher } from "../../../src/index/binary/binary-ivf-searcher.ts";
import { type BinaryIvfStep, runBinaryIvfStep } from "../../../src/index/binary/binary-ivf-step.ts";
import { buildBinaryIvf } from "../../../src/index/binary/build-binary-ivf.ts";
import { scanBinaryRows } from "../../../src/index/binary/scan-binary-rows.ts";
import { trainBinaryCentroids } from "../../../src/index/binary/train-binary-centroids.ts";
import type { RunSteps } from "../../../src/index/vector-index.ts";
import { seededRandom } from "../../kit/random.ts";
import {
  arbitraryRow,
  bestByDefinition,
  binaryRows,
  bitsetOf,
  heapOf,
  hitsOf,
  wasmKernels,
} from "./binary-kit.ts";

const everything = { bound: Number.POSITIVE_INFINITY };
const searchers = wasmKernels.map((kernels) => new BinaryIvfSearcher(kernels));

/** Steps may run in any order. */
const runInline: RunSteps<BinaryIvfStep, void> = async (steps) =>
  [...steps].reverse().map((step) => runBinaryIvfStep(wasmKernels[0], step));

async function buildInline(
  rows: readonly Uint8Array[],
  rowBytes: number,
  options: { metric: BinaryIvfMetric; listCount: number; rowStart?: number },
): Promise<{ index: BinaryIvf; vectors: Uint8Array }> {
  const vectors = binaryRows(rows, rowBytes);
  const source = { values: vectors, rowBytes };
  const range = { rowStart: options.rowStart ?? 0, rowEnd: rows.length };
  const centroids = await trainBinaryCentroids(source, range, { ...options, seed: 5 }, runInline);
  return { index: await buildBinaryIvf(source, range, centroids, runInline), vectors };
}

/** Rows around some centres: `flips` bits of each differ. */
function clusteredRows(rowCount: number, rowBytes: number, flips: number): Uint8Array[] {
  const random = seededRandom(3);
  const below = (end: number) => Math.floor(random() * end);
  const centres = Array.from({ length: 20 }, () =>
    Uint8Array.from({ length: rowBytes }, () => below(256)),
  );
  return Array.from({ length: rowCount }, () => {
    const row = centres[below(20)].slice();
    for (let f = 0; f < flips; f++) row[below(rowBytes)] ^= 1 << below(8);
    return row;
  });
}

describe("BinaryIvfSearcher.search()", () => {
  test("finds what an exact scan finds when it looks into all lists, with all kernels", async () => {
    const arbitraryCase = fc.integer({ min: 1, max: 18 }).chain((rowBytes) =>
      fc.record({
        metric: fc.constantFrom<BinaryIvfMetric>("HAMMING", "JACCARD"),
        rows: fc.array(arbitraryRow(rowBytes), { maxLength: 80 }),
        query: arbitraryRow(rowBytes),
        k: fc.integer({ min: 1, max: 9 }),
        listCount: fc.constantFrom(1, 2, 7, 100),
        bound: fc.constantFrom(Number.POSITIVE_INFINITY, 5, 0.5),
        allowed: fc.option(fc.array(fc.nat(80)), { nil: undefined }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(
        arbitraryCase,
        async ({ metric, rows, query, k, listCount, bound, allowed }) => {
          const { index } = await buildInline(rows, query.length, { metric, listCount });
          const search = {
            query,
            bound,
            ...(allowed && { allowed: bitsetOf(rows.length, allowed) }),
          };
          const expected = bestByDefinition(rows, { ...search, measure: { metric } }, k);
          for (const searcher of searchers) {
            const heap = heapOf(k);
            searcher.search(index, { ...search, probeCount: 65_536 }, heap);
            expect(hitsOf(heap).rows).toEqual(expected.rows);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test("finds most neighbours in few lists", async () => {
    const rows = clusteredRows(4000, 32, 20);
    const { index, vectors } = await buildInline(rows, 32, { metric: "HAMMING", listCount: 32 });
    const measure = { metric: "HAMMING" } as const;
    let found = 0;
    for (let q = 0; q < 50; q++) {
      const query = rows[q * 80];
      const exact = heapOf(10);
      const source = { vectors, rowBytes: 32, rowStart: 0, rowEnd: rows.length };
      scanBinaryRows(wasmKernels[0], source, { ...everything, measure, query }, exact);
      const heap = heapOf(10);
      searchers[0].search(index, { ...everything, query, probeCount: 8 }, heap);
      const worst = hitsOf(exact).keys[9];
      found += hitsOf(heap).keys.filter((key) => key <= worst).length;
    }
    expect(found / 500).toBeGreaterThan(0.9);
  });
});

describe("buildBinaryIvf()", () => {
  test("takes the rows of its range alone, by their number in the segment", async () => {
    const rows = clusteredRows(50, 4, 3);
    const { index } = await buildInline(rows, 4, { metric: "HAMMING", listCount: 4, rowStart: 20 });
    const heap = heapOf(100);
    searchers[0].search(index, { ...everything, query: rows[0], probeCount: 4 }, heap);
    expect(hitsOf(heap).rows.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 30 }, (_, i) => 20 + i),
    );
  });

  test("shares the centroids of another index", async () => {
    const rows = clusteredRows(300, 8, 4);
    const first = await buildInline(rows.slice(0, 200), 8, { metric: "HAMMING", listCount: 10 });
    const source = { values: binaryRows(rows, 8), rowBytes: 8 };
    const range = { rowStart: 200, rowEnd: 300 };
    const second = await buildBinaryIvf(source, range, first.index.centroids, runInline);
    const heap = heapOf(1);
    for (const index of [first.index, second]) {
      searchers[0].search(index, { ...everything, query: rows[250], probeCount: 3 }, heap);
    }
    expect(heap.keys[0]).toBe(0);
  });

  test("is the same for the same seed", async () => {
    const rows = clusteredRows(500, 8, 10);
    const options = { metric: "JACCARD", listCount: 5 } as const;
    const a = binaryIvfToFile((await buildInline(rows, 8, options)).index);
    const b = binaryIvfToFile((await buildInline(rows, 8, options)).index);
    expect(a.sections).toEqual(b.sections);
  });
});

describe("placeBinaryIvf()", () => {
  test("makes room for what binaryIvfToFile() answered, which then answers the same", async () => {
    const rows = clusteredRows(200, 16, 10);
    const { index } = await buildInline(rows, 16, { metric: "JACCARD", listCount: 9 });
    const { descriptor, sections } = binaryIvfToFile(index);
    const stored = JSON.parse(JSON.stringify(descriptor));
    const lengths = sections.map(({ length }) => length);
    const placed = placeBinaryIvf(stored, lengths);
    placed.targets.forEach((section, i) => {
      section.set(sections[i]);
    });
    const search = { ...everything, query: rows[7], probeCount: 3 };
    const before = heapOf(5);
    const after = heapOf(5);
    searchers[0].search(index, search, before);
    searchers[0].search(placed.finish(), search, after);
    expect(hitsOf(after)).toEqual(hitsOf(before));
    expect(() => placeBinaryIvf(stored, [1])).toThrow("sections");
  });
});
