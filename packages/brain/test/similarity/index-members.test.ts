// What upstream's Milvus backend and its base class get wrong about adding, removing and reading.
import { logger } from "@zilliz/milvus2-sdk-node";
import { describe, expect, it } from "vitest";
import { computeSimilarity, type SimilarityIndex } from "../../src/index.ts";
import { arcVectors, sharedDataset } from "./one-dataset.ts";

logger.level = "silent";

const shared = sharedDataset(4);
const missing = "0123456789abcdef01234567";

async function filled(
  warnings: string[] = [],
  options: Parameters<typeof computeSimilarity>[1] = {},
): Promise<SimilarityIndex> {
  return await computeSimilarity(shared.dataset, {
    embeddings: arcVectors(4),
    environment: {},
    onWarning: (message) => warnings.push(message),
    ...options,
  });
}

describe("addToIndex()", () => {
  it("replaces vectors that are there, and never has one twice", async () => {
    const index = await filled();
    await index.addToIndex([Float32Array.of(5, 5)], [shared.ids[0]]);
    expect(await index.totalIndexSize()).toBe(4);
    const { embeddings } = await index.getEmbeddings({ sampleIds: shared.ids[0] });
    expect(embeddings).toEqual([Float32Array.of(5, 5)]);
    await index.close();
  });

  it("ignores vectors that are there with overwrite: false, with a warning where asked", async () => {
    const warnings: string[] = [];
    const index = await filled(warnings);
    const [vector] = (await index.getEmbeddings({ sampleIds: shared.ids[0] })).embeddings;
    await index.addToIndex([[5, 5]], [shared.ids[0]], { overwrite: false, warnExisting: true });
    expect((await index.getEmbeddings({ sampleIds: shared.ids[0] })).embeddings).toEqual([vector]);
    expect(warnings).toEqual([
      `Ignoring 1 IDs (eg '${shared.ids[0]}') that are already present in the index`,
    ]);
    await index.addToIndex([[5, 5]], [shared.ids[0]], { warnExisting: true });
    expect(warnings[1]).toMatch(/^Overwriting 1 IDs/);
    await index.close();
  });

  it("refuses ids that are there only with overwrite: false, and names one of them", async () => {
    const index = await filled();
    const options = { allowExisting: false, overwrite: false };
    const both = [missing, shared.ids[1]];
    await expect(index.addToIndex(arcVectors(2), both, options)).rejects.toThrow(
      `Found 1 IDs (eg '${shared.ids[1]}') that are already present in the index`,
    );
    expect(await index.totalIndexSize()).toBe(4);
    await index.addToIndex([[1, 1]], [shared.ids[1]], { allowExisting: false });
    await index.close();
  });

  it.each([
    ["another length", [[1, 2, 3]], ["x"], "embedding-invalid"],
    ["NaN", [[1, Number.NaN]], ["x"], "embedding-invalid"],
    ["more than 32 bits hold", [[1, 1e300]], ["x"], "embedding-invalid"],
    ["fewer vectors than ids", [[1, 2]], ["x", "y"], "invalid-argument"],
    [
      "an id twice",
      [
        [1, 2],
        [3, 4],
      ],
      ["x", "x"],
      "duplicate-id",
    ],
  ])("refuses %s, and adds nothing", async (_, embeddings, ids, code) => {
    const index = await filled();
    await expect(index.addToIndex(embeddings, ids)).rejects.toMatchObject({ code });
    expect(await index.totalIndexSize()).toBe(4);
    await index.close();
  });

  it("refuses label ids for samples, and asks for them for patches", async () => {
    const index = await filled();
    const labelIds = ["x"];
    await expect(index.addToIndex([[1, 2]], ["x"], { labelIds })).rejects.toThrow(
      "This index does not support label IDs",
    );
    await index.close();
    const patches = await filled([], { patchesField: "objects", embeddings: arcVectors(8) });
    await expect(patches.addToIndex([[1, 2]], ["x"])).rejects.toThrow(/give the label id/);
    await patches.close();
  });

  it("makes the collection with the first vectors where nothing told their length before", async () => {
    const index = await filled([], { embeddings: false, brainKey: "lazy" });
    expect(await index.totalIndexSize()).toBe(0);
    expect(await index.getEmbeddings()).toMatchObject({ embeddings: [] });
    await expect(index.search([1, 2])).rejects.toMatchObject({ code: "index-not-found" });
    await index.removeFromIndex({ sampleIds: [...shared.ids] });
    await index.addToIndex(arcVectors(4), shared.ids);
    expect(await index.totalIndexSize()).toBe(4);
    await index.close();
  });
});

describe("removeFromIndex()", () => {
  it("passes over, warns of, or refuses what is not there", async () => {
    const warnings: string[] = [];
    const index = await filled(warnings);
    const sampleIds = [shared.ids[0], missing];
    await expect(index.removeFromIndex({ sampleIds, allowMissing: false })).rejects.toMatchObject({
      code: "id-not-found",
      message: `Found 1 sample IDs (eg '${missing}') that are not present in the index`,
    });
    expect(await index.totalIndexSize()).toBe(4);
    await index.removeFromIndex({ sampleIds, warnMissing: true });
    expect([await index.totalIndexSize(), warnings.length]).toEqual([3, 1]);
    await expect(index.removeFromIndex({})).rejects.toMatchObject({ code: "invalid-argument" });
    await index.close();
  });
});

describe("an index of patches", () => {
  it("removes all patches of a sample by the sample's id", async () => {
    const index = await filled([], { patchesField: "objects", embeddings: arcVectors(8) });
    await index.removeFromIndex({ sampleIds: [shared.ids[1]], allowMissing: false });
    expect(await index.totalIndexSize()).toBe(6);
    await index.removeFromIndex({ labelIds: shared.labelIds[0], allowMissing: false });
    expect(await index.totalIndexSize()).toBe(4);
    await index.close();
  });

  it("gives all patches of a sample, be they hundreds", async () => {
    const detections = Array.from({ length: 300 }, () => ({
      label: "a",
      boundingBox: [0, 0, 0.5, 0.5] as const,
    }));
    const sample = {
      filepath: "/nowhere/crowd.png",
      crowd: { type: "Detections" as const, detections },
    };
    const sampleId = await shared.dataset.addSample(sample);
    const index = await filled([], { patchesField: "crowd", embeddings: arcVectors(300) });
    const { embeddings } = await index.getEmbeddings({ sampleIds: sampleId });
    expect(embeddings).toHaveLength(300);
    await index.close();
    await shared.dataset.deleteSamples(sampleId);
  });

  it("keeps its vectors in an attribute of the labels where one is named, and takes them again", async () => {
    const options = { patchesField: "objects", embeddings: arcVectors(8), embeddingsField: "emb" };
    const index = await filled([], options);
    const labels = await shared.dataset.values("objects.detections.attributes.emb");
    expect(labels.flat()).toEqual(arcVectors(8).map((vector) => [...vector]));
    await index.close();
    const again = await filled([], { patchesField: "objects", embeddings: "emb" });
    const labelIds = shared.labelIds.flat();
    const { embeddings } = await again.getEmbeddings({ labelIds });
    expect(embeddings).toEqual(arcVectors(8));
    await again.close();
    const patches = shared.dataset.toPatches("objects").limit(3);
    const some = await computeSimilarity(patches, {
      patchesField: "objects",
      embeddings: "emb",
      environment: {},
    });
    expect(await some.currentLabelIds()).toEqual(labelIds.slice(0, 3));
    await some.close();
    for (const embeddings of ["label", "boundingBox", "a.b", ""]) {
      await expect(filled([], { patchesField: "objects", embeddings })).rejects.toThrow(
        `Invalid embeddings field '${embeddings}'; expected the name of an attribute of labels`,
      );
    }
  });

  it("lists the labels that it found, and nothing where it finds none", async () => {
    const index = await filled([], { patchesField: "objects", embeddings: arcVectors(8) });
    const [label] = shared.labelIds[1];
    const found = await index.getEmbeddings({ labelIds: [missing, label] });
    expect([found.labelIds, found.embeddings.length]).toEqual([[label], 1]);
    const none = { embeddings: [], sampleIds: [], labelIds: [] };
    expect(await index.getEmbeddings({ labelIds: [missing] })).toEqual(none);
    expect(await index.getEmbeddings({ sampleIds: [missing] })).toEqual(none);
    await index.close();
  });
});

describe("getEmbeddings()", () => {
  it("answers in the order asked for, takes a single id, and lists what it found only", async () => {
    const index = await filled();
    const [a, b] = [shared.ids[3], shared.ids[1]];
    expect((await index.getEmbeddings({ sampleIds: [a, missing, b] })).sampleIds).toEqual([a, b]);
    expect((await index.getEmbeddings({ sampleIds: a })).sampleIds).toEqual([a]);
    const refused = index.getEmbeddings({ sampleIds: [missing], allowMissing: false });
    await expect(refused).rejects.toMatchObject({ code: "id-not-found" });
    await expect(index.getEmbeddings({ labelIds: "x" })).rejects.toThrow(
      "This index does not support label IDs",
    );
    await index.close();
  });

  it("gives all patches of a sample, and label ids go before sample ids", async () => {
    const warnings: string[] = [];
    const index = await filled(warnings, { patchesField: "objects", embeddings: arcVectors(8) });
    const ofSample = await index.getEmbeddings({ sampleIds: shared.ids[2] });
    expect(new Set(ofSample.labelIds)).toEqual(new Set(shared.labelIds[2]));
    const [label] = shared.labelIds[0];
    const both = await index.getEmbeddings({ labelIds: [label], sampleIds: [shared.ids[2]] });
    expect(both.labelIds).toEqual([label]);
    expect(warnings).toEqual(["Ignoring sample IDs when label IDs are provided"]);
    await index.close();
  });
});

describe("indexSize(), missingSize() and values()", () => {
  it("count and list what is indexed, not what the view has", async () => {
    const index = await filled();
    await index.removeFromIndex({ sampleIds: [shared.ids[1]] });
    const view = shared.dataset.limit(2);
    await index.useView(view);
    expect([await index.indexSize(), await index.missingSize()]).toEqual([1, 1]);
    expect(await index.values("group")).toEqual(["even"]);
    expect(await index.currentSampleIds()).toEqual([shared.ids[0]]);
    await expect(index.useView(view, { allowMissing: false })).rejects.toThrow(
      "The provided collection contains 1 samples not present in the index",
    );
    await index.close();
  });
});

it("a vector of another model's length is refused when the index is made", async () => {
  const options = { embeddings: arcVectors(4), model: "color-hog-v1", environment: {} };
  await expect(computeSimilarity(shared.dataset, options)).rejects.toMatchObject({
    code: "embedding-invalid",
  });
});
