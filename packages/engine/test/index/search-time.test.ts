import { describe, expect, test } from "vitest";
import {
  costFrom,
  costOf,
  guessedCost,
  measureCost,
  measurementsFrom,
  timeSearches,
} from "../../src/index/search-time.ts";

describe("timeSearches()", () => {
  test("answers the mean of the fastest time of each search", () => {
    let now = 0;
    const times = [5, 7, 3, 9, 4, 8];
    const searches = [0, 1].map(() => () => {
      now += times.shift() ?? 0;
    });
    // The first takes 5, 3 and 4 ms, the second 7, 9 and 8 ms.
    expect(timeSearches(searches, () => now)).toBe(5e6);
  });
});

describe("measureCost()", () => {
  const efforts = { quick: 10, thorough: 50, many: 100 };

  test("finds the parts of which the times are made", async () => {
    const parts = { fixedNs: 20_000, effortNs: 300, hitNs: 150 };
    const cost = await measureCost(efforts, async (timed) => costOf(parts, timed));
    expect(cost.fixedNs).toBeCloseTo(parts.fixedNs);
    expect(cost.effortNs).toBeCloseTo(parts.effortNs);
    expect(cost.hitNs).toBeCloseTo(parts.hitNs);
  });

  test("keeps within reason when times contradict each other", async () => {
    for (const times of [
      [9e4, 2e4, 1e4],
      [1e4, 9e8, 9e8],
      [1, 1, 1],
    ]) {
      const rest = [...times];
      const cost = await measureCost(efforts, async () => rest.shift() ?? 0);
      for (const part of Object.values(cost)) expect(part).toBeGreaterThanOrEqual(0);
      expect(costOf(cost, { effort: 10, k: 10 })).toBeLessThanOrEqual(2 * times[0] + 1);
    }
  });
});

describe("costFrom()", () => {
  test("guesses where what it is given makes no sense", () => {
    const cost = { fixedNs: 1, effortNs: 2, hitNs: 3 };
    expect(costFrom(cost)).toEqual(cost);
    for (const nonsense of [
      undefined,
      null,
      "fast",
      {},
      { ...cost, hitNs: -1 },
      { ...cost, fixedNs: Number.NaN },
      { ...cost, effortNs: null },
      { ...cost, effortNs: 1e10 },
      { fixedNs: 0, effortNs: 0, hitNs: 0 },
    ]) {
      expect(costFrom(nonsense)).toEqual(guessedCost);
    }
  });
});

describe("measurementsFrom()", () => {
  test("passes over a comparison that makes no sense", () => {
    const comparison = { recall: 0.95, ivfNs: 1, graphNs: 2 };
    expect(measurementsFrom({ comparison })).toEqual({ cost: guessedCost, comparison });
    for (const nonsense of [null, 1, {}, { ...comparison, graphNs: "2" }]) {
      expect(measurementsFrom({ comparison: nonsense })).toEqual({ cost: guessedCost });
    }
  });
});
