import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BinaryMeasure } from "../../../src/index/binary/binary-measure.ts";
import { scanBinaryRows } from "../../../src/index/binary/scan-binary-rows.ts";
import {
  allKernels,
  arbitraryRow,
  bestByDefinition,
  binaryRows,
  bitsetOf,
  heapOf,
  hitsOf,
  wasmKernels,
} from "./binary-kit.ts";

const everything = { bound: Number.POSITIVE_INFINITY };

const measures: readonly BinaryMeasure[] = [
  { metric: "HAMMING" },
  { metric: "JACCARD" },
  { metric: "SUBSTRUCTURE" },
  { metric: "SUPERSTRUCTURE" },
  { metric: "MHJACCARD", elementBits: 8 },
  { metric: "MHJACCARD", elementBits: 16 },
  { metric: "MHJACCARD", elementBits: 32 },
  { metric: "MHJACCARD", elementBits: 64 },
];

/** Rows, a query of the same length, and a measure that fits the length. */
const arbitraryCase = fc
  .record({
    measure: fc.constantFrom(...measures),
    units: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(8, 16, 31)),
  })
  .chain(({ measure, units }) => {
    const rowBytes = measure.metric === "MHJACCARD" ? (units * measure.elementBits) / 8 : units;
    return fc.record({
      measure: fc.constant(measure),
      rows: fc.array(arbitraryRow(rowBytes), { maxLength: 40 }),
      query: arbitraryRow(rowBytes),
      k: fc.integer({ min: 1, max: 9 }),
      bound: fc.constantFrom(Number.POSITIVE_INFINITY, 5, 0.5, -0.25),
      lowerBound: fc.constantFrom(Number.NEGATIVE_INFINITY, 1, -0.5),
      allowed: fc.option(fc.array(fc.nat(40)), { nil: undefined }),
    });
  });

describe("scanBinaryRows()", () => {
  test("finds what the definition of each metric says, with all kernels", () => {
    fc.assert(
      fc.property(arbitraryCase, ({ measure, rows, query, k, bound, lowerBound, allowed }) => {
        const rowBytes = query.length;
        const vectors = binaryRows(rows, rowBytes);
        const search = {
          measure,
          query,
          bound,
          lowerBound,
          ...(allowed && { allowed: bitsetOf(rows.length, allowed) }),
        };
        const expected = bestByDefinition(rows, search, k);
        for (const kernels of allKernels) {
          const heap = heapOf(k);
          const source = { vectors, rowBytes, rowStart: 0, rowEnd: rows.length };
          scanBinaryRows(kernels, source, search, heap);
          const found = hitsOf(heap);
          expect(found.rows).toEqual(expected.rows);
          found.keys.forEach((key, i) => {
            expect(key).toBeCloseTo(expected.keys[i], 6);
          });
        }
      }),
      { numRuns: 300 },
    );
  });

  test("reads blocks of rows to the last, from where it is told", () => {
    const rowBytes = 96;
    const rows = Array.from({ length: 1000 }, (_, r) =>
      Uint8Array.from({ length: rowBytes }, (_, i) => (r * 31 + i * 17) & 255),
    );
    const vectors = binaryRows(rows, rowBytes);
    const measure = { metric: "HAMMING" } as const;
    for (const kernels of allKernels) {
      const heap = heapOf(1);
      const source = { vectors, rowBytes, rowStart: 10, rowEnd: 1000 };
      scanBinaryRows(kernels, source, { ...everything, measure, query: rows[999] }, heap);
      expect(hitsOf(heap)).toEqual({
        keys: [0],
        rows: [
          rows.findIndex((row, r) => r >= 10 && row.every((byte, i) => byte === rows[999][i])),
        ],
      });
    }
  });

  test("counts the bits of the longest vectors", () => {
    const rowBytes = 262_144 / 8;
    const vectors = binaryRows([new Uint8Array(rowBytes).fill(255)], rowBytes);
    const query = new Uint8Array(rowBytes);
    for (const kernels of wasmKernels) {
      const heap = heapOf(1);
      const source = { vectors, rowBytes, rowStart: 0, rowEnd: 1 };
      const measure = { metric: "HAMMING" } as const;
      scanBinaryRows(kernels, source, { ...everything, measure, query }, heap);
      expect(hitsOf(heap)).toEqual({ keys: [262_144], rows: [0] });
    }
  });

  test("has two rows without a bit at Jaccard distance 1, as Milvus has", () => {
    const vectors = binaryRows([Uint8Array.of(0), Uint8Array.of(1)], 1);
    for (const kernels of allKernels) {
      const heap = heapOf(2);
      const source = { vectors, rowBytes: 1, rowStart: 0, rowEnd: 2 };
      const measure = { metric: "JACCARD" } as const;
      scanBinaryRows(kernels, source, { ...everything, measure, query: Uint8Array.of(0) }, heap);
      expect(hitsOf(heap)).toEqual({ keys: [1, 1], rows: [0, 1] });
    }
  });
});
