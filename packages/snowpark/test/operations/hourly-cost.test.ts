import { describe, expect, it } from "vitest";
import { defaultConfig } from "../../src/config/snowpark-config.ts";
import { costOfNodes, costText, hourlyCost } from "../../src/operations/hourly-cost.ts";

describe("hourlyCost()", () => {
  it("counts the least nodes of the pool", () => {
    const config = defaultConfig();
    const pool = { ...config.pool, instanceFamily: "CPU_X64_M", minNodes: 3, maxNodes: 5 };
    expect(hourlyCost({ pool }).creditsPerHour).toBe(0.66);
  });
});

describe("costText()", () => {
  it("says that it is an estimate, of when, and where the price is", () => {
    const text = costText(costOfNodes("CPU_X64_S", 1));
    expect(text).toMatch(/^1 node of CPU_X64_S: about 0\.11 credits an hour .*79\.2 in 30 days/);
    expect(text).toMatch(/estimate by the table of \d{4}: https:/);
  });

  it("estimates nothing for a family that it does not know", () => {
    expect(costText(costOfNodes("GPU_OF_TOMORROW", 2))).toMatch(
      /^2 nodes of GPU_OF_TOMORROW: the price is in https:/,
    );
  });
});
