import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bfloat16ToNumber,
  float16ToNumber,
  floatsToHalves,
  type HalfElement,
  halvesToFloats,
  indexOfNonFinite,
  numberToBFloat16,
  numberToFloat16,
} from "../../src/schema/half-precision.ts";

const allPatterns = Uint16Array.from({ length: 65_536 }, (_, pattern) => pattern);

const kinds = [
  { element: "float16", toNumber: float16ToNumber, toHalf: numberToFloat16 },
  { element: "bfloat16", toNumber: bfloat16ToNumber, toHalf: numberToBFloat16 },
] as const satisfies readonly { element: HalfElement; toNumber: object; toHalf: object }[];

describe.each(kinds)("$element", ({ element, toNumber, toHalf }) => {
  test("each of the 65,536 patterns is the number that rounds to it", () => {
    const wrong = allPatterns.filter((half) => {
      const number = toNumber(half);
      return Number.isNaN(number)
        ? !Number.isNaN(toNumber(toHalf(number)))
        : toHalf(number) !== half;
    });
    expect([...wrong]).toEqual([]);
  });

  test("halvesToFloats() and floatsToHalves() convert as one number at a time", () => {
    const floats = halvesToFloats(element, allPatterns);
    expect(allPatterns.every((half) => Object.is(floats[half], toNumber(half)))).toBe(true);
    const finite = allPatterns.filter((half) => Number.isFinite(toNumber(half)));
    expect(floatsToHalves(element, halvesToFloats(element, finite))).toEqual(finite);
  });

  test("numbers between two patterns go to the nearer one, ties to the even one", () => {
    const positive = allPatterns.filter(
      (half) =>
        half < 0x7fff && Number.isFinite(toNumber(half)) && Number.isFinite(toNumber(half + 1)),
    );
    for (const half of positive) {
      const low = toNumber(half);
      const high = toNumber(half + 1);
      const middle = (low + high) / 2;
      const even = half % 2 === 0 ? half : half + 1;
      if (toHalf(middle) !== even) throw new Error(`${middle} rounds to ${toHalf(middle)}`);
      if (toHalf(-middle) !== even + 0x8000) throw new Error(`${-middle} rounds otherwise`);
      // A little beside the middle: by one 32-bit float, where numbers are so small.
      const step = Math.max(middle * 2 ** -20, 2 ** -149);
      if (toHalf(middle + step) !== half + 1) throw new Error(`above ${middle}`);
      if (toHalf(middle - step) !== half) throw new Error(`below ${middle}`);
    }
  });

  test("rounding keeps the order of numbers", () => {
    const float = fc.float({ noNaN: true });
    fc.assert(
      fc.property(float, float, (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(toNumber(toHalf(low))).toBeLessThanOrEqual(toNumber(toHalf(high)));
      }),
    );
  });

  test("indexOfNonFinite() finds exactly NaN and the infinities", () => {
    const found = allPatterns.filter(
      (half) => indexOfNonFinite(element, Uint16Array.of(half)) === 0,
    );
    expect(found).toEqual(allPatterns.filter((half) => !Number.isFinite(toNumber(half))));
    expect(indexOfNonFinite(element, Uint16Array.of(0, 1, 0x7fff))).toBe(2);
  });
});

test("numberToFloat16() and float16ToNumber() know IEEE 754's landmarks", () => {
  expect(numberToFloat16(1)).toBe(0x3c00);
  expect(numberToFloat16(-0)).toBe(0x8000);
  expect(numberToFloat16(65_504)).toBe(0x7bff);
  expect(numberToFloat16(65_519)).toBe(0x7bff);
  expect(numberToFloat16(65_520)).toBe(0x7c00);
  expect(float16ToNumber(1)).toBe(2 ** -24);
  expect(numberToFloat16(2 ** -25)).toBe(0);
  expect(numberToBFloat16(3.389_531_389_251_535_5e38)).toBe(0x7f7f);
  expect(numberToBFloat16(3.402_823_466e38)).toBe(0x7f80);
});
