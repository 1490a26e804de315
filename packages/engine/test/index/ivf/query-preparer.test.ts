import { describe, expect, test } from "vitest";
import { denseMetrics } from "../../../src/base/metric.ts";
import { probeWords, QueryPreparer } from "../../../src/index/ivf/query-preparer.ts";
import { clusteredRows, kernels, sharedVectors } from "../graph/graph-fixture.ts";
import { build } from "./ivf-fixture.ts";

const DIM = 70;
const all = clusteredRows(1_010, DIM);
const source = sharedVectors(all.slice(0, 1_000 * DIM), DIM);
const queries = Array.from({ length: 10 }, (_, q) => {
  return all.slice((1_000 + q) * DIM, (1_001 + q) * DIM);
});

describe("QueryPreparer.prepare()", () => {
  test.each(denseMetrics)(
    "takes the lists within a reach, best first, under %s",
    async (metric) => {
      const { quantizer } = await build(source, { metric, listCount: 24 });
      const preparer = new QueryPreparer(kernels, quantizer);
      for (const query of queries) {
        const reaches = preparer.reachesOf(query);
        const sorted = Array.from(reaches).sort((a, b) => a - b);
        // The mean of the best four is where reaches begin.
        expect(sorted.slice(0, 4).reduce((sum, reach) => sum + reach)).toBeCloseTo(0, 3);
        for (const [count, most] of [
          [1, 24],
          [6, 24],
          [6, 3],
          [24, 24],
        ]) {
          const behind = count < 24 ? sorted[count] : sorted[count - 1] + 1;
          const reach = (sorted[count - 1] + behind) / 2;
          const { probes, probeCount } = preparer.prepare(query, { most, reach });
          expect(probeCount).toBe(Math.min(count, most));
          const lists = Array.from({ length: probeCount }, (_, i) => probes[probeWords * i]);
          expect(lists.map((list) => reaches[list])).toEqual(sorted.slice(0, probeCount));
        }
        const none = preparer.prepare(query, { most: 24, reach: sorted[0] - 1 });
        expect(none.probeCount).toBe(1);
      }
    },
  );
});
