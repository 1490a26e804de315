// Vectors go when samples and labels go, wherever they are.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunningServer, startServer } from "@redkite/milvus/server";
import { logger } from "@zilliz/milvus2-sdk-node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  computeSimilarity,
  createDataset,
  type Dataset,
  loadBrainResults,
} from "../../src/index.ts";
import { arcVectors } from "./one-dataset.ts";

logger.level = "silent";

let folder: string;
let server: RunningServer;
let dataset: Dataset;
let ids: string[];

const start = (port: number): Promise<RunningServer> =>
  startServer({ dataPath: join(folder, "server.db"), port });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "redkite-brain-"));
  server = await start(0);
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  dataset = await createDataset("stale", { home: folder, overwrite: true });
  ids = await dataset.addSamples(
    [0, 1, 2, 3].map((i) => ({ filepath: `/nowhere/${i}.png`, objects: twoObjects })),
  );
});
afterEach(() => dataset.close());

const twoObjects = {
  type: "Detections" as const,
  detections: ["a", "b"].map((label) => ({ label, boundingBox: [0, 0, 0.5, 0.5] as const })),
};

describe.each([
  { place: "embedded", where: () => ({ environment: {} }) },
  { place: "a server", where: () => ({ environment: {}, uri: `http://${server.address}` }) },
])("an index on $place", ({ where }) => {
  it("loses the vectors of samples that are deleted while it is open", async () => {
    const index = await computeSimilarity(dataset, {
      embeddings: arcVectors(4),
      brainKey: "open",
      ...where(),
    });
    expect(await index.indexSize()).toBe(4);
    await dataset.deleteSamples([ids[0], ids[2]]);
    expect([await index.totalIndexSize(), await index.indexSize()]).toEqual([2, 2]);
    expect((await index.health()).staleIds).toEqual([]);
    expect((await index.getEmbeddings({ sampleIds: ids })).sampleIds).toEqual([ids[1], ids[3]]);
  });

  it("loses them also when it was not open, or not even the dataset since", async () => {
    const index = await computeSimilarity(dataset, {
      embeddings: arcVectors(4),
      brainKey: "closed",
      ...where(),
    });
    await index.close();
    await dataset.deleteSamples(ids[0]);
    const loaded = await loadBrainResults(dataset, "closed", where());
    await dataset.deleteSamples(ids[1]);
    await loaded.close();
    const again = await loadBrainResults(dataset, "closed", where());
    expect(await again.totalIndexSize()).toBe(2);
    expect(await dataset.store.query("SELECT * FROM removed_items")).toEqual([]);
  });

  it("of patches loses those of labels, and all of a sample", async () => {
    const index = await computeSimilarity(dataset, {
      embeddings: arcVectors(8),
      patchesField: "objects",
      brainKey: "patches",
      ...where(),
    });
    const lists = await dataset.values("objects.detections.id");
    const [[first], , [third]] = lists as string[][];
    await dataset.deleteLabels({ ids: [first, third] });
    expect(await index.totalIndexSize()).toBe(6);
    await dataset.deleteSamples([ids[0], ids[3]]);
    expect(await index.totalIndexSize()).toBe(3);
    expect((await index.health()).staleIds).toEqual([]);
  });

  it("in memory or without a record loses them too", async () => {
    const index = await computeSimilarity(dataset, { embeddings: arcVectors(4), ...where() });
    await dataset.deleteSamples(ids[3]);
    expect(await index.totalIndexSize()).toBe(3);
    await index.cleanup();
  });

  it("keeps the vector of a sample that came back under its id", async () => {
    const index = await computeSimilarity(dataset, {
      embeddings: arcVectors(4),
      brainKey: "back",
      ...where(),
    });
    await dataset.deleteSamples(ids[1]);
    await dataset.addSample({ id: ids[1], filepath: "/nowhere/back.png" });
    await index.addToIndex([Float32Array.of(5, 5)], [ids[1]]);
    const { embeddings } = await index.getEmbeddings({ sampleIds: ids[1] });
    expect(embeddings).toEqual([Float32Array.of(5, 5)]);
    expect(await index.totalIndexSize()).toBe(4);
  });
});

it("a deletion does not need the server, and vectors go once it is back", async () => {
  const uri = `http://${server.address}`;
  const options = { environment: {}, uri };
  const index = await computeSimilarity(dataset, {
    embeddings: arcVectors(4),
    brainKey: "away",
    ...options,
  });
  await server.close();
  await dataset.deleteSamples([ids[0], ids[1]]);
  await expect(index.totalIndexSize()).rejects.toMatchObject({ code: "server-unreachable" });
  server = await start(Number(new URL(uri).port));
  await index.close();
  const loaded = await loadBrainResults(dataset, "away", options);
  expect(await loaded.totalIndexSize()).toBe(2);
});

it("what somebody else's collection has stays until it is asked to go", async () => {
  const collectionName = "theirs";
  const first = await computeSimilarity(dataset, {
    embeddings: arcVectors(4),
    collectionName,
    brainKey: "first",
    environment: {},
  });
  const index = await computeSimilarity(dataset, {
    embeddings: false,
    collectionName,
    brainKey: "second",
    environment: {},
  });
  await dataset.deleteSamples(ids[0]);
  expect(await index.totalIndexSize()).toBe(4);
  expect((await index.search([1, 0], { k: 3 })).map(({ id }) => id)).toEqual(ids.slice(1));
  expect((await index.health()).staleIds).toEqual([ids[0]]);
  expect(await index.removeStale()).toBe(1);
  expect(await first.totalIndexSize()).toBe(3);
});
