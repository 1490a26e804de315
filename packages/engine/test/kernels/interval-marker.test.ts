import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AssertionError } from "../../src/base/assert.ts";
import { createIntervalMarker, intervalCountMax } from "../../src/kernels/interval-marker.ts";
import type { KernelKind } from "../../src/kernels/kernels.ts";
import { loadKernels } from "../../src/kernels/load-kernels.ts";
import type { NumberValues } from "../../src/kernels/number-values.ts";

const kinds: readonly KernelKind[] = ["relaxed", "simd128", "wasm-scalar", "scalar"];
const markers = kinds.map(
  (kind) => [kind, createIntervalMarker(loadKernels(0, { kind }))] as const,
);

const int64 = fc.oneof(
  fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 32n, 2n ** 31n),
  fc.constantFrom(-1n, 0n, 1n, -(2n ** 32n), -(2n ** 31n) - 1n, 2n ** 32n + 1n),
);
const float = fc.constantFrom(
  ...[Number.NaN, -0, 0, 1, -1, 0.1, 1e-45, -1e-45, 3e38, -3e38],
  ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MIN_VALUE, Number.MAX_VALUE],
);

/** Each type of values, with numbers among which are its extremes. */
const types = [
  { type: Uint8Array, number: fc.constantFrom(0, 1, 127, 128, 255) },
  { type: Int8Array, number: fc.constantFrom(-128, -127, -1, 0, 1, 126, 127) },
  { type: Int16Array, number: fc.constantFrom(-32_768, -1, 0, 255, 256, 32_767) },
  { type: Int32Array, number: fc.constantFrom(-(2 ** 31), -65_536, 0, 1, 65_535, 2 ** 31 - 1) },
  { type: Float32Array, number: float },
  { type: Float64Array, number: float },
] as const;

/** Values that begin anywhere in their buffer, more of them at times than are copied at once. */
function samplesOf<T>(
  number: fc.Arbitrary<T>,
  arrayOf: (numbers: readonly T[]) => NumberValues,
): fc.Arbitrary<{ readonly values: NumberValues; readonly bounds: NumberValues }> {
  return fc
    .record({
      numbers: fc.array(number, { minLength: 1, maxLength: 70 }),
      tiles: fc.constantFrom(1, 1, 1, 1, 1, 1, 1, 1, 600),
      skipped: fc.nat({ max: 9 }),
      intervals: fc.array(fc.tuple(number, number), { maxLength: 3 }),
    })
    .map(({ numbers, tiles, skipped, intervals }) => {
      const tiled = Array.from({ length: tiles }, () => numbers).flat();
      return { values: arrayOf(tiled).subarray(skipped), bounds: arrayOf(intervals.flat()) };
    });
}

/** What `mark` is to write, value by value. */
function expectedWords(values: NumberValues, bounds: NumberValues): Uint32Array {
  const words = new Uint32Array((values.length + 31) >>> 5);
  for (const [i, value] of values.entries()) {
    for (let at = 0; at < bounds.length; at += 2) {
      if (value >= bounds[at] && value <= bounds[at + 1]) words[i >>> 5] |= 1 << (i & 31);
    }
  }
  return words;
}

describe.each(markers)("the marker of the %s kernels", (_, marker) => {
  const check = (sample: { values: NumberValues; bounds: NumberValues }) => {
    const expected = expectedWords(sample.values, sample.bounds);
    // What was there is overwritten, and what is beside it stays.
    const words = new Uint32Array(expected.length + 3).fill(0xdeadbeef);
    marker.mark(sample.values, sample.bounds, words, 2);
    expect(words.subarray(2, -1)).toEqual(expected);
    expect([...words.subarray(0, 2), ...words.subarray(-1)]).toEqual(Array(3).fill(0xdeadbeef));
  };

  test.each(types)("marks the values of a $type.name in any interval", ({ type, number }) => {
    fc.assert(
      fc.property(
        samplesOf<number>(number, (numbers) => type.from(numbers)),
        check,
      ),
    );
  });

  test("marks the values of a BigInt64Array in any interval", () => {
    fc.assert(
      fc.property(
        samplesOf(int64, (numbers) => BigInt64Array.from(numbers)),
        check,
      ),
    );
  });

  test("reads values in shared memory, wherever they begin", () => {
    const values = new Int16Array(new SharedArrayBuffer(4_000), 6, 999);
    values.forEach((_value, i) => {
      values[i] = i;
    });
    check({ values, bounds: Int16Array.of(5, 500) });
  });

  test("takes as many intervals as it says", () => {
    const values = Int8Array.from({ length: 127 }, (_value, i) => i);
    const bounds = Int8Array.from({ length: 2 * intervalCountMax }, (_value, i) => 3 * (i >> 1));
    check({ values, bounds });
  });
});

describe("createIntervalMarker()", () => {
  test("gives a marker that refuses one interval too many, and bounds of another type", () => {
    const marker = createIntervalMarker(loadKernels());
    const mark = (bounds: NumberValues) => marker.mark(Int8Array.of(1), bounds, new Uint32Array(1));
    expect(() => mark(new Int8Array(2 * intervalCountMax + 2))).toThrow(AssertionError);
    expect(() => mark(Int16Array.of(0, 1))).toThrow(AssertionError);
  });
});
