import { describe, expect, test } from "vitest";
import { denseMetrics } from "../../src/base/metric.ts";
import {
  copyFloats,
  type DenseElement,
  type DenseRows,
  denseArrayOver,
  elementBytes,
  floatsOfRow,
} from "../../src/kernels/dense-rows.ts";
import type { Kernels } from "../../src/kernels/kernels.ts";
import { loadKernels } from "../../src/kernels/load-kernels.ts";
import { createScalarKernels } from "../../src/kernels/scalar-kernels.ts";
import { allocateVectorBytes } from "../../src/kernels/vector-memory.ts";
import { seededRandom } from "../kit/random.ts";

const elements: readonly DenseElement[] = ["float32", "float16", "bfloat16", "int8"];
const dim = 37;
const rowCount = 6;
const queryCount = 5;
const random = seededRandom(2);
const queries = Float32Array.from({ length: queryCount * dim }, () => 2 * random() - 1);

/** Rows whose half-precision numbers are about 1. */
function rowsOf(element: DenseElement): DenseRows {
  const length = rowCount * dim;
  const { buffer } = allocateVectorBytes(length * elementBytes[element]);
  const values = denseArrayOver(element, buffer, length);
  const ones = { float16: 0x3c00, bfloat16: 0x3f80, float32: 0, int8: 0 }[element];
  for (let i = 0; i < length; i++) {
    const sign = random() < 0.5 ? 0x8000 : 0;
    if (element === "float32") values[i] = 2 * random() - 1;
    else if (element === "int8") values[i] = Math.floor(256 * random()) - 128;
    else values[i] = sign | (ones + Math.floor(64 * random()));
  }
  return { element, values };
}

function scoresOf(
  kernels: Kernels,
  rows: DenseRows,
  metric: (typeof denseMetrics)[number],
): number[] {
  const scorer = kernels.prepare({ metric, dim, queries, queryCount }, rows);
  for (let i = 0; i < rowCount; i++) scorer.rows[i] = rowCount - 1 - i;
  scorer.score(rowCount);
  return Array.from({ length: queryCount }, (_, q) => {
    const start = q * scorer.rowCapacity;
    return [...scorer.scores.subarray(start, start + rowCount)];
  }).flat();
}

describe("copyFloats()", () => {
  test("widens the components of each kind, some of them, to a place", () => {
    const halves: DenseRows = {
      element: "float16",
      values: Uint16Array.of(0x3c00, 0xc000, 0x0001),
    };
    const target = new Float32Array(4);
    copyFloats(halves, { start: 1, end: 3 }, target, 2);
    expect([...target]).toEqual([0, 0, -2, 2 ** -24]);
    const brains: DenseRows = { element: "bfloat16", values: Uint16Array.of(0x3f80, 0xc049) };
    expect([...floatsOfRow(brains, 1, 1)]).toEqual([-3.140625]);
    expect([...floatsOfRow({ element: "int8", values: Int8Array.of(1, -128) }, 2, 0)]).toEqual([
      1, -128,
    ]);
  });
});

describe("prepare()", () => {
  describe.each(["relaxed", "simd128", "wasm-scalar", "scalar"] as const)(
    "of the %s kernels",
    (kind) => {
      test.each(elements)("scores rows of %s as rows of the same numbers in f32", (element) => {
        const kernels = loadKernels(0, { kind });
        const rows = rowsOf(element);
        const wide = new Float32Array(rowCount * dim);
        copyFloats(rows, { start: 0, end: wide.length }, wide);
        for (const metric of denseMetrics) {
          const expected = scoresOf(
            createScalarKernels(),
            { element: "float32", values: wide },
            metric,
          );
          const found = scoresOf(kernels, rows, metric);
          for (const [i, score] of found.entries()) {
            expect(Math.abs(score - expected[i])).toBeLessThanOrEqual(
              1e-5 * (1 + Math.abs(expected[i])),
            );
          }
        }
      });

      test("takes narrow rows that lie in an array of their own", () => {
        const { element, values } = rowsOf("float16");
        const own = { element, values: values.slice() };
        expect(scoresOf(loadKernels(0, { kind }), own, "IP")).toEqual(
          scoresOf(loadKernels(0, { kind }), { element, values }, "IP"),
        );
      });
    },
  );
});
