import { expect, test } from "vitest";
import { buildGraph } from "../../../src/index/graph/build-graph.ts";
import { runGraphStep } from "../../../src/index/graph/graph-step.ts";
import type { GroupTask } from "../../../src/index/graph/grouping-steps.ts";
import { insertionOrderOf } from "../../../src/index/graph/insertion-order.ts";
import { clusteredRows, kernels, sharedVectors } from "./graph-fixture.ts";

const groupOf = Uint32Array.from({ length: 5_000 }, (_, node) => (node * 7919) % 11);
const groups = { groupCount: 11, groupOf };

test.each([0, 1, 32, 33, 1_000, 4_999])("insertionOrderOf() has each of %i rows once", (count) => {
  const rows = { rowStart: 40, count };
  for (const grouping of [undefined, groups]) {
    const order = insertionOrderOf(rows, Math.min(count, 192), grouping);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
  }
});

test("insertionOrderOf() leaves out rows without a vector", () => {
  const numbers = Uint32Array.from({ length: 900 }, (_, i) => 100 + 5 * i);
  const order = insertionOrderOf({ rowStart: 100, count: 900, numbers }, 0, groups);
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from(numbers, (row) => row - 100));
});

test("insertionOrderOf() lets rows of a group follow each other, and groups come by turns", () => {
  const order = insertionOrderOf({ rowStart: 0, count: 5_000 }, 192, groups);
  const inOrder = Array.from(order.subarray(0, 4_800), (node) => groupOf[node]);
  const changes = inOrder.filter((group, i) => i > 0 && group !== inOrder[i - 1]).length;
  expect(changes).toBeGreaterThan(100);
  expect(changes).toBeLessThan(200);
  for (let start = 0; start < 4_800; start += 1_600) {
    expect(new Set(inOrder.slice(start, start + 1_600)).size).toBe(11);
  }
});

test("insertionOrderOf() ends with a sample of rows from all over", () => {
  const order = insertionOrderOf({ rowStart: 0, count: 5_000 }, 192, groups);
  const sample = [...order.slice(-192)].sort((a, b) => a - b);
  const gaps = sample.slice(1).map((node, i) => node - (sample[i] ?? 0));
  expect(Math.max(...gaps)).toBeLessThan(100);
});

test("buildGraph() inserts many rows in groups of near ones", async () => {
  const dim = 16;
  const rowCount = 20_500;
  const source = sharedVectors(clusteredRows(rowCount, dim), dim);
  const tasks: GroupTask[] = [];
  const range = { rowStart: 0, rowEnd: rowCount };
  const options = { metric: "L2", m: 2, efConstruction: 2, seed: 1 } as const;
  await buildGraph(source, range, options, async (steps) => {
    for (const step of steps) if (step.kind === "graph-group") tasks.push(step);
    return steps.map((step) => runGraphStep(kernels, step));
  });
  const [task] = tasks;
  const pivots = task?.pivots ?? [];
  const distanceTo = (row: number, pivot: number): number => {
    let sum = 0;
    for (let i = 0; i < dim; i++) {
      sum += ((source.values[row * dim + i] ?? 0) - (source.values[pivot * dim + i] ?? 0)) ** 2;
    }
    return sum;
  };
  let nearCount = 0;
  for (let row = 0; row < rowCount; row += 50) {
    const found = distanceTo(row, pivots[task?.groupOf[row] ?? 0] ?? 0);
    const nearer = pivots.filter((pivot) => distanceTo(row, pivot) < found).length;
    if (nearer < 4) nearCount++;
  }
  expect(nearCount).toBeGreaterThan(0.95 * (rowCount / 50));
});
