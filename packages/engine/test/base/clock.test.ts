import { describe, expect, test } from "vitest";
import { HybridClock, physicalMs, timestampOfMs } from "../../src/base/clock.ts";

describe("HybridClock", () => {
  test("HybridClock.next() rises while the wall clock stands still, and when it goes back", () => {
    let nowMs = 1000;
    const clock = new HybridClock({ nowMs: () => nowMs });
    const first = clock.next();
    const second = clock.next();
    nowMs = 500;
    const third = clock.next();
    expect(physicalMs(first)).toBe(1000);
    expect(second).toBe(first + 1n);
    expect(third).toBe(second + 1n);
    nowMs = 2000;
    expect(clock.next()).toBe(timestampOfMs(2000));
  });

  test("HybridClock.allocate() hands out ranges that do not overlap", () => {
    const clock = new HybridClock({ nowMs: () => 1 });
    const first = clock.allocate(10);
    expect(clock.allocate(5)).toBe(first + 10n);
    expect(clock.last).toBe(first + 14n);
  });

  test("HybridClock.observe() makes later timestamps newer than what was read", () => {
    const clock = new HybridClock({ nowMs: () => 1 });
    const seen = timestampOfMs(99);
    clock.observe(seen);
    expect(clock.next()).toBe(seen + 1n);
  });
});
