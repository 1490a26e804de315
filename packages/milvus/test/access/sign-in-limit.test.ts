import { describe, expect, it } from "vitest";
import { SignInLimit } from "../../src/access/sign-in-limit.ts";

function limitAt(): { limit: SignInLimit; pass: (ms: number) => void } {
  let nowMs = 0;
  return {
    limit: new SignInLimit(() => nowMs),
    pass: (ms) => {
      nowMs += ms;
    },
  };
}

/** How many attempts in a row are let through. */
function burst(limit: SignInLimit, user = "root", address = "10.0.0.1"): number {
  let count = 0;
  while (count < 100 && limit.attempt(user, address)) count++;
  return count;
}

describe("SignInLimit.attempt()", () => {
  it("bears five failures, then makes each next one wait twice as long, up to a minute", () => {
    const { limit, pass } = limitAt();
    expect(burst(limit)).toBe(5);
    for (const waitMs of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]) {
      pass(waitMs - 1);
      expect(burst(limit)).toBe(0);
      pass(1);
      expect(burst(limit)).toBe(1);
    }
  });

  it("counts each user and each address for itself", () => {
    const { limit } = limitAt();
    burst(limit, "root", "10.0.0.1");
    expect(burst(limit, "ana", "10.0.0.1")).toBe(5);
    expect(burst(limit, "root", "10.0.0.2")).toBe(5);
  });

  it("forgets a user who has signed in, and all after a quarter of an hour", () => {
    const { limit, pass } = limitAt();
    burst(limit);
    limit.succeed("root", "10.0.0.1");
    expect(burst(limit)).toBe(5);
    pass(15 * 60_000);
    expect(burst(limit)).toBe(5);
  });

  it("remembers ten thousand, and forgets who failed longest ago", () => {
    const { limit } = limitAt();
    burst(limit, "first");
    burst(limit, "second");
    for (let i = 0; i < 9_999; i++) limit.attempt(`user${i}`, "10.0.0.1");
    expect(burst(limit, "second")).toBe(0);
    expect(burst(limit, "first")).toBe(5);
  });
});
