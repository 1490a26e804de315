import { logger } from "@zilliz/milvus2-sdk-node";
import { beforeAll, describe, expect, it } from "vitest";
import {
  computeSimilarity,
  computeVisualization,
  createDataset,
  getBrainInfo,
  loadBrainResults,
  type Visualization,
} from "../../src/index.ts";
import { sharedDataset } from "../similarity/one-dataset.ts";
import { randomNumbers } from "./grouped-vectors.ts";

logger.level = "silent";
const shared = sharedDataset(60);
const environment = {};
// Two groups, by turns: even samples in one, odd ones in the other.
const next = randomNumbers(9);
const vectors = Array.from({ length: 60 }, (_, i) =>
  Float32Array.from({ length: 16 }, (_, d) => (d === i % 2 ? 3 : 0) + 0.3 * next()),
);

beforeAll(async () => {
  const given = { embeddings: vectors, brainKey: "vectors", metric: "euclidean", environment };
  await computeSimilarity(shared.dataset, given);
});

/** The mean distance of points within the groups, by that between the groups' means. */
function spread(map: Visualization): number {
  const means = [0, 1].map((group) => {
    const points = shared.ids.map((_, i) => map.point(i)).filter((_, i) => i % 2 === group);
    return points[0].map(
      (_, d) => points.reduce((sum, point) => sum + point[d], 0) / points.length,
    );
  });
  const away = shared.ids.map((_, i) =>
    Math.hypot(...map.point(i).map((value, d) => value - means[i % 2][d])),
  );
  const between = Math.hypot(...means[0].map((value, d) => value - means[1][d]));
  return away.reduce((sum, value) => sum + value, 0) / away.length / between;
}

describe("computeVisualization()", () => {
  it.each(["pca", "umap"] as const)(
    "by %s puts like vectors near each other, the same for a seed",
    async (method) => {
      const progress: number[] = [];
      const options = { similarityIndex: "vectors", method, brainKey: method, overwrite: true };
      const map = await computeVisualization(shared.dataset, {
        ...options,
        progress: ({ done }) => progress.push(done),
      });
      expect(map.points).toHaveLength(120);
      expect(map.points.every((value) => Number.isFinite(value))).toBe(true);
      expect(spread(map)).toBeLessThan(0.5);
      const again = await computeVisualization(shared.dataset, options);
      expect(again.points).toEqual(map.points);
      const loaded = await loadBrainResults(shared.dataset, method, { type: "visualization" });
      expect(loaded.points).toEqual(map.points);
      expect(loaded.ids).toEqual(shared.ids);
      if (method === "umap") expect(progress.length).toBeGreaterThan(10);
      const info = await getBrainInfo(shared.dataset, method);
      expect(info).toMatchObject({
        type: "visualization",
        method,
        config: { numDims: 2, seed: 51 },
      });
    },
  );

  it("by pca finds the directions of greatest variance", async () => {
    // Along (1, 1) they differ by 10, across it by 1: cosines are left out of it.
    const embeddings = shared.ids.map((_, i) => {
      const [along, across] = [(i % 6) * 2, i < 30 ? 1 : 0];
      return Float32Array.of(along + across, along - across, 5);
    });
    const options = { embeddings, metric: "euclidean", method: "pca", environment } as const;
    const map = await computeVisualization(shared.dataset, { ...options, numDims: 3 });
    const [first, second] = [map.point(0), map.point(5)];
    expect(Math.abs(second[0] - first[0])).toBeCloseTo(10 * Math.SQRT2, 4);
    expect(Math.abs(map.point(0)[1] - map.point(30)[1])).toBeCloseTo(Math.SQRT2, 4);
    expect(map.point(7)[2]).toBe(0);
  });

  it("selects the samples inside a polygon, and gives values by point", async () => {
    const options = { similarityIndex: "vectors", method: "pca" } as const;
    const map = await computeVisualization(shared.dataset, options);
    const [x, y] = map.point(4);
    const [left, right, low, high] = [x - 1e-5, x + 1e-5, y - 1e-5, y + 1e-5];
    const corners = [
      [left, low],
      [right, low],
      [right, high],
      [left, high],
    ] as const;
    expect(await map.viewInside(corners).ids()).toEqual([shared.ids[4]]);
    expect((await map.values("group")).slice(0, 2)).toEqual(["even", "odd"]);
    expect(() =>
      map.viewInside([
        [0, 0],
        [1, 1],
      ]),
    ).toThrow(/2 corners/);
    expect(await map.view([3, 1, 600]).ids()).toEqual([shared.ids[3], shared.ids[1]]);
  });

  it("keeps points of what was deleted, with null as value", async () => {
    const dataset = await createDataset("deleting", { home: shared.home });
    const ids = await dataset.addSamples([0, 1, 2].map((i) => ({ filepath: `/nowhere/${i}` })));
    const embeddings = ids.map((_, i) => Float32Array.of(1, i));
    const options = { embeddings, method: "pca", environment, brainKey: "map" } as const;
    await computeVisualization(dataset, { ...options, pointsField: "place" });
    expect(await dataset.exists("place").count()).toBe(3);
    await dataset.deleteSamples([ids[1]]);
    const map = await loadBrainResults(dataset, "map", { type: "visualization" });
    expect(await map.values("filepath")).toEqual(["/nowhere/0", null, "/nowhere/2"]);
    expect(await map.view([0, 1, 2]).count()).toBe(2);
    await dataset.close();
  });

  it("lays out patches, equal vectors, and by pca a single sample", async () => {
    const patches = await computeVisualization(shared.dataset, {
      embeddings: shared.ids.flatMap((_, i) => [vectors[i], vectors[i]]),
      patchesField: "objects",
      method: "pca",
      environment,
      brainKey: "patches",
    });
    expect(patches.ids).toEqual(shared.labelIds.flat());
    expect((await patches.values("objects.label")).slice(0, 2)).toEqual(["a", "b"]);
    const loaded = await loadBrainResults(shared.dataset, "patches", { type: "visualization" });
    expect(loaded).toMatchObject({ patchesField: "objects", sampleIds: patches.sampleIds });
    const equal = shared.ids.map(() => [1, 2, 3]);
    for (const method of ["pca", "umap"] as const) {
      const map = await computeVisualization(shared.dataset, {
        embeddings: equal,
        method,
        environment,
      });
      expect(map.points.every((value) => Number.isFinite(value))).toBe(true);
    }
    const one = { embeddings: [[1, 2]], environment };
    const map = await computeVisualization(shared.dataset.limit(1), { ...one, method: "pca" });
    expect(map.point(0)).toEqual([0, 0]);
    const few = computeVisualization(shared.dataset.limit(1), one);
    await expect(few).rejects.toThrow(/needs 4 or more/);
  });

  it("ends UMAP's thread when it is cancelled, and its key is free", async () => {
    const cancel = new AbortController();
    const options = { similarityIndex: "vectors", brainKey: "cancelled" };
    const cancelled = computeVisualization(shared.dataset, {
      ...options,
      signal: cancel.signal,
      progress: () => cancel.abort(),
    });
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
    expect(await getBrainInfo(shared.dataset, "cancelled")).toMatchObject({ status: "failed" });
    await computeVisualization(shared.dataset, { ...options, method: "pca" });
  });

  it.each([
    [{ method: "tsne" }, "unsupported"],
    [{ numDims: 4 }, "invalid-argument"],
    [{ numNeighbors: 1 }, "invalid-argument"],
    [{ numNeighbors: 201 }, "invalid-argument"],
    [{ minDist: 1.1 }, "invalid-argument"],
    [{ seed: 0.5 }, "invalid-argument"],
    [{ points: [] }, "invalid-argument"],
  ])("refuses %j", async (options, code) => {
    const given = { similarityIndex: "vectors", ...options } as never;
    await expect(computeVisualization(shared.dataset, given)).rejects.toMatchObject({ code });
  });
});
