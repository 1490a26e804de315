import { logger } from "@zilliz/milvus2-sdk-node";
import { describe, expect, it } from "vitest";
import {
  type Clusters,
  type ClustersOptions,
  computeClusters,
  getBrainInfo,
  loadBrainResults,
} from "../../src/index.ts";
import { sharedDataset } from "../similarity/one-dataset.ts";
import { randomNumbers } from "./grouped-vectors.ts";

logger.level = "silent";
const shared = sharedDataset(90);
const environment = {};
const next = randomNumbers(4);
// 40, 30 and 18 vectors about three places, and two that are far from all.
const groupOf = (i: number) => (i < 40 ? 0 : i < 70 ? 1 : 2);
const vectors = Array.from({ length: 90 }, (_, i) =>
  i >= 88
    ? Float32Array.of(100 * (i - 87), -80, 60)
    : Float32Array.from({ length: 3 }, (_, d) => (d === groupOf(i) ? 10 : 0) + next()),
);

async function clusters(options: ClustersOptions = {}): Promise<Clusters> {
  const given = { embeddings: vectors, metric: "euclidean", environment };
  return await computeClusters(shared.dataset, { ...given, ...options });
}

describe("computeClusters()", () => {
  it("by k-means finds the groups and how many there are, and stores their names", async () => {
    const view = shared.dataset.limit(88);
    const found = await computeClusters(view, {
      embeddings: vectors.slice(0, 88),
      metric: "euclidean",
      clusterField: "cluster",
      brainKey: "kmeans",
      environment,
    });
    expect(found.clusters.map(({ ids }) => ids)).toEqual([
      shared.ids.slice(0, 40),
      shared.ids.slice(40, 70),
      shared.ids.slice(70, 88),
    ]);
    expect(found.noiseIds).toEqual([]);
    const counts = await shared.dataset.countValues("cluster");
    expect(counts.get("cluster_1")).toBe(30);
    expect(await found.view("cluster_2").count()).toBe(18);
    expect(() => found.view("cluster_3")).toThrow(/There is no cluster/);
    const loaded = await loadBrainResults(shared.dataset, "kmeans", { type: "clustering" });
    expect(loaded.toJSON()).toEqual(found.toJSON());
    expect(await getBrainInfo(shared.dataset, "kmeans")).toMatchObject({
      type: "clustering",
      method: "kmeans",
      summary: { clusterCount: 3, noiseCount: 0 },
    });
  });

  it("by k-means makes as many clusters as asked for, the same for a seed", async () => {
    const five = await clusters({ clusterCount: 5 });
    expect(five.clusters).toHaveLength(5);
    expect((await clusters({ clusterCount: 5 })).toJSON()).toEqual(five.toJSON());
    const all = await clusters({ clusterCount: 200 });
    expect(all.clusters.length).toBe(90);
  });

  it("by HDBSCAN finds the groups, and leaves out what is far from all", async () => {
    const found = await clusters({ method: "hdbscan", minClusterSize: 8, clusterField: "dense" });
    expect(found.clusters.map(({ ids }) => ids)).toEqual([
      shared.ids.slice(0, 40),
      shared.ids.slice(40, 70),
      shared.ids.slice(70, 88),
    ]);
    expect(found.noiseIds).toEqual(shared.ids.slice(88));
    expect((await shared.dataset.countValues("dense")).get("noise")).toBe(2);
  });

  it("is one cluster where all vectors are equal, or there is one", async () => {
    const equal = shared.ids.map(() => [1, 2]);
    for (const method of ["kmeans", "hdbscan"] as const) {
      const found = await clusters({ embeddings: equal, method });
      expect(found.clusters.map(({ ids }) => ids.length)).toEqual([90]);
    }
    const one = { embeddings: [[1, 2]], environment };
    const alone = await computeClusters(shared.dataset.limit(1), one);
    expect(alone.clusters).toEqual([{ name: "cluster_0", ids: [shared.ids[0]] }]);
    const noise = await computeClusters(shared.dataset.limit(1), { ...one, method: "hdbscan" });
    expect(noise.noiseIds).toEqual([shared.ids[0]]);
  });

  it("takes a part of the index for a view", async () => {
    const view = shared.dataset.limit(70);
    const options = { embeddings: vectors.slice(0, 70), metric: "euclidean", environment } as const;
    const found = await computeClusters(view, { ...options, method: "hdbscan" });
    expect(found.clusters.map(({ ids }) => ids.length)).toEqual([40, 30]);
  });

  it.each([
    [{ method: "dbscan" }, "unsupported"],
    [{ clusterCount: 0 }, "invalid-argument"],
    [{ clusterCount: 1_001 }, "invalid-argument"],
    [{ minClusterSize: 1 }, "invalid-argument"],
    [{ minClusterSize: 101 }, "invalid-argument"],
    [{ seed: -1 }, "invalid-argument"],
    [{ clusterField: "filepath" }, "field-read-only"],
  ])("refuses %j", async (options, code) => {
    await expect(clusters(options as ClustersOptions)).rejects.toMatchObject({ code });
  });
});
