import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rotate } from "../../src/kernels/scalar-codes.ts";
import { type Random, seededRandom } from "../kit/random.ts";
import { functionsOf, put, WASM_KINDS } from "./index-functions.ts";

function randomFloats(random: Random, length: number): Float32Array {
  return Float32Array.from({ length }, () => 2 * random() - 1);
}

function randomSigns(random: Random, length: number): Float32Array {
  return Float32Array.from({ length }, () => (random() < 0.5 ? -1 : 1));
}

function normOf(vector: Float32Array): number {
  return Math.hypot(...vector);
}

describe.each(WASM_KINDS)("of the %s kernels", (kind) => {
  const { kernels, memory } = functionsOf(kind);

  test("rotate() gives the floats of the definition, bit for bit", () => {
    const cases = fc.record({
      seed: fc.integer(),
      dim: fc.integer({ min: 1, max: 20 }).map((n) => 64 * n),
      rowCount: fc.integer({ min: 1, max: 3 }),
      shift: fc.constantFrom(0, 4, 1),
    });
    fc.assert(
      fc.property(cases, ({ seed, dim, rowCount, shift }) => {
        const random = seededRandom(seed);
        const vectors = randomFloats(random, rowCount * dim);
        const signs = randomSigns(random, 4 * dim);
        const rows = put(memory, vectors, shift);

        kernels.rotate(rows, rowCount, dim, put(memory, signs, shift));

        for (let r = 0; r < rowCount; r++) rotate(vectors.subarray(r * dim, (r + 1) * dim), signs);
        const bytes = memory.u8(rows, vectors.byteLength);
        expect(new Float32Array(bytes.slice().buffer)).toEqual(vectors);
      }),
      { numRuns: 50 },
    );
  });

  test("rotate() keeps norms and spreads a single component over all", () => {
    for (const dim of [64, 192, 768, 1600]) {
      const signs = put(memory, randomSigns(seededRandom(dim), 4 * dim));
      const vector = new Float32Array(dim);
      vector[dim - 1] = 1;
      const row = put(memory, vector);
      kernels.rotate(row, 1, dim, signs);
      const rotated = memory.f32(row, dim);
      expect(normOf(rotated)).toBeCloseTo(1, 5);
      expect(Math.max(...rotated.map(Math.abs))).toBeLessThan(6 / Math.sqrt(dim));
    }
  });

  test("padRows() copies rows apart, with zeros behind each, and scales to norm 1 if asked", () => {
    const cases = fc.record({
      seed: fc.integer(),
      dim: fc.integer({ min: 1, max: 130 }),
      rowCount: fc.integer({ min: 1, max: 5 }),
      shift: fc.constantFrom(0, 4, 1),
    });
    fc.assert(
      fc.property(cases, ({ seed, dim, rowCount, shift }) => {
        const paddedDim = Math.ceil(dim / 64) * 64;
        const vectors = randomFloats(seededRandom(seed), rowCount * dim);
        const source = put(memory, vectors, shift);
        const target = put(memory, new Float32Array(rowCount * paddedDim + 1).fill(9), 0);
        const padded = memory.f32(target, rowCount * paddedDim + 1);
        for (const normalize of [0, 1]) {
          kernels.padRows(source, rowCount, dim, target, paddedDim, normalize);
          for (let r = 0; r < rowCount; r++) {
            const vector = vectors.subarray(r * dim, (r + 1) * dim);
            const norm = normalize === 1 ? normOf(vector) : 1;
            const row = padded.subarray(r * paddedDim, (r + 1) * paddedDim);
            vector.forEach((x, i) => {
              expect(row[i]).toBeCloseTo(x / norm, 5);
            });
            expect(row.subarray(dim).every((x) => x === 0)).toBe(true);
          }
          expect(padded.at(-1)).toBe(9);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("padRows() leaves a row without direction zero", () => {
    const source = put(memory, new Float32Array(20));
    const target = put(memory, new Float32Array(64).fill(3));
    kernels.padRows(source, 1, 20, target, 64, 1);
    expect(memory.f32(target, 64)).toEqual(new Float32Array(64));
  });
});
