import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isOutgrown, isWorthIndexing, nextRun } from "../../src/collection/index-policy.ts";
import type { RowRange } from "../../src/index/vector-index.ts";

describe("isWorthIndexing()", () => {
  test("leaves to scans what a scan reads in a moment", () => {
    expect(isWorthIndexing(1_000, 4 * 768)).toBe(false);
    expect(isWorthIndexing(2_000, 4 * 768)).toBe(true);
    expect(isWorthIndexing(10_000, 4 * 100)).toBe(false);
    expect(isWorthIndexing(11_000, 4 * 100)).toBe(true);
    expect(isWorthIndexing(900, 4 * 32_768)).toBe(false);
  });
});

describe("nextRun()", () => {
  const rowBytes = 4 * 768;

  test("waits until the rows without an index are worth one", () => {
    expect(nextRun([], 1_300, rowBytes)).toBeUndefined();
    expect(nextRun([], 1_400, rowBytes)).toEqual({ rowStart: 0, rowEnd: 1_400 });
    const runs = [{ rowStart: 0, rowEnd: 1_400 }];
    expect(nextRun(runs, 2_700, rowBytes)).toBeUndefined();
    expect(nextRun(runs, 2_800, rowBytes)).toEqual({ rowStart: 1_400, rowEnd: 2_800 });
  });

  test("keeps runs few and rewrites rows seldom, however rows arrive", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3_000 }), { maxLength: 300 }), (batches) => {
        let runs: RowRange[] = [];
        let rowCount = 0;
        let indexed = 0;
        for (const batch of batches) {
          rowCount += batch;
          const run = nextRun(runs, rowCount, rowBytes);
          if (run === undefined) continue;
          expect(run.rowEnd).toBe(rowCount);
          runs = [...runs.filter(({ rowEnd }) => rowEnd <= run.rowStart), run];
          indexed += run.rowEnd - run.rowStart;
          // Without gaps from the first row on.
          for (const [i, { rowStart }] of runs.entries()) {
            expect(rowStart).toBe(i === 0 ? 0 : runs[i - 1].rowEnd);
          }
        }
        const tiers = 1 + Math.max(0, Math.log(rowCount / 1_000) / Math.log(4));
        expect(runs.length).toBeLessThanOrEqual(3 * tiers + 1);
        expect(indexed).toBeLessThanOrEqual(rowCount * (tiers + 1));
      }),
      { numRuns: 100 },
    );
  });
});

describe("isOutgrown()", () => {
  test("wants new centroids for four times the rows", () => {
    expect(isOutgrown(10_000, 39_999)).toBe(false);
    expect(isOutgrown(10_000, 40_000)).toBe(true);
  });
});
