import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import type { Dataset } from "../../src/dataset/dataset.ts";
import { createDataset, datasetExists } from "../../src/dataset/registry.ts";
import { readImageMetadata } from "../../src/media/image-size.ts";
import { packageFolder } from "../../src/zoo/npm-package.ts";
import { listZooDatasets, loadZooDataset } from "../../src/zoo/zoo-dataset.ts";
import { makeImage, newFolder } from "../formats/format-test-kit.ts";

let home: string;
let drawn: Dataset;

beforeAll(async () => {
  home = await newFolder();
  drawn = await loadZooDataset("quickstart", { home });
});

describe("loadZooDataset", () => {
  it("draws a quickstart of 200 images and 1,232 boxes, and says that it is drawn", async () => {
    const samples = await drawn.samples();
    expect(samples).toHaveLength(200);
    let truths = 0;
    let predictions = 0;
    for (const sample of samples) {
      const truth = sample["ground_truth"] as { detections: { boundingBox: number[] }[] };
      const found = sample["predictions"] as { detections: { confidence: number }[] };
      truths += truth.detections.length;
      predictions += found.detections.length;
      for (const { boundingBox } of truth.detections) {
        const [x, y, width, height] = boundingBox;
        expect(x >= 0 && y >= 0 && width > 0 && height > 0).toBe(true);
        expect(x + width <= 1 + 1e-9 && y + height <= 1 + 1e-9).toBe(true);
      }
    }
    expect(truths).toBe(1232);
    expect(predictions).toBeGreaterThan(900);
    expect(drawn.info["zoo"]).toMatchObject({ name: "quickstart", source: "synthetic" });
    expect(drawn.description).toContain("drawn");
    const tags = new Set(samples.flatMap((sample) => sample.tags));
    expect([...tags].sort()).toEqual(["near-duplicate", "test", "train", "validation"]);
    const size = await readImageMetadata(samples[0].filepath);
    expect(size).toMatchObject({ width: 320, height: 240, numChannels: 3 });
  });

  it("draws the same for the same seed, and another for another", async () => {
    const again = await newFolder();
    const options = { home: again, maxSamples: 5 };
    const same = await loadZooDataset("quickstart", options);
    const strip = ({ id, tags, ground_truth, predictions }: Record<string, unknown>) => {
      return { id, tags, ground_truth, predictions };
    };
    const five = (await drawn.samples()).slice(0, 5);
    expect((await same.samples()).map(strip)).toEqual(five.map(strip));
    const other = await loadZooDataset("quickstart", { ...options, seed: 1, datasetName: "other" });
    expect((await other.samples())[0].id).not.toBe(five[0].id);
  });

  it("opens what was loaded before, and leaves other datasets alone", async () => {
    expect(await loadZooDataset("quickstart", { home })).toBe(drawn);
    await createDataset("mine", { home });
    const refused = loadZooDataset("quickstart", { home, datasetName: "mine" });
    await expect(refused).rejects.toMatchObject({ code: "dataset-exists" });
  });

  it("takes FiftyOne's own from a folder", async () => {
    const path = fileURLToPath(
      new URL("../formats/fixtures/fiftyone-exports/fiftyone-dataset", import.meta.url),
    );
    const dataset = await loadZooDataset("quickstart", { home, path, datasetName: "real" });
    expect(await dataset.count()).toBe(3);
    expect(dataset.info["zoo"]).toMatchObject({ source: "folder", from: path });
  });

  it("reads MNIST's files, whatever brought them", async () => {
    const path = await newFolder();
    for (const [name, count] of [
      ["train", 3],
      ["t10k", 2],
    ] as const) {
      const images = Buffer.alloc(16 + count * 784, 128);
      for (const [index, value] of [0x803, count, 28, 28].entries())
        images.writeUInt32BE(value, index * 4);
      const labels = Buffer.from([0, 0, 8, 1, 0, 0, 0, count, ...Array(count).keys()]);
      await writeFile(join(path, `${name}-images-idx3-ubyte`), images);
      await writeFile(join(path, `${name}-labels-idx1-ubyte`), labels);
    }
    const dataset = await loadZooDataset("mnist", { home, path });
    const samples = await dataset.samples();
    expect(samples.map(({ tags, ground_truth }) => [...tags, ground_truth])).toMatchObject([
      ["train", { label: "0" }],
      ["train", { label: "1" }],
      ["train", { label: "2" }],
      ["test", { label: "0" }],
      ["test", { label: "1" }],
    ]);
    expect(await readImageMetadata(samples[0].filepath)).toMatchObject({
      width: 28,
      numChannels: 1,
    });
    await writeFile(join(path, "t10k-labels-idx1-ubyte"), "no digits");
    const broken = loadZooDataset("mnist", { home, path, datasetName: "broken" });
    await expect(broken).rejects.toMatchObject({ code: "format-invalid" });
    expect(await datasetExists("broken", { home })).toBe(false);
  });

  it("reads the emoji of a package's folder", async () => {
    const path = join(await newFolder(), "emoji-datasource-google");
    await makeImage(join(path, "img/google/64/1f331.png"), 64, 64);
    const seedling = {
      name: "SEEDLING",
      short_name: "seedling",
      unified: "1F331",
      image: "1f331.png",
      category: "Animals & Nature",
      subcategory: "plant-other",
    };
    await mkdir(path, { recursive: true });
    await writeFile(
      join(path, "emoji.json"),
      JSON.stringify([seedling, { ...seedling, image: "x" }]),
    );
    const dataset = await loadZooDataset("emoji", { home, path });
    expect(await dataset.samples()).toMatchObject([
      { name: "seedling", emoji: "🌱", ground_truth: { label: "Animals & Nature" } },
    ]);
  });

  it("says which package is missing, and which names there are", async () => {
    const names = listZooDatasets().map(({ name }) => name);
    expect(names).toEqual(["quickstart", "mnist", "emoji"]);
    expect(() => packageFolder(["@redkite/nowhere"], "mnist")).toThrow(
      "npm install @redkite/nowhere",
    );
    // @ts-expect-error: no such dataset
    await expect(loadZooDataset("cats", { home })).rejects.toMatchObject({
      code: "dataset-not-found",
    });
  });
});
