import { expect } from "vitest";

/**
 * The bytes of a page's n-th "hex" block: lines of an offset, bytes (`00 x 4`: repeated) and what they
 * mean.
 */
export function hexExample(page: string, index = 0): Uint8Array {
  const blocks = [...page.matchAll(/```hex\n([^`]*)```/g)].map((match) => match[1]);
  const bytes: number[] = [];
  for (const line of (blocks[index] ?? "").trimEnd().split("\n")) {
    const match = /^([0-9a-f]{4}) {2}((?:[0-9a-f]{2} )+)(?:x (\d+) )? *\|/.exec(line);
    if (match === null) throw new Error(`Not an example's line: ${line}`);
    expect(bytes.length, line).toBe(Number.parseInt(match[1], 16));
    const values = match[2]
      .trim()
      .split(" ")
      .map((digits) => Number.parseInt(digits, 16));
    for (let i = Number(match[3] ?? 1); i > 0; i--) bytes.push(...values);
  }
  return Uint8Array.from(bytes);
}
