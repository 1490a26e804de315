import { afterAll, describe, expect, it } from "vitest";
import { isEngineError } from "../../../src/base/errors.ts";
import { buildGraph } from "../../../src/index/graph/build-graph.ts";
import { ThreadPool } from "../../../src/workers/thread-pool.ts";
import { build, clusteredRows, kernels, recallOf, sharedVectors } from "./graph-fixture.ts";

const ROWS = 3000;
const DIM = 40;

describe("buildGraph() in two threads", () => {
  const pool = new ThreadPool({ kernels, threadCount: 2 });
  afterAll(() => pool.close());

  const all = clusteredRows(ROWS + 50, DIM);
  const source = sharedVectors(all.slice(0, ROWS * DIM), DIM);
  const queries = all.slice(ROWS * DIM);
  const range = { rowStart: 0, rowEnd: ROWS };

  it("finds as much as a graph that one thread has built", async () => {
    const options = { metric: "L2", seed: 5, codeBits: 7 } as const;
    const parallel = await buildGraph(source, range, options, (steps) => pool.run(steps));
    const serial = await build(source, options);
    const calibration = { points: [], scanNsPerRow: 1e9 };
    const request = { k: 10, effort: { recall: 1, candidateCount: 40 } };
    const recall = recallOf({ ...parallel, calibration }, source, queries, request);
    expect(recall).toBeGreaterThan(0.93);
    const serialRecall = recallOf({ ...serial, calibration }, source, queries, request);
    expect(Math.abs(recall - serialRecall)).toBeLessThan(0.02);
  });

  it("ends when it is cancelled", async () => {
    const controller = new AbortController();
    const building = buildGraph(
      source,
      range,
      { metric: "L2", seed: 5 },
      (steps) => pool.run(steps, { signal: controller.signal }),
      () => controller.abort(),
    );
    await expect(building).rejects.toSatisfy((error) => isEngineError(error, "cancelled"));
  });
});
