import { describe, expect, test } from "vitest";
import { floatInterval } from "../../src/filter/interval.ts";
import { boundsOf } from "../../src/filter/interval-bounds.ts";

const most = 2 ** 63;

describe("boundsOf()", () => {
  test("keeps to what the type of the column holds", () => {
    const wide = [{ low: -most, high: most }];
    expect(boundsOf(new Uint8Array(), wide)).toEqual(Uint8Array.of(0, 255));
    expect(boundsOf(new Int8Array(), wide)).toEqual(Int8Array.of(-128, 127));
    expect(boundsOf(new Int16Array(), wide)).toEqual(Int16Array.of(-32_768, 32_767));
    expect(boundsOf(new Int32Array(), wide)).toEqual(Int32Array.of(-(2 ** 31), 2 ** 31 - 1));
    const wider = [{ low: -(1n << 64n), high: 1n << 64n }];
    const int64 = BigInt64Array.of(-(1n << 63n), (1n << 63n) - 1n);
    expect(boundsOf(new BigInt64Array(), wider)).toEqual(int64);
  });

  test("takes bigints for the doubles that hold them", () => {
    const intervals = [{ low: -3n, high: (1n << 63n) - 1n }];
    expect(boundsOf(new Int32Array(), intervals)).toEqual(Int32Array.of(-3, 2 ** 31 - 1));
    expect(boundsOf(new Float64Array(), intervals)).toEqual(Float64Array.of(-3, most));
  });

  test("leaves out intervals in which the type has no value", () => {
    const intervals = [
      { low: 128, high: 1_000 },
      { low: 5, high: 7 },
      { low: 2, high: 1 },
      { low: 0.1, high: 0.9 },
      { low: Number.NaN, high: Number.NaN },
    ];
    expect(boundsOf(new Int8Array(), intervals)).toEqual(Int8Array.of(5, 7));
    expect(boundsOf(new Float64Array(), [{ low: 0, high: Number.NaN }])).toHaveLength(0);
    expect(boundsOf(new BigInt64Array(), [{ low: 1n << 63n, high: 1n << 64n }])).toHaveLength(0);
  });

  test.each([0.1, -0.1, 1, -1, 0, 1e-45, -1e-45, 2e-46, 1e-300, 1e38, 3.5e38, -1e300, 16_777_217])(
    "has the float32 numbers next to %d, no more and no less",
    (constant) => {
      const near = [-1, 0, 1].map((step) => neighbour(Math.fround(constant), step));
      const values = Float32Array.of(...near, -3e38, 3e38, Infinity, -Infinity, Number.NaN);
      for (const operator of ["<", "<=", ">", ">=", "=="] as const) {
        const interval = floatInterval(operator, constant);
        const bounds = boundsOf(values, [interval]);
        for (const value of values) {
          const isBetween = bounds.length > 0 && value >= bounds[0] && value <= bounds[1];
          const isInside = value >= interval.low && value <= interval.high;
          expect([operator, value, isBetween]).toEqual([operator, value, isInside]);
        }
      }
    },
  );
});

/** The float32 whose bits are so many steps away: for most numbers the one beside it. */
function neighbour(value: number, step: number): number {
  const bits = new Int32Array(Float32Array.of(value).buffer);
  bits[0] += step;
  return new Float32Array(bits.buffer)[0];
}
