import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ElementBits } from "../../../src/index/binary/binary-measure.ts";
import { buildMinHashLsh, runMinHashStep } from "../../../src/index/minhash/build-min-hash-lsh.ts";
import { minHashToFile, placeMinHash } from "../../../src/index/minhash/min-hash-file.ts";
import type { MinHashLsh } from "../../../src/index/minhash/min-hash-lsh.ts";
import { MinHashSearcher } from "../../../src/index/minhash/min-hash-searcher.ts";
import {
  bestByDefinition,
  binaryRows,
  bitsetOf,
  heapOf,
  hitsOf,
  wasmKernels,
} from "../binary/binary-kit.ts";

const everything = { bound: Number.POSITIVE_INFINITY, withJaccard: true, candidateCount: 1000 };
const searchers = wasmKernels.map((kernels) => new MinHashSearcher(kernels));

function buildInline(
  values: Uint8Array,
  rowBytes: number,
  options: { elementBits: ElementBits; bandCount: number; rowStart?: number },
): Promise<MinHashLsh> {
  const range = { rowStart: options.rowStart ?? 0, rowEnd: values.length / rowBytes };
  return buildMinHashLsh({ values, rowBytes }, range, options, async (steps) =>
    // Steps may run in any order.
    [...steps].reverse().map(runMinHashStep),
  );
}

/** Signatures of elements 0 to 2, so that many bands are equal. */
function arbitrarySignature(
  elementCount: number,
  elementBits: ElementBits,
): fc.Arbitrary<Uint8Array> {
  return fc
    .array(fc.nat(2), { minLength: elementCount, maxLength: elementCount })
    .map((elements) => {
      const bytes = new Uint8Array((elementCount * elementBits) / 8);
      elements.forEach((element, i) => {
        bytes[((i + 1) * elementBits) / 8 - 1] = element;
      });
      return bytes;
    });
}

const arbitraryCase = fc
  .record({
    elementBits: fc.constantFrom<ElementBits>(8, 16, 32, 64),
    bandCount: fc.integer({ min: 1, max: 4 }),
    bandLength: fc.integer({ min: 1, max: 3 }),
  })
  .chain(({ elementBits, bandCount, bandLength }) => {
    const signature = arbitrarySignature(bandCount * bandLength, elementBits);
    return fc.record({
      elementBits: fc.constant(elementBits),
      bandCount: fc.constant(bandCount),
      rows: fc.array(signature, { maxLength: 40 }),
      query: signature,
      k: fc.integer({ min: 1, max: 9 }),
      allowed: fc.option(fc.array(fc.nat(40)), { nil: undefined }),
    });
  });

describe("MinHashSearcher.search()", () => {
  test("finds the best of the rows that equal the query in a band", async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryCase,
        async ({ elementBits, bandCount, rows, query, k, allowed }) => {
          const rowBytes = query.length;
          const values = binaryRows(rows, rowBytes);
          const index = await buildInline(values, rowBytes, { elementBits, bandCount });
          const bandBytes = rowBytes / bandCount;
          const sharesBand = (row: Uint8Array) =>
            Array.from({ length: bandCount }, (_, b) => b * bandBytes).some((at) =>
              row.slice(at, at + bandBytes).every((byte, i) => byte === query[at + i]),
            );
          const candidates = rows
            .map((_, r) => r)
            .filter((r) => sharesBand(rows[r]) && (allowed?.includes(r) ?? true));
          const expected = bestByDefinition(
            rows,
            {
              query,
              measure: { metric: "MHJACCARD", elementBits },
              bound: Number.POSITIVE_INFINITY,
              allowed: bitsetOf(rows.length, candidates),
            },
            k,
          );
          for (const searcher of searchers) {
            const heap = heapOf(k);
            const filter = allowed && { allowed: bitsetOf(rows.length, allowed) };
            const search = { ...everything, ...filter, query };
            searcher.search(index, { values, rowBytes }, search, heap);
            expect(hitsOf(heap)).toEqual(expected);
            const unranked = heapOf(rows.length);
            const plain = { ...search, withJaccard: false };
            searcher.search(index, { values, rowBytes }, plain, unranked);
            expect(hitsOf(unranked).rows).toEqual(candidates);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test("scores candidates 1 when it does not rank them, and takes no more than asked for", async () => {
    const rows = Array.from({ length: 300 }, (_, r) => Uint8Array.of(7, r & 255));
    const values = binaryRows(rows, 2);
    const index = await buildInline(values, 2, { elementBits: 8, bandCount: 2, rowStart: 5 });
    const heap = heapOf(300);
    const search = { ...everything, withJaccard: false, query: Uint8Array.of(7, 200) };
    searchers[0].search(index, { values, rowBytes: 2 }, { ...search, candidateCount: 290 }, heap);
    const { keys, rows: found } = hitsOf(heap);
    expect(new Set(keys)).toEqual(new Set([-1]));
    expect(found).toEqual(Array.from({ length: 290 }, (_, i) => 5 + i));
  });

  test("finds nothing in an empty index", async () => {
    const values = binaryRows([], 4);
    const index = await buildInline(values, 4, { elementBits: 16, bandCount: 2 });
    const heap = heapOf(3);
    const search = { ...everything, query: new Uint8Array(4) };
    searchers[0].search(index, { values, rowBytes: 4 }, search, heap);
    expect(heap.size).toBe(0);
  });
});

describe("placeMinHash()", () => {
  test("makes room for what minHashToFile() answered, which then answers the same", async () => {
    const rows = Array.from({ length: 100 }, (_, r) => Uint8Array.of(r % 7, r % 5, r % 3, r % 2));
    const values = binaryRows(rows, 4);
    const index = await buildInline(values, 4, { elementBits: 8, bandCount: 2 });
    const { descriptor, sections } = minHashToFile(index);
    const stored = JSON.parse(JSON.stringify(descriptor));
    const placed = placeMinHash(
      stored,
      sections.map(({ length }) => length),
    );
    placed.targets[0].set(sections[0]);
    const before = heapOf(20);
    const after = heapOf(20);
    const search = { ...everything, query: rows[31] };
    searchers[0].search(index, { values, rowBytes: 4 }, search, before);
    searchers[0].search(placed.finish(), { values, rowBytes: 4 }, search, after);
    expect(hitsOf(after)).toEqual(hitsOf(before));
    expect(placed.finish().byteSize).toBe(index.byteSize);
    expect(() => placeMinHash(stored, [])).toThrow("section");
  });
});
