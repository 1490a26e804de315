import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DenseMetric } from "../../src/base/metric.ts";
import { type NarrowType, narrowWidths, widen } from "../../src/kernels/scalar-components.ts";
import { createScalarKernels } from "../../src/kernels/scalar-kernels.ts";
import { type Random, seededRandom } from "../kit/random.ts";
import { functionsOf, put, WASM_KINDS } from "./index-functions.ts";

const TYPES: readonly NarrowType[] = ["float16", "bfloat16", "int8"];
const METRICS: readonly DenseMetric[] = ["L2", "IP", "COSINE"];

/** Any bits; for half and bfloat16 finite ones of at most `2 ** 8`. */
function randomBytes(random: Random, type: NarrowType, count: number): Uint8Array {
  if (type === "int8") return Uint8Array.from({ length: count }, () => Math.floor(256 * random()));
  const bits = Uint16Array.from({ length: count }, () => {
    const exponent = type === "float16" ? 23 * random() : 100 + 35 * random();
    const fractionBits = type === "float16" ? 10 : 7;
    const fraction = Math.floor(2 ** fractionBits * random());
    return (Math.round(random()) << 15) | (Math.floor(exponent) << fractionBits) | fraction;
  });
  return new Uint8Array(bits.buffer);
}

describe("widen()", () => {
  test("reads half precision: normal, smallest, largest, below normal, zeros", () => {
    const bits = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0400, 0x03ff, 0x0001, 0x8000, 0x3555);
    expect(Array.from(widen("float16", new Uint8Array(bits.buffer)))).toEqual([
      1,
      -2,
      65504,
      2 ** -14,
      1023 * 2 ** -24,
      2 ** -24,
      -0,
      0.333251953125,
    ]);
  });

  test("reads bfloat16 and signed bytes", () => {
    const bits = Uint16Array.of(0x3f80, 0xc049, 0x0001);
    expect(Array.from(widen("bfloat16", new Uint8Array(bits.buffer)))).toEqual([
      1,
      -3.140625,
      2 ** -133,
    ]);
    expect(Array.from(widen("int8", Uint8Array.of(0, 127, 128, 255)))).toEqual([0, 127, -128, -1]);
  });
});

describe.each(WASM_KINDS)("of the %s kernels", (kind) => {
  const { kernels, memory } = functionsOf(kind);
  const kernelOf = {
    float16: kernels.scoreF16,
    bfloat16: kernels.scoreBf16,
    int8: kernels.scoreInt8,
  } as const;

  test.each(TYPES)("score rows of %s as the scalar twin scores the same as f32", (type) => {
    const cases = fc.record({
      seed: fc.integer(),
      dim: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 130 }) }, fc.constant(768)),
      rowCount: fc.integer({ min: 1, max: 5 }),
      shift: fc.constantFrom(0, 1, 2, 6),
    });
    fc.assert(
      fc.property(cases, ({ seed, dim, rowCount, shift }) => {
        const random = seededRandom(seed);
        const bytes = randomBytes(random, type, rowCount * dim);
        expect(bytes.length).toBe(rowCount * dim * narrowWidths[type]);
        const base = put(memory, bytes, shift);
        const numbers = Uint32Array.from({ length: rowCount }, (_, r) => rowCount - 1 - r);
        const rows = put(memory, numbers);
        const scores = memory.allocate(4 * rowCount);
        const found = memory.f32(scores, rowCount);
        const vectors = widen(type, bytes);
        const queries = Float32Array.from({ length: dim }, () => 2 * random() - 1);
        const norm = Math.hypot(...queries);
        for (let i = 0; i < dim; i++) queries[i] /= norm; // as the cosine wants it
        const query = put(memory, queries, shift);
        const largest = Math.max(1, ...vectors.map(Math.abs));

        METRICS.forEach((metric, number) => {
          kernelOf[type](number, query, base, rows, scores, rowCount, dim);
          const block = { metric, dim, queries, queryCount: 1 };
          const scorer = createScalarKernels().prepare(block, {
            element: "float32",
            values: vectors,
          });
          scorer.rows.set(numbers);
          scorer.score(rowCount);
          const magnitude = { L2: dim * largest ** 2, IP: dim * largest, COSINE: 1 }[metric];
          const limit = magnitude * (8 + dim) * 2 ** -24;
          found.forEach((score, r) => {
            expect(Math.abs(score - scorer.scores[r])).toBeLessThanOrEqual(limit);
          });
        });
      }),
      { numRuns: 60 },
    );
  });

  test.each(TYPES)("score a row of %s without direction as cosine 0", (type) => {
    const query = put(memory, new Float32Array(33).fill(0.1));
    const row = put(memory, new Uint8Array(66));
    const score = put(memory, Float32Array.of(7));
    kernelOf[type](2, query, row, put(memory, Uint32Array.of(0)), score, 1, 33);
    expect(memory.f32(score, 1)[0]).toBe(0);
  });
});
