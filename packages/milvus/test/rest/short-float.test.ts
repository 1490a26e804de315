import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shortFloat } from "../../src/rest/short-float.ts";

describe("shortFloat()", () => {
  it("answers the number that was meant", () => {
    for (const value of [0, 0.1, -0.3, 1e-7, 123456.7, 16_777_216, 3.4e38, 1e20]) {
      expect(shortFloat(Math.fround(value))).toBe(value);
    }
  });

  it("answers a number that is rounded to the same float, in at most nine digits", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (value) => {
        const short = shortFloat(value);
        expect(Math.fround(short) === value).toBe(true);
        const digits = short.toExponential().replace(/e.*|\D/g, "");
        if (Number.isFinite(value)) expect(digits.length).toBeLessThanOrEqual(9);
      }),
    );
  });
});
