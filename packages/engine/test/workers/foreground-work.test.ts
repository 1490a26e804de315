import { describe, expect, it } from "vitest";
import { planWork } from "../../src/workers/foreground-work.ts";

/** Rows of a scan that takes a microsecond for each. */
interface Rows {
  readonly count: number;
}

const work = {
  isShared: () => true,
  split: ({ count }: Rows, parts: number): readonly Rows[] =>
    Array.from({ length: parts }, (_, i) => ({
      count: Math.floor((count * (i + 1)) / parts) - Math.floor((count * i) / parts),
    })),
};

function partsOf(rows: number, isBusy: boolean): readonly number[] {
  const plan = planWork(work, [{ count: rows }], {
    costsNs: [1_000 * rows],
    threadCount: 2,
    isBusy,
  });
  expect(plan.near).toEqual([]);
  return plan.far.map(({ part }) => part.count);
}

describe("planWork()", () => {
  it("cuts a search for all threads when they are free", () => {
    expect(partsOf(2_000, false)).toHaveLength(4);
    expect(partsOf(80_000, false)).toHaveLength(8);
  });

  it("leaves a short search whole when others wait", () => {
    expect(partsOf(2_000, true)).toEqual([2_000]);
  });

  it("cuts a long one all the same, so that others get a thread soon", () => {
    const parts = partsOf(40_000, true);
    expect(parts).toHaveLength(8);
    expect(Math.max(...parts)).toBeLessThanOrEqual(5_000);
  });

  it("loses no row, however it cuts", () => {
    for (const isBusy of [false, true]) {
      for (const rows of [150, 999, 5_001, 123_457]) {
        expect(partsOf(rows, isBusy).reduce((sum, count) => sum + count, 0)).toBe(rows);
      }
    }
  });
});
