import { logger } from "@zilliz/milvus2-sdk-node";
import { beforeAll, describe, expect, it } from "vitest";
import {
  computeOutliers,
  computeRepresentativeness,
  computeSimilarity,
  computeUniqueness,
  deleteBrainRun,
  getBrainInfo,
  listBrainRuns,
} from "../../src/index.ts";
import { sharedDataset } from "../similarity/one-dataset.ts";
import { vectorsWithDuplicates } from "./grouped-vectors.ts";

logger.level = "silent";
const shared = sharedDataset(60);
const vectors = vectorsWithDuplicates(60, 8);
const environment = {};

beforeAll(async () => {
  // An exact copy, and one that is far from all others.
  vectors[21] = vectors[20];
  vectors[59] = vectors[59].map((value) => -value * 40 + 30);
  const given = { embeddings: vectors, metric: "euclidean", brainKey: "vectors", environment };
  await computeSimilarity(shared.dataset, given);
});

describe("computeUniqueness()", () => {
  it("weighs the three nearest, never the sample itself, and scales to 1", async () => {
    const scores = await computeUniqueness(shared.dataset, { similarityIndex: "vectors" });
    const raw = vectors.map((vector, i) => {
      const distances = vectors
        .filter((_, other) => other !== i)
        .map((other) => Math.hypot(...vector.map((value, d) => value - other[d])))
        .sort((a, b) => a - b);
      return 0.6 * distances[0] + 0.3 * distances[1] + 0.1 * distances[2];
    });
    const greatest = Math.max(...raw);
    for (const [i, id] of shared.ids.entries()) {
      expect(scores.get(id)).toBeCloseTo(raw[i] / greatest, 5);
    }
    const stored = await shared.dataset.values("uniqueness");
    expect(stored).toEqual(shared.ids.map((id) => scores.get(id)));
    expect(await getBrainInfo(shared.dataset, "uniqueness")).toMatchObject({
      type: "uniqueness",
      status: "completed",
      config: { uniquenessField: "uniqueness", similarityKey: "vectors" },
    });
  });

  it("knows an exact copy from what is merely near", async () => {
    const scores = await computeUniqueness(shared.dataset, { similarityIndex: "vectors" });
    const [first, copy] = [scores.get(shared.ids[20]), scores.get(shared.ids[21])];
    const sorted = [...scores.values()].sort((a, b) => a - b);
    // Were the copy passed over as the sample itself, its score would be like that of any other.
    expect(first).toBeLessThan(sorted[Math.floor(sorted.length / 2)] * 0.6);
    expect(copy).toBeLessThan(sorted[Math.floor(sorted.length / 2)] * 0.6);
  });

  it("is 1 for three or fewer, and 0 where all are equal", async () => {
    const options = { uniquenessField: "few", environment };
    const few = { ...options, embeddings: vectors.slice(0, 3) };
    const three = await computeUniqueness(shared.dataset.limit(3), few);
    expect([...three.values()]).toEqual([1, 1, 1]);
    const equal = { ...options, embeddings: vectors.map(() => [1, 2]) };
    const none = await computeUniqueness(shared.dataset, equal);
    expect(new Set(none.values())).toEqual(new Set([0]));
  });

  it("takes the value of samples that have no vector any more, and leaves those outside the view", async () => {
    const { dataset, ids } = shared;
    const field = { uniquenessField: "parts", environment };
    await computeUniqueness(dataset, { ...field, similarityIndex: "vectors" });
    const before = await dataset.values("parts");
    const embeddings = new Map(ids.slice(0, 5).map((id, i) => [id, vectors[i]]));
    await computeUniqueness(dataset.limit(6), { ...field, embeddings });
    const after = await dataset.values("parts");
    expect(after[5]).toBe(null);
    expect(after.slice(6)).toEqual(before.slice(6));
    const { summary } = await getBrainInfo(dataset, "parts");
    expect(summary).toEqual({ count: 5, missingCount: 1 });
  });

  it("stores the values of patches in the labels", async () => {
    const embeddings = vectorsWithDuplicates(120, 8, 3);
    const options = { embeddings, patchesField: "objects", uniquenessField: "rare", environment };
    const scores = await computeUniqueness(shared.dataset, options);
    const stored = await shared.dataset.values("objects.detections.attributes.rare");
    expect(stored.flat()).toEqual(shared.labelIds.flat().map((id) => scores.get(id)));
  });

  it("refuses a field of another type, and a key that an index has", async () => {
    const text = { uniquenessField: "group", similarityIndex: "vectors" };
    const wrong = computeUniqueness(shared.dataset, text);
    await expect(wrong).rejects.toMatchObject({ code: "field-type-mismatch" });
    const overIndex = { similarityIndex: "vectors", uniquenessField: "vectors" };
    const taken = computeUniqueness(shared.dataset, overIndex);
    await expect(taken).rejects.toMatchObject({ code: "run-exists" });
    expect(await listBrainRuns(shared.dataset, { type: "similarity" })).toHaveLength(1);
    await deleteBrainRun(shared.dataset, "uniqueness", { withCollection: true });
  });
});

describe("computeOutliers()", () => {
  it("finds what is far from all others", async () => {
    const options = { similarityIndex: "vectors", neighborCount: 5 };
    const { outlierIds, scores, threshold } = await computeOutliers(shared.dataset, options);
    expect(outlierIds).toEqual([shared.ids[59]]);
    expect(scores.get(shared.ids[59])).toBeGreaterThan(threshold);
    expect((await shared.dataset.bounds("outlier_score"))[1]).toBe(scores.get(shared.ids[59]));
    const part = { ...options, fraction: 0.1 };
    const tenth = await computeOutliers(shared.dataset, part);
    expect(tenth.outlierIds).toHaveLength(6);
    expect(tenth.outlierIds[0]).toBe(shared.ids[59]);
  });

  it("finds none among equal vectors, nor in one sample", async () => {
    const equal = { embeddings: vectors.map(() => [1, 1]), environment };
    expect((await computeOutliers(shared.dataset, equal)).outlierIds).toEqual([]);
    const one = { embeddings: [[1, 2]], environment };
    expect((await computeOutliers(shared.dataset.limit(1), one)).outlierIds).toEqual([]);
  });

  it("refuses impossible numbers of neighbours and fractions", async () => {
    for (const options of [{ neighborCount: 0 }, { neighborCount: 101 }, { fraction: 1.1 }]) {
      const refused = computeOutliers(shared.dataset, { similarityIndex: "vectors", ...options });
      await expect(refused).rejects.toMatchObject({ code: "invalid-argument" });
    }
  });
});

describe("computeRepresentativeness()", () => {
  it("is greatest in the middle of a cluster and least at its edge", async () => {
    // Twenty groups of three far from each other: near the mean, at the edge, between.
    const embeddings = Array.from({ length: 60 }, (_, i) =>
      Float32Array.of(1_000 * Math.floor(i / 3) ** 2 + [0, 3, -1][i % 3], 0),
    );
    const options = { embeddings, metric: "euclidean", environment };
    const scores = await computeRepresentativeness(shared.dataset, options);
    for (let i = 0; i < 60; i += 3) {
      const [near, edge, between] = shared.ids.slice(i, i + 3).map((id) => scores.get(id));
      expect(edge).toBe(0);
      expect(between).toBeGreaterThan(0);
      expect(near).toBeGreaterThan(between ?? 1);
    }
    expect(await shared.dataset.count("representativeness")).toBe(60);
  });

  it("lets near duplicates lose, but for the best of them", async () => {
    const options = { embeddings: vectors, environment };
    const plain = await computeRepresentativeness(shared.dataset, options);
    const method = "cluster-center-downweight";
    const lowered = await computeRepresentativeness(shared.dataset, { ...options, method });
    const pair = [shared.ids[10], shared.ids[11]].map((id) => lowered.get(id) === plain.get(id));
    expect(pair.filter((isSame) => isSame)).toHaveLength(1);
    const unknown = computeRepresentativeness(shared.dataset, { ...options, method: "x" as never });
    await expect(unknown).rejects.toMatchObject({ code: "unsupported" });
  });
});
