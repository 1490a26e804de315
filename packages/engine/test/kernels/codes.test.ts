import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeDistance, codeOf, middleOf } from "../../src/kernels/scalar-codes.ts";
import { type Random, seededRandom } from "../kit/random.ts";
import { functionsOf, put, WASM_KINDS } from "./index-functions.ts";

/** Dims up to those of four loops of each width, and a common large one. */
const shapes = fc.record({
  seed: fc.integer(),
  dim: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 130 }) }, fc.constant(768)),
  rowCount: fc.integer({ min: 1, max: 20 }),
  shift: fc.constantFrom(0, 1, 4, 16, 60),
});

/** What a code takes: 32 bytes or a multiple. */
function codeBytesOf(dim: number): number {
  return Math.ceil(dim / 32) * 32;
}

/** Some codes with their paddings, one after the other; every fifth has extremes only. */
function randomCodes(random: Random, rowCount: number, dim: number): Uint8Array {
  const codes = new Uint8Array(rowCount * codeBytesOf(dim));
  for (let r = 0; r < rowCount; r++) {
    const start = r * codeBytesOf(dim);
    for (let i = start; i < start + dim; i++) {
      codes[i] = r % 5 === 4 ? 127 * Math.round(random()) : Math.floor(128 * random());
    }
  }
  return codes;
}

function rowsOf(codes: Uint8Array, rowCount: number, dim: number): Uint8Array[] {
  const codeBytes = codes.length / rowCount;
  return Array.from({ length: rowCount }, (_, r) =>
    codes.subarray(r * codeBytes, r * codeBytes + dim),
  );
}

/** Numbers of rows in any order, some of them more than once. */
function randomRows(random: Random, rowCount: number): Uint32Array {
  return Uint32Array.from({ length: 1.5 * rowCount + 1 }, () => Math.floor(rowCount * random()));
}

function sumOf(values: Uint8Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function squareOf(values: ArrayLike<number>): number {
  return codeDistance(values, new Uint8Array(values.length));
}

describe.each(WASM_KINDS)("of the %s kernels", (kind) => {
  const { kernels, memory } = functionsOf(kind);

  test("quantize7() gives the codes and squares of the definition, zeros behind them", () => {
    fc.assert(
      fc.property(shapes, ({ seed, dim, rowCount, shift }) => {
        const random = seededRandom(seed);
        const codeBytes = codeBytesOf(dim);
        const scale = 100 * random();
        const vectors = Float32Array.from({ length: rowCount * dim }, () => 2 * random() - 1);
        const special = [1e30, -1e30, Infinity, -Infinity, NaN, 0, -0, 1e-45, 63 / scale];
        for (const x of special) vectors[Math.floor(random() * vectors.length)] = x;
        const mean = Float32Array.from({ length: dim }, () => (random() - 0.5) / 4);
        const codes = put(memory, new Uint8Array(rowCount * codeBytes + 8).fill(0xee), shift);
        const squares = put(memory, new Uint32Array(rowCount));
        const source = put(memory, vectors, shift);
        const center = put(memory, mean, shift);

        kernels.quantize7(source, rowCount, dim, center, scale, codes, squares, codeBytes);

        const expected = new Uint8Array(rowCount * codeBytes + 8).fill(0xee, rowCount * codeBytes);
        for (let r = 0; r < rowCount; r++) {
          expected.set(codeOf(vectors.slice(r * dim, (r + 1) * dim), mean, scale), r * codeBytes);
        }
        expect(memory.u8(codes, expected.length)).toEqual(expected);
        expect(Array.from(memory.u32(squares, rowCount))).toEqual(
          rowsOf(expected.subarray(0, rowCount * codeBytes), rowCount, dim).map(squareOf),
        );
      }),
      { numRuns: 60 },
    );
  });

  test("pack4() keeps the upper four bits of each component, and the squares of what they mean", () => {
    fc.assert(
      fc.property(shapes, ({ seed, dim, rowCount, shift }) => {
        const codeBytes = codeBytesOf(dim);
        const codes = randomCodes(seededRandom(seed), rowCount, dim);
        const packed = put(memory, new Uint8Array(rowCount * (codeBytes / 2)), shift);
        const squares = put(memory, new Uint32Array(rowCount));

        kernels.pack4(put(memory, codes, shift), rowCount, dim, codeBytes, packed, squares);

        const pairs = memory.u8(packed, codes.length / 2);
        const unpacked = codes.map((_, i) => {
          const pair = pairs[(i >> 5) * 16 + (i & 15)];
          return (i & 16) === 0 ? pair & 15 : pair >> 4;
        });
        expect(unpacked).toEqual(codes.map((level) => level >> 3));
        expect(Array.from(memory.u32(squares, rowCount))).toEqual(
          rowsOf(codes, rowCount, dim).map((row) => squareOf(row.map(middleOf))),
        );
      }),
      { numRuns: 60 },
    );
  });

  test("distances7() and distances4() are exact for rows in any order", () => {
    fc.assert(
      fc.property(shapes, ({ seed, dim, rowCount, shift }) => {
        const random = seededRandom(seed);
        const codeBytes = codeBytesOf(dim);
        const codes = randomCodes(random, rowCount, dim);
        const codeRows = rowsOf(codes, rowCount, dim);
        const query = codeRows[Math.floor(random() * rowCount)].map((level) => 127 - level);
        const numbers = randomRows(random, rowCount);
        const at = put(memory, codes, shift);
        const squares = put(memory, Uint32Array.from(codeRows, squareOf));
        const packed = memory.allocate(codes.length / 2 + shift) + shift;
        const squares4 = memory.allocate(4 * rowCount);
        kernels.pack4(at, rowCount, dim, codeBytes, packed, squares4);
        const queryBytes = new Uint8Array(codeBytes);
        queryBytes.set(query);
        const q = put(memory, queryBytes, shift);
        const rows = put(memory, numbers);
        const out = put(memory, new Uint32Array(numbers.length + 1).fill(77));
        const found = memory.u32(out, numbers.length + 1);

        const square = squareOf(query);
        kernels.distances7(q, square, at, squares, codeBytes, rows, numbers.length, out);
        const distances = Array.from(numbers, (row) => codeDistance(query, codeRows[row]));
        expect(Array.from(found)).toEqual([...distances, 77]);

        const square4 = square - 8 * sumOf(query);
        kernels.distances4(q, square4, packed, squares4, codeBytes, rows, numbers.length, out);
        const middles = codeRows.map((row) => row.map(middleOf));
        const distances4 = Array.from(numbers, (row) => codeDistance(query, middles[row]));
        expect(Array.from(found)).toEqual([...distances4, 77]);
      }),
      { numRuns: 60 },
    );
  });

  test("distances7() and distances4() hold the largest distances, of dim 32,768", () => {
    const dim = 32_768;
    const query = put(memory, new Uint8Array(dim).fill(127));
    const codes = put(memory, new Uint8Array(2 * dim).fill(127, dim));
    const squares = put(memory, Uint32Array.of(0, 127 ** 2 * dim));
    const packed = memory.allocate(dim);
    const squares4 = memory.allocate(8);
    const rows = put(memory, Uint32Array.of(0, 1, 0, 1, 0));
    const out = memory.allocate(20);
    kernels.pack4(codes, 2, dim, dim, packed, squares4);

    kernels.distances7(query, 127 ** 2 * dim, codes, squares, dim, rows, 5, out);
    const far = 127 ** 2 * dim;
    expect(Array.from(memory.u32(out, 5))).toEqual([far, 0, far, 0, far]);
    kernels.distances4(query, (127 ** 2 - 8 * 127) * dim, packed, squares4, dim, rows, 5, out);
    const [far4, near4] = [(127 - 4) ** 2 * dim, (127 - 124) ** 2 * dim];
    expect(Array.from(memory.u32(out, 5))).toEqual([far4, near4, far4, near4, far4]);
  });

  test("distances7() of no rows changes nothing", () => {
    const out = put(memory, Uint32Array.of(5));
    kernels.distances7(64, 0, 64, 64, 32, 64, 0, out);
    expect(memory.u32(out, 1)[0]).toBe(5);
  });
});
