import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

/** Each bench at a small size: that it runs, not how fast. They use the built packages. */
const smallRuns: readonly (readonly string[])[] = [
  ["scan.mjs", "2000", "64", "3"],
  ["filter.mjs", "1000"],
  ["wire.mjs", "50", "16", "3"],
  ["insert.mjs", "50", "16", "3"],
  ["client.mjs", "100", "16", "50"],
];

describe("bench", () => {
  test.each(smallRuns)("bench/%s runs", (file, ...sizes) => {
    const path = fileURLToPath(new URL(file, import.meta.url));
    const { status, stderr, stdout } = spawnSync(process.execPath, [path, ...sizes], {
      encoding: "utf8",
      timeout: 25_000,
    });
    expect(status, stderr).toBe(0);
    expect(stdout).not.toBe("");
  });
});
