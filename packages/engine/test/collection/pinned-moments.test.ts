import { describe, expect, it } from "vitest";
import { PinnedMoments } from "../../src/collection/pinned-moments.ts";

const minuteMs = 60_000;

describe("PinnedMoments", () => {
  it("knows the oldest moment that was used in the last ten minutes", () => {
    let now = 0;
    const moments = new PinnedMoments(() => now);
    expect(moments.oldest()).toBeUndefined();
    moments.pin(7n);
    now += 6 * minuteMs;
    moments.pin(5n);
    expect(moments.oldest()).toBe(5n);
    moments.pin(7n);
    now += 6 * minuteMs;
    moments.pin(9n);
    expect(moments.oldest()).toBe(5n);
    now += 5 * minuteMs;
    expect(moments.oldest()).toBe(9n);
    now += 6 * minuteMs;
    expect(moments.oldest()).toBeUndefined();
  });

  it("holds 1,024 moments, and gives up the one that was used longest ago for one more", () => {
    const moments = new PinnedMoments(() => 0);
    for (let at = 1n; at <= 1_024n; at++) moments.pin(at);
    moments.pin(1n);
    expect(moments.oldest()).toBe(1n);
    moments.pin(2_000n);
    expect(moments.oldest()).toBe(1n);
    for (let at = 3_000n; at < 4_022n; at++) moments.pin(at);
    expect(moments.oldest()).toBe(1n);
    moments.pin(5_000n);
    expect(moments.oldest()).toBe(2_000n);
  });
});
