// The numbers that FiftyOne's documents and tests promise, on both places where vectors can be.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MilvusClient } from "@redkite/milvus/client";
import { type RunningServer, startServer } from "@redkite/milvus/server";
import { logger } from "@zilliz/milvus2-sdk-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  computeSimilarity,
  type Dataset,
  deleteBrainRun,
  getBrainInfo,
  hasBrainRun,
  listBrainRuns,
  loadBrainResults,
} from "../../src/index.ts";
import { F } from "../../src/view/expression.ts";
import { coloredDataset } from "./colored-dataset.ts";

logger.level = "silent";

const password = "Milvus-1234";
let server: RunningServer;

beforeAll(async () => {
  server = await startServer({ dataPath: ":memory:", port: 0, auth: { password } });
});
afterAll(() => server.close());

const places = [
  { place: "embedded", options: () => ({ metric: "dotproduct" }) },
  {
    place: "a Milvus server with authentication",
    options: () => ({
      backend: "milvus",
      uri: `http://${server.address}`,
      user: "root",
      password,
      metric: "dotproduct",
    }),
  },
] as const;

function randomVectors(count: number, dim: number): Float32Array[] {
  let state = 12345;
  const next = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  return Array.from({ length: count }, () => Float32Array.from({ length: dim }, next));
}

describe.each(places)("computeSimilarity() $place", ({ options }) => {
  let home: string;
  let dataset: Dataset;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "redkite-brain-"));
    dataset = await coloredDataset({ home, count: 200 });
  });
  afterAll(async () => {
    await dataset.close();
    await rm(home, { recursive: true, force: true });
  });

  it("indexes 200 samples, answers 10 of them, and counts 210 after 10 left and 20 came", async () => {
    const index = await computeSimilarity(dataset, {
      embeddings: randomVectors(200, 512),
      brainKey: "sizes",
      ...options(),
    });
    expect(await index.totalIndexSize()).toBe(200);
    const { id } = await dataset.first();
    const view = await index.sortBySimilarity(id, { k: 10 });
    expect(await view.count()).toBe(10);
    expect((await view.first()).id).toBe(id);

    const all = await dataset.ids();
    const got = await index.getEmbeddings({ sampleIds: all });
    expect([got.embeddings.length, got.embeddings[0].length]).toEqual([200, 512]);
    expect(got.sampleIds).toEqual(all);
    const some = await dataset.take(10).ids();
    expect((await index.getEmbeddings({ sampleIds: some })).embeddings).toHaveLength(10);
    expect((await index.getEmbeddings()).embeddings).toHaveLength(200);

    await index.removeFromIndex({ sampleIds: some });
    expect(await index.totalIndexSize()).toBe(190);
    const filepaths = Array.from({ length: 20 }, (_, i) => ({ filepath: `tmp${i}.jpg` }));
    const added = await dataset.addSamples(filepaths);
    await index.addToIndex(randomVectors(20, 512), added);
    expect(await index.totalIndexSize()).toBe(210);
    await dataset.deleteSamples(added);
    await index.close();
  });

  it("indexes the patches of a field, and gives them back by label", async () => {
    const patches = await coloredDataset({ home, name: "patches", count: 154, labelsPerSample: 8 });
    const index = await computeSimilarity(patches, {
      patchesField: "ground_truth",
      embeddings: randomVectors(1232, 16),
      brainKey: "patches",
      ...options(),
    });
    expect(await index.totalIndexSize()).toBe(1232);
    const labelIds = (await patches.limit(25).values("ground_truth.detections.id"))
      .flat()
      .map(String)
      .slice(0, 100);
    const before = await index.getEmbeddings({ labelIds });
    expect(before.labelIds).toEqual(labelIds);
    await index.removeFromIndex({ labelIds });
    expect(await index.totalIndexSize()).toBe(1132);
    await index.addToIndex(before.embeddings, before.sampleIds, { labelIds });
    const after = await index.getEmbeddings({ labelIds });
    expect(new Set(after.labelIds)).toEqual(new Set(labelIds));
    expect(after.embeddings).toEqual(before.embeddings);

    const people = patches.filterLabels("ground_truth", F("label").eq("person"));
    await index.useView(people);
    const expected = (await people.values("ground_truth.detections.id")).flat();
    expect(await index.currentLabelIds()).toEqual(expected);
    expect(await index.indexSize()).toBe(616);
    index.clearView();
    await index.useView(patches.take(10));
    expect(await index.indexSize()).toBe(80);
    await patches.close();
  });

  it("counts only what a view has", async () => {
    const index = await computeSimilarity(dataset, {
      embeddings: randomVectors(200, 8),
      ...options(),
    });
    await index.useView(dataset.take(10));
    expect([await index.indexSize(), await index.totalIndexSize()]).toEqual([10, 200]);
    index.clearView();
    expect(await index.indexSize()).toBe(200);
    await index.cleanup();
    await index.close();
  });

  it("passes over files that are not there, and lists them", async () => {
    const mixed = await coloredDataset({ home, name: "mixed", count: 4 });
    await mixed.addSamples([1, 2, 3, 4].map((i) => ({ filepath: `/nowhere/${i}.png` })));
    const index = await computeSimilarity(mixed, { brainKey: "mixed", ...options() });
    expect([await index.totalIndexSize(), await index.missingSize()]).toEqual([4, 4]);
    const { summary } = await getBrainInfo(mixed, "mixed");
    expect(summary?.["failureCount"]).toBe(4);
    expect(summary?.["failures"]).toHaveLength(4);
    await mixed.close();
  });

  it("keeps vectors in a field of the samples where one is named, and no vectors in the record", async () => {
    const kept = await coloredDataset({ home, name: "kept", count: 5 });
    const index = await computeSimilarity(kept, {
      embeddings: "emb",
      brainKey: "kept",
      ...options(),
    });
    const stored = await kept.values("emb");
    const { embeddings } = await index.getEmbeddings({ sampleIds: await kept.ids() });
    expect(embeddings.map((vector) => [...vector])).toEqual(stored);
    const info = await getBrainInfo(kept, "kept");
    expect(info.config["embeddingsField"]).toBe("emb");
    expect(JSON.stringify(info)).not.toMatch(/\d\.\d+,\d*\.\d+/);
    await kept.close();
  });

  it("makes an index to be filled later, as the advanced example does", async () => {
    const index = await computeSimilarity(dataset, {
      model: "color-hog-v1",
      embeddings: false,
      ...options(),
      metric: "euclidean",
      brainKey: "advanced",
      collectionName: "custom_milvus_collection",
    });
    expect(index.collection.name).toBe("custom_milvus_collection");
    expect(await index.totalIndexSize()).toBe(0);
    const { embeddings, sampleIds } = await index.computeEmbeddings(dataset.take(10));
    await index.addToIndex(embeddings, sampleIds);
    expect(await index.totalIndexSize()).toBe(10);
    expect((await index.collection.describe()).metric).toBe("euclidean");
    expect(index.client).toBeInstanceOf(MilvusClient);
    await index.close();
  });

  it("records a run that is found, loaded and deleted, with the collection or without", async () => {
    const { backend: _, metric: __, ...credentials } = { backend: "", ...options() };
    const index = await computeSimilarity(dataset, { brainKey: "recorded", ...options() });
    await index.close();
    const runs = await listBrainRuns(dataset, { type: "similarity", supportsPrompts: false });
    expect(runs.map(({ key }) => key)).toContain("recorded");
    const loaded = await loadBrainResults(dataset, "recorded", credentials);
    expect(await loaded.totalIndexSize()).toBe(200);
    await deleteBrainRun(dataset, "recorded");
    expect(await hasBrainRun(dataset, "recorded")).toBe(false);
    expect(await loaded.collection.exists()).toBe(true);
    await loaded.cleanup();
    expect(await loaded.collection.exists()).toBe(false);
    await loaded.close();
  });
});
