import { expect, test } from "vitest";
import { nearestName } from "../../src/base/nearest-name.ts";

const known = ["readinessProbe", "env", "endpoints"];

test.each([
  ["readinesProbe", "readinessProbe"],
  ["READINESSPROBE", "readinessProbe"],
  ["endpiont", undefined],
  ["endpoint", "endpoints"],
  ["en", "env"],
  ["x", undefined],
  ["", undefined],
  ["e".repeat(100_000), undefined],
])("nearestName() of %.20s is %s", (typed, meant) => {
  expect(nearestName(typed, known)).toBe(meant);
});
