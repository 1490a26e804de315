import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { negativeInterval, parseInterval, shiftTime } from "../../src/filter/time-interval.ts";

function shifted(time: string, duration: string, sign: 1 | -1 = 1): string {
  const interval = parseInterval(duration);
  if (interval === undefined) throw new Error(`${duration} is no interval`);
  const micros = BigInt(Date.parse(time)) * 1000n;
  const moved = shiftTime(micros, sign === 1 ? interval : negativeInterval(interval));
  return new Date(Number(moved / 1000n)).toISOString();
}

describe("shiftTime()", () => {
  it.each([
    ["2025-01-31T10:00:00.000Z", "P1D", 1, "2025-02-01T10:00:00.000Z"],
    ["2025-01-31T10:00:00.000Z", "P1M", 1, "2025-03-03T10:00:00.000Z"],
    ["2024-01-31T10:00:00.000Z", "P1M", 1, "2024-03-02T10:00:00.000Z"],
    ["2024-03-31T10:00:00.000Z", "P1M", -1, "2024-03-02T10:00:00.000Z"],
    ["2024-02-29T00:00:00.000Z", "P1Y", 1, "2025-03-01T00:00:00.000Z"],
    ["2025-01-01T00:00:00.000Z", "P1Y2M3DT4H5M6S", 1, "2026-03-04T04:05:06.000Z"],
    ["1969-12-31T23:59:59.999Z", "P1M", 1, "1970-01-31T23:59:59.999Z"],
    ["2025-01-01T00:00:00.000Z", "PT0S", 1, "2025-01-01T00:00:00.000Z"],
  ] as const)("moves %s by %s times %s to %s", (time, duration, sign, expected) => {
    expect(shifted(time, duration, sign)).toBe(expected);
  });

  it("agrees with JavaScript's calendar, whose days run over too", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date("0001-01-01"), max: new Date("9000-01-01"), noInvalidDate: true }),
        fc.integer({ min: -5000, max: 5000 }),
        (date, months) => {
          const expected = new Date(date);
          expected.setUTCMonth(expected.getUTCMonth() + months);
          const interval = { months: BigInt(months), micros: 0n };
          const moved = shiftTime(BigInt(date.getTime()) * 1000n, interval);
          expect(moved).toBe(BigInt(expected.getTime()) * 1000n);
        },
      ),
    );
  });
});

describe("parseInterval()", () => {
  it("refuses what is no duration of whole units, or is longer than any time", () => {
    for (const text of [
      "",
      "1D",
      "P1W",
      "P-1D",
      "P1.5D",
      "PT1D",
      "P1DT1.5S",
      `P${"9".repeat(19)}D`,
    ]) {
      expect(parseInterval(text)).toBeUndefined();
    }
    expect(parseInterval("P")).toEqual({ months: 0n, micros: 0n });
  });
});
