import { describe, expect, it } from "vitest";
import { isObjectId, newObjectId } from "../../src/base/object-id.ts";

describe("newObjectId()", () => {
  it("gives ids of 24 hex digits, each once, that begin with the second", () => {
    const at = Date.UTC(2025, 0, 1);
    const ids = Array.from({ length: 10_000 }, () => newObjectId(at));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every(isObjectId)).toBe(true);
    expect(Number.parseInt(String(ids[0]).slice(0, 8), 16)).toBe(at / 1000);
  });

  it.each([[""], ["g".repeat(24)], ["A".repeat(24)], ["a".repeat(23)], [`${"a".repeat(24)}\n`]])(
    "is told from %j by isObjectId()",
    (text) => {
      expect(isObjectId(text)).toBe(false);
    },
  );
});
