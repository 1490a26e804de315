import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { logger } from "@zilliz/milvus2-sdk-node";
import { describe, expect, it } from "vitest";
import { computeSimilarity, type SimilarityIndex, sortBySimilarity } from "../../src/index.ts";
import { F } from "../../src/view/expression.ts";
import { coloredDataset, writePicture } from "./colored-dataset.ts";
import { arcVectors, sharedDataset } from "./one-dataset.ts";

logger.level = "silent";

const shared = sharedDataset(12);

async function arcIndex(metric = "cosine"): Promise<SimilarityIndex> {
  return await computeSimilarity(shared.dataset, {
    embeddings: arcVectors(12),
    metric,
    environment: {},
  });
}

/** The numbers of samples, in order. */
function numbers(found: readonly { readonly sampleId: string }[]): number[] {
  return found.map(({ sampleId }) => shared.ids.indexOf(sampleId));
}

describe.each(["cosine", "dotproduct", "euclidean"])("search() by %s", (metric) => {
  it("orders by distance, nearest first, with a score that falls", async () => {
    const index = await arcIndex(metric);
    const found = await index.search(shared.ids[0], { k: 5 });
    expect(numbers(found)).toEqual([0, 1, 2, 3, 4]);
    const distances = found.map(({ distance }) => distance);
    const scores = found.map(({ score }) => score);
    expect(distances).toEqual([...distances].sort((a, b) => a - b));
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(distances[0]).toBeCloseTo(0, 3);
    await index.close();
  });

  it("finds the least similar, and all of them when no k is given", async () => {
    const index = await arcIndex(metric);
    const least = await index.search(shared.ids[0], { k: 3, reverse: true });
    expect(numbers(least)).toEqual([11, 10, 9]);
    const [farthest] = least;
    const all = await index.search(shared.ids[0]);
    expect(numbers(all)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(all[11].distance).toBeCloseTo(farthest.distance, 4);
    await index.close();
  });

  it.each(["post-mean", "post-min", "post-max"] as const)(
    "aggregates by %s",
    async (aggregation) => {
      const index = await arcIndex(metric);
      const query = [shared.ids[0], shared.ids[4]];
      const found = await index.search(query, { k: 3, aggregation });
      const alone = await Promise.all(query.map((id) => index.search(id)));
      const expected = shared.ids
        .map((id) => {
          const [a, b] = alone.map(
            (list) => list.find((match) => match.id === id)?.distance ?? Number.NaN,
          );
          const distance = {
            "post-mean": (a + b) / 2,
            "post-min": Math.min(a, b),
            "post-max": Math.max(a, b),
          };
          return distance[aggregation];
        })
        .sort((a, b) => a - b)
        .slice(0, 3);
      for (const [i, distance] of expected.entries())
        expect(found[i].distance).toBeCloseTo(distance, 3);
      await index.close();
    },
  );
});

describe("search()", () => {
  it("gives the same answer for an id and for its vector", async () => {
    const index = await arcIndex();
    const { embeddings } = await index.getEmbeddings({ sampleIds: shared.ids[3] });
    const byId = await index.search(shared.ids[3], { k: 5 });
    expect(await index.search([...embeddings[0]], { k: 5 })).toEqual(byId);
    // Searching changes no vector.
    expect(await index.getEmbeddings({ sampleIds: shared.ids[3] })).toMatchObject({ embeddings });
    await index.close();
  });

  it("takes the mean of ids and vectors mixed, and stays away from negative examples", async () => {
    const index = await arcIndex();
    const [first, last] = [shared.ids[0], shared.ids[11]];
    const between = await index.search([first, Float32Array.of(0, 1)], { k: 2 });
    expect(new Set(numbers(between))).toEqual(new Set([5, 6]));
    const away = await index.search([shared.ids[5]], { k: 1, negative: [last] });
    expect(numbers(away)[0]).toBeLessThan(5);
    await index.close();
  });

  it("leaves the vectors that it was given as they were", async () => {
    const embeddings = arcVectors(12, 3);
    const index = await computeSimilarity(shared.dataset, { embeddings, environment: {} });
    const query = Float32Array.of(3, 4);
    await index.search([shared.ids[0], query], { k: 3, negative: shared.ids[11] });
    await index.search(query, { aggregation: "post-mean" });
    expect([embeddings, query]).toEqual([arcVectors(12, 3), Float32Array.of(3, 4)]);
    expect((await index.getEmbeddings({ sampleIds: shared.ids })).embeddings).toEqual(embeddings);
    await index.close();
  });

  it("sends its search parameters with each search", async () => {
    const index = await computeSimilarity(shared.dataset, {
      embeddings: arcVectors(12),
      indexType: "HNSW",
      indexParams: { M: 8, efConstruction: 64 },
      searchParams: { ef: 4 },
      environment: {},
    });
    expect(await index.search(shared.ids[0], { k: 4 })).toHaveLength(4);
    // Milvus says so itself, which it can only do when it gets what was asked for.
    await expect(index.search(shared.ids[0], { k: 5 })).rejects.toThrow(/ef.*4.*k.*5/);
    await index.close();
  });

  it("cuts by threshold and offset", async () => {
    const index = await arcIndex();
    const all = await index.search(shared.ids[0], { k: 12 });
    const page = await index.search(shared.ids[0], { k: 4, offset: 4 });
    expect(page).toEqual(all.slice(4, 8));
    const near = await index.search(shared.ids[0], { threshold: all[3].distance });
    expect(numbers(near)).toEqual([0, 1, 2, 3]);
    const far = await index.search(shared.ids[0], { threshold: all[9].distance, reverse: true });
    expect(numbers(far)).toEqual([11, 10, 9]);
    await index.close();
  });

  it("finds only what a view has, and takes queries from outside of it", async () => {
    const index = await arcIndex();
    const odd = shared.dataset.match(F("group").eq("odd"));
    const found = await index.withView(odd, (index) => index.search(shared.ids[0], { k: 4 }));
    expect(numbers(found)).toEqual([1, 3, 5, 7]);
    await index.close();
  });

  it("gives k results although the nearest are of samples that the dataset never had", async () => {
    const index = await arcIndex();
    const stray = "0123456789abcdef01234567";
    await index.addToIndex([Float32Array.of(1, 0.001)], [stray]);
    const found = await index.search(shared.ids[0], { k: 3 });
    expect(numbers(found)).toEqual([0, 1, 2]);
    expect(await index.health()).toMatchObject({ staleIds: [stray], missingCount: 0 });
    expect(await index.removeStale()).toBe(1);
    expect(await index.totalIndexSize()).toBe(12);
    await index.close();
  });

  it.each([
    ["no query", [], {}, "invalid-argument"],
    ["an empty vector", [[]], {}, "invalid-argument"],
    ["something else", [{ idd: "x" }], {}, "invalid-argument"],
    ["a vector of another length", [1, 2, 3], {}, "embedding-invalid"],
    ["NaN", [Number.NaN, 1], {}, "embedding-invalid"],
    ["a prompt without a text side", "a dog", {}, "prompts-unsupported"],
    ["a prompt of 24 hex digits", { text: "0123456789abcdef01234567" }, {}, "prompts-unsupported"],
    ["an id that is not there", ["0123456789abcdef01234567"], {}, "id-not-found"],
    ["k of 0", [1, 0], { k: 0 }, "invalid-argument"],
    ["a negative offset", [1, 0], { offset: -1 }, "invalid-argument"],
    ["an unknown aggregation", [1, 0], { aggregation: "median" }, "invalid-argument"],
    [
      "queries that cancel out",
      [
        [1, 0],
        [-1, 0],
      ],
      {},
      "embedding-invalid",
    ],
  ])("refuses %s", async (_, query, options, code) => {
    const index = await arcIndex();
    await expect(index.search(query as never, options as never)).rejects.toMatchObject({ code });
    await index.close();
  });

  it("refuses a query of which one id of several is missing, by name", async () => {
    const index = await arcIndex();
    const missing = "0123456789abcdef01234567";
    await expect(index.search([shared.ids[0], missing])).rejects.toMatchObject({
      code: "id-not-found",
      details: { ids: [missing] },
    });
    await index.close();
  });
});

describe("an index of patches", () => {
  it("orders patches in a view of patches, and samples by their best patch elsewhere", async () => {
    const index = await computeSimilarity(shared.dataset, {
      patchesField: "objects",
      embeddings: arcVectors(24),
      environment: {},
    });
    const [query] = shared.labelIds[2];
    const samples = await index.sortBySimilarity(query, { k: 3 });
    const kept = (await samples.values("objects.detections.id")).flat();
    expect(kept).toHaveLength(3);
    expect(await samples.ids()).toHaveLength(2);
    expect((await samples.ids())[0]).toBe(shared.ids[2]);

    await index.useView(shared.dataset.toPatches("objects"));
    expect(index.hasView).toBe(false);
    const patches = await index.sortBySimilarity(query, { k: 3 });
    expect((await patches.ids())[0]).toBe(query);
    expect(await patches.count()).toBe(3);

    const ofSample = await index.getEmbeddings({ sampleIds: [shared.ids[5]] });
    expect(ofSample.labelIds).toEqual(expect.arrayContaining([...shared.labelIds[5]]));
    await index.removeFromIndex({ sampleIds: [shared.ids[5]] });
    expect(await index.totalIndexSize()).toBe(22);
    await index.close();
  });
});

describe("sortBySimilarity()", () => {
  it("is a stage that is evaluated once, when the view is read", async () => {
    await computeSimilarity(shared.dataset, {
      embeddings: arcVectors(12),
      brainKey: "stage",
      environment: {},
    });
    const view = shared.dataset.sortBySimilarity(shared.ids[6], { k: 3, brainKey: "stage" });
    expect((await view.ids())[0]).toBe(shared.ids[6]);
    expect(await view.count()).toBe(3);
    const odd = shared.dataset
      .match(F("group").eq("odd"))
      .sortBySimilarity(shared.ids[0], { k: 2 });
    expect(await odd.ids()).toEqual([shared.ids[1], shared.ids[3]]);
  });

  it("stores distances of the results, and of nothing else", async () => {
    const options = { brainKey: "stage", distField: "dist", environment: {} };
    await sortBySimilarity(shared.dataset, shared.ids[0], { ...options, k: 4 });
    await sortBySimilarity(shared.dataset, shared.ids[11], { ...options, k: 2 });
    const values = await shared.dataset.values("dist");
    expect(values.filter((value) => value !== null)).toHaveLength(2);
    expect(values[11]).toBeCloseTo(0, 4);
    expect(shared.dataset.fields().find(({ name }) => name === "dist")?.type).toBe("float");
  });

  it("says that no index fits", async () => {
    const patches = shared.dataset.toPatches("objects");
    await expect(sortBySimilarity(patches, shared.ids[0])).rejects.toMatchObject({
      code: "index-not-found",
    });
  });

  it("takes a picture's file, and finds the sample that has it", async () => {
    const home = await mkdtemp(join(shared.home, "pictures-"));
    const dataset = await coloredDataset({ home, count: 20 });
    const index = await computeSimilarity(dataset, { environment: {} });
    const image = join(home, "query.png");
    await writePicture(image, 7);
    const [first] = await index.search({ image }, { k: 1 });
    expect(first.id).toBe((await dataset.ids())[7]);
    expect(first.distance).toBeCloseTo(0, 4);
    await dataset.close();
  });
});
