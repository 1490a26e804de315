import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

/** Each bench at a small size: that it runs, not how fast. They use the built packages. */
const smallRuns: readonly (readonly string[])[] = [
  ["scan.mjs", "2000", "64", "3"],
  ["filter-evaluation.mjs", "1000"],
  ["codecs.mjs", "50", "16", "3"],
  ["wire.mjs", "--small"],
  ["insert.mjs", "50", "16", "3"],
  ["client.mjs", "100", "16", "50"],
  ["kernels.mjs", "2000", "64", "3"],
  ["ann/run.mjs", "--small", "--engines", "auto,hnsw"],
  ["filter.mjs", "--small", "--engines", "auto"],
  ["scale.mjs", "--small", "--largest", "none"],
  ["update.mjs", "--small"],
  ["brain.mjs", "500", "2"],
  ["brain-duplicates.mjs", "500", "16"],
  ["brain-similarity.mjs", "500", "16", "3"],
];

function run(file: string, args: readonly string[]): SpawnSyncReturns<string> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  // Under "test" the Node SDK prints all that it does.
  const env = { ...process.env, NODE_ENV: "" };
  return spawnSync(process.execPath, [path, ...args], { encoding: "utf8", timeout: 25_000, env });
}

describe("bench", () => {
  test.each(smallRuns)("bench/%s runs", (file, ...sizes) => {
    const { status, stderr, stdout } = run(file, sizes);
    expect(status, stderr).toBe(0);
    expect(stdout).not.toBe("");
  });

  test("bench/ann/run.mjs prints a line of JSON for each engine", () => {
    const { status, stderr, stdout } = run("ann/run.mjs", [
      "--small",
      "--engines",
      "flat",
      "--json",
    ]);
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      data: "syn768",
      engine: "redkite-flat",
      rows: 2_000,
      points: [{ params: {}, recall: 1 }],
    });
  });

  test("bench/wire.mjs prints a line of JSON", () => {
    const { status, stderr, stdout } = run("wire.mjs", ["--small", "--json"]);
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ points: [{ width: 1 }, { width: 16 }] });
  });

  test.each([
    ["ann/run.mjs", "--data", "unknown"],
    ["ann/run.mjs", "--peers", "wink"],
    ["ann/run.mjs", "--data", "mnist", "--rows", "60001"],
    ["ann/run.mjs", "--unknown"],
    ["filter.mjs", "--keep", "0"],
    ["scale.mjs", "--rows", "10"],
    ["update.mjs", "--seconds", "0"],
    ["kernels.mjs", "100", "33", "1"],
    ["wire.mjs", "--rows", "9"],
  ])("bench/%s refuses %s with one line", (file, ...args) => {
    const { status, stderr, stdout } = run(file, args);
    expect(stdout).toBe("");
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(status).toBe(2);
  });
});
