import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { computeEmbeddings, type EmbeddingModel } from "../../src/index.ts";
import { coloredDataset, writePicture } from "../similarity/colored-dataset.ts";
import { temporaryHome } from "../temporary-home.ts";

const home = temporaryHome();

/** A model that counts what it is asked: width, height and the first byte of each picture. */
function countingModel(fingerprint = "counting"): EmbeddingModel & { readonly sizes: number[][] } {
  const sizes: number[][] = [];
  return {
    sizes,
    spec: { kind: "precomputed" },
    fingerprint,
    dim: 3,
    modalities: { image: true, text: false },
    normalize: false,
    embedImages: async (images) => {
      sizes.push(...images.map(({ width, height }) => [width, height]));
      return images.map(({ width, height, data }) => Float32Array.of(width, height, data[0]));
    },
    embedTexts: async () => [],
    close: async () => {},
  };
}

describe("computeEmbeddings()", () => {
  it("embeds each sample once, and takes from the cache what it has seen", async () => {
    const dataset = await coloredDataset({ home: home.path, count: 5 });
    const model = countingModel();
    const first = await computeEmbeddings(dataset, { model, batchSize: 2 });
    expect(first.sampleIds).toEqual(await dataset.ids());
    const again = await computeEmbeddings(dataset, { model });
    expect(again).toEqual(first);
    expect(model.sizes).toHaveLength(5);

    await computeEmbeddings(dataset, { model, useCache: false });
    expect(model.sizes).toHaveLength(10);
    const other = countingModel("other");
    await computeEmbeddings(dataset, { model: other });
    expect(other.sizes).toHaveLength(5);
    // A file that has changed is another picture.
    const [sample] = await dataset.samples();
    await writePicture(sample.filepath, 77);
    await computeEmbeddings(dataset, { model });
    expect(model.sizes).toHaveLength(11);
    await dataset.close();
  });

  it("embeds the patches of a field, in a view of samples and of patches", async () => {
    const dataset = await coloredDataset({ home: home.path, count: 3, labelsPerSample: 2 });
    const model = countingModel();
    const found = await computeEmbeddings(dataset, { model, patchesField: "ground_truth" });
    const labelIds = (await dataset.values("ground_truth.detections.id")).flat();
    expect(found.labelIds).toEqual(labelIds);
    // In any order: images are decoded side by side.
    expect(new Set(model.sizes.map(String))).toEqual(new Set(["19,12", "19,13"]));
    const patches = dataset.toPatches("ground_truth");
    const same = await computeEmbeddings(patches, { model, patchesField: "ground_truth" });
    expect(same).toEqual(found);
    expect(model.sizes).toHaveLength(6);
    const options = { model, patchesField: "ground_truth", alpha: 0.5, forceSquare: true };
    await computeEmbeddings(dataset.limit(1), options);
    expect(model.sizes[6]).not.toEqual(model.sizes[0]);
    const wrong = computeEmbeddings(patches, { model, patchesField: "predictions" });
    await expect(wrong).rejects.toMatchObject({ code: "field-not-found" });
    await dataset.close();
  });

  it("takes the mean of the regions of a sample, or the whole image where there are none", async () => {
    const dataset = await coloredDataset({ home: home.path, count: 2, labelsPerSample: 2 });
    const model = countingModel();
    const options = { model, roiField: "ground_truth" };
    const { embeddings } = await computeEmbeddings(dataset, options);
    expect(embeddings).toHaveLength(2);
    expect(embeddings[0][0]).toBeCloseTo((model.sizes[0][0] + model.sizes[1][0]) / 2, 4);
    const [first] = await dataset.ids();
    await dataset.setValues("ground_truth", new Map([[first, null]]));
    const whole = await computeEmbeddings(dataset.limit(1), options);
    expect([...whole.embeddings[0].subarray(0, 2)]).toEqual([48, 32]);
    await dataset.close();
  });

  it("passes over what can't be read and lists it, or stops there", async () => {
    const dataset = await coloredDataset({ home: home.path, count: 2 });
    const [missing] = await dataset.addSamples([{ filepath: join(home.path, "missing.png") }]);
    const model = countingModel();
    const { sampleIds, failures } = await computeEmbeddings(dataset, { model });
    expect(sampleIds).toHaveLength(2);
    expect(failures).toEqual([
      expect.objectContaining({
        sampleId: missing,
        reason: expect.stringContaining("missing.png"),
      }),
    ]);
    const strict = computeEmbeddings(dataset, { model, skipFailures: false });
    await expect(strict).rejects.toMatchObject({ code: "file-not-found" });
    await dataset.close();
  });

  it("keeps the vectors in a field of the samples", async () => {
    const dataset = await coloredDataset({ home: home.path, count: 2 });
    const model = countingModel();
    const { embeddings } = await computeEmbeddings(dataset, { model, embeddingsField: "emb" });
    expect(await dataset.values("emb")).toEqual(embeddings.map((vector) => [...vector]));
    await dataset.close();
  });

  it("tells how far it is, and stops when its signal is aborted", async () => {
    const dataset = await coloredDataset({ home: home.path, count: 4 });
    const stop = new AbortController();
    const done: number[] = [];
    const cancelled = computeEmbeddings(dataset, {
      model: countingModel(),
      batchSize: 1,
      signal: stop.signal,
      progress: (progress) => {
        done.push(progress.done);
        if (progress.done === 2) stop.abort();
      },
    });
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
    expect(done).toEqual([1, 2]);
    await dataset.close();
  });
});
