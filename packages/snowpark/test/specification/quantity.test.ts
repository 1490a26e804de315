import { expect, test } from "vitest";
import { cpuCount, memoryBytes } from "../../src/specification/quantity.ts";

test.each([
  ["512Mi", 536_870_912],
  ["2G", 2_000_000_000],
  ["1.5Gi", 1_610_612_736],
  ["17", 17],
  ["Gi", undefined],
  ["-1Gi", undefined],
  ["1 Gi", undefined],
  ["1Pi", undefined],
])("memoryBytes() of %s is %s", (amount, bytes) => {
  expect(memoryBytes(amount)).toBe(bytes);
});

test.each([
  ["500m", 0.5],
  [2, 2],
  ["0.25", 0.25],
  ["-1", undefined],
  ["x", undefined],
])("cpuCount() of %s is %s", (amount, cpus) => {
  expect(cpuCount(amount)).toBe(cpus);
});
