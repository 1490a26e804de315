import { lstat, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import type { Dataset } from "../../src/dataset/dataset.ts";
import { createDataset, datasetExists, listDatasets } from "../../src/dataset/registry.ts";
import { exportSamples } from "../../src/formats/export-samples.ts";
import { importDataset, importSamples } from "../../src/formats/import-samples.ts";
import { makeImage, newFolder } from "./format-test-kit.ts";

const fixtures = fileURLToPath(new URL("./fixtures/fiftyone-exports/", import.meta.url));

let home: string;

beforeAll(async () => {
  home = await newFolder();
});

/** Six images of two splits, with boxes of two classes. */
async function makeDataset(name: string): Promise<Dataset> {
  const images = await newFolder();
  const dataset = await createDataset(name, { home });
  const samples = [];
  for (let index = 0; index < 6; index++) {
    const label = index % 2 === 0 ? "cat" : "dog";
    samples.push({
      filepath: await makeImage(join(images, `${index}.png`), 40, 20),
      tags: [index < 4 ? "train" : "val"],
      ground_truth: {
        type: "Detections" as const,
        detections: [{ label, boundingBox: [0.25, 0.25, 0.5, 0.5] as const, confidence: 0.5 }],
      },
      weather: { type: "Classification" as const, label: "sunny" },
      number: index,
    });
  }
  await dataset.addSamples(samples);
  return dataset;
}

/** A COCO file with one image and one annotation more. */
async function cocoWith(annotation: object): Promise<string> {
  const folder = await newFolder();
  await makeImage(join(folder, "a.png"), 10, 10);
  const good = { id: 1, image_id: 1, category_id: 7, bbox: [1, 2, 3, 4] };
  const document = {
    images: [{ id: 1, file_name: "a.png", width: 10, height: 10 }],
    categories: [{ id: 7, name: "cat" }],
    annotations: [good, { id: 2, ...annotation }],
  };
  await writeFile(join(folder, "labels.json"), JSON.stringify(document, null, 1));
  return folder;
}

describe("importDataset", () => {
  it("takes a dataset over from FiftyOne and gives it back, ids and all", async () => {
    const path = join(fixtures, "fiftyone-dataset");
    const { dataset, report } = await importDataset("from-fiftyone", {
      home,
      format: "fiftyone",
      path,
    });
    expect(report).toMatchObject({ count: 3, problemCount: 0, ignored: { "saved views": 1 } });
    expect(dataset.description).toBe("Every label type");
    expect(dataset.defaultClasses).toEqual(["cat", "dog"]);
    const before = await dataset.samples();
    expect(before[0]).toMatchObject({ id: "6b01e8b0b7d92d31d4fd3ca6", count: 3, uniqueness: 0.25 });
    const target = join(await newFolder(), "out");
    const exported = await exportSamples(dataset, { format: "fiftyone", path: target });
    expect(exported).toEqual({ count: 3, dropped: {} });
    const again = await importDataset("again", { home, format: "fiftyone", path: target });
    const strip = (sample: { filepath: string }) => ({ ...sample, filepath: "" });
    expect((await again.dataset.samples()).map(strip)).toEqual(before.map(strip));
    expect(again.dataset.fields()).toEqual(dataset.fields());
  });

  it("leaves nothing when it fails, and says which line of which file", async () => {
    const path = await cocoWith({ image_id: 1, category_id: 7, bbox: [1, 2, 3] });
    const failure = await importDataset("broken", { home, format: "coco", path }).catch((e) => e);
    expect(failure).toMatchObject({
      code: "format-invalid",
      details: { file: join(path, "labels.json"), line: 28 },
    });
    expect(await datasetExists("broken", { home })).toBe(false);
  });

  it("lists what is broken and goes on where asked to", async () => {
    const path = await cocoWith({ image_id: 1, category_id: 9, bbox: [1, 2, 3, 4] });
    const { dataset, report } = await importDataset("mended", {
      home,
      format: "coco",
      path,
      skipInvalid: true,
    });
    expect(report).toMatchObject({
      count: 1,
      problemCount: 1,
      problems: [{ message: expect.stringContaining("category 9") }],
    });
    expect(await dataset.samples()).toMatchObject([
      { ground_truth: { detections: [{ label: "cat", boundingBox: [0.1, 0.2, 0.3, 0.4] }] } },
    ]);
  });

  it("takes samples out one by one that the dataset refuses", async () => {
    const folder = await newFolder();
    const lines = [
      { filepath: "/a.png" },
      { filepath: "/b.png", tags: [7] },
      { filepath: "/c.png" },
    ];
    await writeFile(
      join(folder, "samples.jsonl"),
      lines.map((line) => JSON.stringify(line)).join("\n"),
    );
    const options = { home, format: "jsonl", path: folder, requireMedia: false } as const;
    await expect(importDataset("refused", options)).rejects.toMatchObject({
      code: "value-invalid",
    });
    expect(await datasetExists("refused", { home })).toBe(false);
    const { dataset, report } = await importDataset("kept", { ...options, skipInvalid: true });
    expect(report).toMatchObject({ count: 2, problemCount: 1 });
    expect(await dataset.count()).toBe(2);
  });

  it("says what is missing: the format, the folder, the image", async () => {
    const path = join(home, "nowhere");
    // @ts-expect-error: no such format
    const noFormat = importDataset("x", { home, format: "tar", path });
    await expect(noFormat).rejects.toMatchObject({ code: "unsupported" });
    for (const format of [
      "coco",
      "csv",
      "fiftyone",
      "jsonl",
      "voc",
      "yolov5",
      "image-directory",
    ] as const) {
      await expect(importDataset("x", { home, format, path })).rejects.toMatchObject({
        code: "file-not-found",
      });
    }
    const table = join(await newFolder(), "t.csv");
    await writeFile(table, "filepath\nmissing.png\n");
    await expect(importDataset("x", { home, format: "csv", path: table })).rejects.toMatchObject({
      code: "format-invalid",
      details: { file: table, line: 2 },
    });
    expect(await datasetExists("x", { home })).toBe(false);
  });

  it("takes classes, tags, a number of samples, and a seeded order", async () => {
    const source = await makeDataset("source");
    const path = join(await newFolder(), "coco");
    await exportSamples(source, { format: "coco", path, labelField: "ground_truth" });
    const options = { home, format: "coco", path } as const;
    const cats = await importDataset("cats", {
      ...options,
      classes: ["cat"],
      tags: ["new"],
      includeId: true,
    });
    expect(await cats.dataset.count()).toBe(3);
    expect((await cats.dataset.samples()).map(({ tags, coco_id }) => [tags, coco_id])).toEqual([
      [["new"], 1],
      [["new"], 3],
      [["new"], 5],
    ]);
    const draw = async (name: string, seed: number) => {
      const { dataset } = await importDataset(name, {
        ...options,
        shuffle: true,
        seed,
        maxSamples: 3,
      });
      return (await dataset.samples()).map(({ filepath }) => filepath);
    };
    const first = await draw("draw-1", 7);
    expect(first).toHaveLength(3);
    expect(await draw("draw-2", 7)).toEqual(first);
    expect(await draw("draw-3", 8)).not.toEqual(first);
    await expect(importDataset("draw-4", { ...options, maxSamples: -1 })).rejects.toMatchObject({
      code: "invalid-argument",
    });
  });

  it("replaces a dataset once all is imported, and not before", async () => {
    const mine = await createDataset("replaced", { home });
    await mine.addSample({ filepath: "/mine.png" });
    const path = join(fixtures, "coco");
    const options = { home, format: "coco", path, overwrite: true } as const;
    const signal = AbortSignal.abort();
    const cancelled = importDataset("replaced", { ...options, signal });
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
    expect(await mine.count()).toBe(1);
    const { dataset } = await importDataset("replaced", options);
    expect(dataset).toMatchObject({ name: "replaced", persistent: true });
    expect(await dataset.count()).toBe(3);
    expect(await listDatasets("replaced*", { home })).toEqual(["replaced"]);
  });

  it("can be cancelled", async () => {
    const signal = AbortSignal.abort();
    const path = join(fixtures, "coco");
    await expect(
      importDataset("cancelled", { home, format: "coco", path, signal }),
    ).rejects.toMatchObject({
      code: "cancelled",
    });
    expect(await datasetExists("cancelled", { home })).toBe(false);
  });
});

describe("importSamples", () => {
  it("takes away what it had added when it fails", async () => {
    const dataset = await makeDataset("existing");
    const folder = await newFolder();
    // More than are stored at a time.
    const lines = Array.from({ length: 4100 }, (_, n) => `{"filepath": "/${n}.png", "extra": 1}`);
    lines.push("nonsense");
    await writeFile(join(folder, "samples.jsonl"), lines.join("\n"));
    const failing = importSamples(dataset, { format: "jsonl", path: folder, requireMedia: false });
    await expect(failing).rejects.toMatchObject({
      code: "format-invalid",
      details: { line: 4101 },
    });
    expect(await dataset.count()).toBe(6);
    expect(dataset.fields().map(({ name }) => name)).not.toContain("extra");
  });

  it("takes away what it had added one by one, when it is cancelled among broken samples", async () => {
    const dataset = await makeDataset("cancelled");
    const before = await dataset.ids();
    const folder = await newFolder();
    const lines = ["/new.png", "/new.png", "/newer.png"].map((path) => `{"filepath": "${path}"}`);
    await writeFile(join(folder, "samples.jsonl"), lines.join("\n"));
    const controller = new AbortController();
    const stop = dataset.onChange(() => controller.abort());
    const failing = importSamples(dataset, {
      format: "jsonl",
      path: folder,
      requireMedia: false,
      skipInvalid: true,
      signal: controller.signal,
    });
    await expect(failing).rejects.toMatchObject({ code: "cancelled" });
    stop();
    expect(await dataset.ids()).toEqual(before);
  });
});

describe("exportSamples", () => {
  it("writes each split into its part, and reads the parts as tags again", async () => {
    const dataset = await makeDataset("splits");
    for (const format of ["coco", "voc", "yolov5"] as const) {
      const path = join(await newFolder(), "out");
      const splits = ["train", "val"];
      await exportSamples(dataset, { format, path, labelField: "ground_truth", splits });
      const { dataset: back } = await importDataset(`splits-${format}`, {
        home,
        format,
        path,
        splits,
      });
      expect((await back.samples()).map(({ tags }) => tags)).toEqual([
        ...Array(4).fill(["train"]),
        ...Array(2).fill(["val"]),
      ]);
    }
    const path = join(await newFolder(), "out");
    const options = { format: "voc", path, labelField: "ground_truth", splits: ["train"] } as const;
    await expect(exportSamples(dataset, options)).rejects.toMatchObject({
      code: "invalid-argument",
    });
    await expect(readdir(path)).rejects.toThrow();
  });

  it("counts what the format has no place for", async () => {
    const dataset = await makeDataset("dropped");
    const path = join(await newFolder(), "out");
    const report = await exportSamples(dataset, { format: "voc", path });
    expect(report).toEqual({
      count: 6,
      dropped: { "confidence of labels": 6, "tags of samples": 6 },
    });
  });

  it("moves images, and tells the dataset; a failure brings them back", async () => {
    const dataset = await makeDataset("moved");
    const before = (await dataset.samples()).map(({ filepath }) => filepath);
    const path = join(await newFolder(), "out");
    const options = {
      format: "coco",
      path,
      exportMedia: "move",
      labelField: "ground_truth",
    } as const;
    const controller = new AbortController();
    const cancelled = exportSamples(dataset, {
      ...options,
      signal: controller.signal,
      progress: ({ done }) => done === 3 && controller.abort(),
    });
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
    for (const filepath of before) await readFile(filepath);
    await exportSamples(dataset, options);
    const after = (await dataset.samples()).map(({ filepath }) => filepath);
    expect(after).toEqual(before.map((_, index) => join(path, "data", `${index}.png`)));
    for (const filepath of after) await readFile(filepath);
  });

  it("links images, or leaves them where they are", async () => {
    const dataset = await makeDataset("linked");
    const linked = join(await newFolder(), "out");
    await exportSamples(dataset, {
      format: "image-directory",
      path: linked,
      exportMedia: "symlink",
    });
    expect((await lstat(join(linked, "0.png"))).isSymbolicLink()).toBe(true);
    const left = join(await newFolder(), "out");
    await exportSamples(dataset, {
      format: "csv",
      path: left,
      exportMedia: false,
      absolutePaths: true,
      fields: ["number", "weather"],
    });
    const [first] = await dataset.samples();
    expect(await readFile(join(left, "labels.csv"), "utf8")).toContain(
      `${first.filepath},train,0,sunny,`,
    );
    expect(await readdir(left)).toEqual(["labels.csv"]);
  });

  it("names images of URLs by them, and does not copy them", async () => {
    const dataset = await createDataset("urls", { home });
    const filepath = "https://example.com/a/b.png";
    await dataset.addSample({ filepath });
    for (const format of ["jsonl", "fiftyone", "csv"] as const) {
      const path = join(await newFolder(), "out");
      const copied = exportSamples(dataset, { format, path });
      await expect(copied).rejects.toMatchObject({ code: "unsupported" });
      await exportSamples(dataset, { format, path, exportMedia: false });
      const back = await importDataset(`urls-${format}`, { home, format, path });
      expect(await back.dataset.samples()).toMatchObject([{ filepath }]);
    }
  });

  it("refuses a folder that is not empty, and fields that are not there or do not fit", async () => {
    const dataset = await makeDataset("refusals");
    const path = await newFolder();
    await writeFile(join(path, "mine.txt"), "");
    await expect(exportSamples(dataset, { format: "voc", path })).rejects.toMatchObject({
      code: "invalid-argument",
    });
    const free = join(path, "out");
    const cases = [
      [{ labelField: "nothing" }, "field-not-found"],
      [{ labelField: "weather" }, "field-type-mismatch"],
    ] as const;
    for (const [options, code] of cases) {
      await expect(
        exportSamples(dataset, { format: "coco", path: free, ...options }),
      ).rejects.toMatchObject({ code });
    }
    await expect(
      exportSamples(dataset, { format: "csv", path: free, fields: ["nothing"] }),
    ).rejects.toMatchObject({ code: "field-not-found" });
    expect(await readdir(path)).toEqual(["mine.txt"]);
  });
});
