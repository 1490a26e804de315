import { describe, expect, it } from "vitest";
import { newObjectId } from "../../src/base/object-id.ts";
import type { Dataset } from "../../src/dataset/dataset.ts";
import type { DatasetChange } from "../../src/dataset/dataset-change.ts";
import { createDataset, loadDataset } from "../../src/dataset/registry.ts";
import { summarizeDataset } from "../../src/dataset/summarize-dataset.ts";
import type { Detections } from "../../src/schema/labels.ts";
import type { NewSample } from "../../src/schema/sample.ts";
import { F } from "../../src/view/expression.ts";
import { temporaryHome } from "../temporary-home.ts";

const box = [0.1, 0.2, 0.3, 0.4] as const;

describe("Dataset", () => {
  const home = temporaryHome();

  /** Makes a dataset, and closes it behind the work. */
  async function withDataset(work: (dataset: Dataset) => Promise<void>): Promise<void> {
    const dataset = await createDataset("films", { home: home.path });
    try {
      await work(dataset);
    } finally {
      await dataset.close();
    }
  }

  async function reloaded(dataset: Dataset): Promise<Dataset> {
    await dataset.close();
    return await loadDataset("films", { home: home.path });
  }

  function detections(...labels: string[]): Detections {
    return {
      type: "Detections",
      detections: labels.map((label) => ({ id: newObjectId(), label, boundingBox: box })),
    };
  }

  it("Dataset.addSamples() keeps order, ids and times, and finds the fields", async () => {
    await withDataset(async (dataset) => {
      const createdAt = new Date("2020-02-29T12:00:00.001Z");
      const ids = await dataset.addSamples([
        { filepath: "/b.jpg", id: "0123456789abcdef01234567", tags: ["x"], createdAt },
        { filepath: "/a.jpg", score: 1, emb: new Float32Array([1, 2]), gt: detections("cat") },
        { filepath: "https://example.org/c.jpg", score: 0.5, words: [], info: { a: [null] } },
        { filepath: "d.jpg", words: ["w"] },
      ]);
      expect(ids[0]).toBe("0123456789abcdef01234567");
      expect(await (await reloaded(dataset)).ids()).toEqual(ids);
      const again = await loadDataset("films", { home: home.path });
      const samples = await again.samples();
      expect(samples[0]).toMatchObject({ filepath: "/b.jpg", tags: ["x"], createdAt });
      expect(samples.map(({ score }) => score)).toEqual([undefined, 1, 0.5, undefined]);
      expect(samples[3]?.filepath).toBe(`${process.cwd()}/d.jpg`);
      expect(again.fields().slice(6)).toEqual([
        { name: "score", type: "float" },
        { name: "emb", type: "vector", dim: 2 },
        { name: "gt", type: "Detections" },
        { name: "words", type: "list", elementType: "string" },
        { name: "info", type: "dict" },
      ]);
      await again.close();
    });
  });

  it("Dataset.addSamples() widens whole numbers to floats, unless the field was declared", async () => {
    await withDataset(async (dataset) => {
      await dataset.addField({ name: "declared", type: "int" });
      await dataset.addSample({ filepath: "/a", found: 1, declared: 1 });
      await dataset.addSample({ filepath: "/b", found: 0.5, extra: "x" });
      expect(await dataset.values("found")).toEqual([1, 0.5]);
      await expect(dataset.addSample({ filepath: "/c", declared: 0.5 })).rejects.toMatchObject({
        code: "field-type-mismatch",
        message: 'Cannot store float in field "declared", which is int',
      });
    });
  });

  it.each<[string, NewSample, string]>([
    ["another type", { filepath: "/x", score: "high" }, "field-type-mismatch"],
    ["another dimension", { filepath: "/x", emb: new Float32Array(3) }, "field-type-mismatch"],
    ["a reserved name", { filepath: "/x", sample_id: 1 }, "field-name-invalid"],
    ["a name that is none", { filepath: "/x", 'a"b': 1 }, "field-name-invalid"],
    ["a name that all objects have", { filepath: "/x", valueOf: 1 } as never, "field-name-invalid"],
    ["a name that differs by capital letters", { filepath: "/x", Score: 1 }, "field-exists"],
    ["no path", { filepath: "" }, "value-invalid"],
    ["a path that is there", { filepath: "/a" }, "duplicate-filepath"],
    ["an id that is there", { filepath: "/x", id: "a".repeat(24) }, "duplicate-id"],
  ])("Dataset.addSamples() stores nothing of a batch with %s", async (_what, bad, code) => {
    await withDataset(async (dataset) => {
      const id = "a".repeat(24);
      await dataset.addSample({ filepath: "/a", id, score: 1.5, emb: new Float32Array(2) });
      const fields = dataset.fields();
      const added = dataset.addSamples([{ filepath: "/b", unseen: 1 }, bad]);
      await expect(added).rejects.toMatchObject({ code, details: { addedCount: 0 } });
      expect(await dataset.ids()).toEqual([id]);
      expect(dataset.fields()).toEqual(fields);
    });
  });

  it("Dataset.addSamples() takes a file twice when it is asked to", async () => {
    await withDataset(async (dataset) => {
      const twice = [{ filepath: "/a" }, { filepath: "/a" }];
      await expect(dataset.addSamples(twice)).rejects.toMatchObject({ code: "duplicate-filepath" });
      await dataset.addSamples(twice, { allowRepeatedFilepaths: true });
      expect(await dataset.count()).toBe(2);
    });
  });

  it("Dataset.addSamples() keeps whole batches when it is cancelled", async () => {
    await withDataset(async (dataset) => {
      const controller = new AbortController();
      const done: number[] = [];
      async function* samples() {
        for (let i = 0; i < 100; i += 1) {
          if (i === 25) controller.abort();
          yield { filepath: `/${i}` };
        }
      }
      const added = dataset.addSamples(samples(), {
        batchSize: 10,
        signal: controller.signal,
        progress: (progress) => done.push(progress.done),
      });
      await expect(added).rejects.toMatchObject({ code: "cancelled", details: { addedCount: 20 } });
      expect(done).toEqual([10, 20]);
      expect(await dataset.count()).toBe(20);
    });
  });

  it("Dataset.addSamples() refuses a batch size that is none", async () => {
    await withDataset(async (dataset) => {
      for (const batchSize of [0, 1.5, 100_001]) {
        const added = dataset.addSamples([], { batchSize });
        await expect(added).rejects.toMatchObject({ code: "invalid-argument" });
      }
    });
  });

  it("Dataset.addField(), renameField() and deleteField() change the schema for good", async () => {
    await withDataset(async (dataset) => {
      await dataset.addSample({ filepath: "/a", one: 1, two: "2" });
      await dataset.addField({ name: "three", type: "float", description: "A third" });
      await dataset.renameField("one", "First one");
      await dataset.renameField("two", "Two");
      await dataset.deleteField("three");
      await dataset.addField({ name: "three", type: "bool" });
      await dataset.setFieldInfo("Two", { description: "The second", readOnly: true });
      const again = await reloaded(dataset);
      expect(again.fields().slice(6)).toEqual([
        { name: "First one", type: "int" },
        { name: "Two", type: "string", description: "The second", readOnly: true },
        { name: "three", type: "bool" },
      ]);
      const [sample] = await again.samples();
      expect(sample).toMatchObject({ "First one": 1, Two: "2" });
      await again.addSample({ filepath: "/b", three: true, "First one": 2 });
      expect(await again.values("three")).toEqual([null, true]);
      await again.close();
    });
  });

  it.each<[string, (dataset: Dataset) => Promise<unknown>, string]>([
    ["a field that is there", (d) => d.addField({ name: "one", type: "int" }), "field-exists"],
    ["no type", (d) => d.addField({ name: "x", type: "frame" as never }), "invalid-argument"],
    ["a vector without dim", (d) => d.addField({ name: "x", type: "vector" }), "invalid-argument"],
    [
      "a vector too long",
      (d) => d.addField({ name: "x", type: "vector", dim: 32_769 }),
      "invalid-argument",
    ],
    ["an empty name", (d) => d.addField({ name: "", type: "int" }), "field-name-invalid"],
    [
      "a long name",
      (d) => d.addField({ name: "x".repeat(129), type: "int" }),
      "field-name-invalid",
    ],
    ["a missing field to delete", (d) => d.deleteField("none"), "field-not-found"],
    ["a standard field to delete", (d) => d.deleteField("filepath"), "field-read-only"],
    ["a standard field to rename", (d) => d.renameField("tags", "x"), "field-read-only"],
    ["a taken new name", (d) => d.renameField("one", "two"), "field-exists"],
    ["a tag that is no text", (d) => d.tagSamples([7] as never), "value-invalid"],
    ["a tag to take away that is no text", (d) => d.untagSamples([7] as never), "value-invalid"],
  ])("Dataset refuses %s", async (_what, change, code) => {
    await withDataset(async (dataset) => {
      await dataset.addSample({ filepath: "/a", one: 1, two: 2 });
      await expect(change(dataset)).rejects.toMatchObject({ code });
      expect(
        dataset
          .fields()
          .map(({ name }) => name)
          .slice(6),
      ).toEqual(["one", "two"]);
    });
  });

  it("Dataset.setValues() sets a field in order, by id, and to null", async () => {
    await withDataset(async (dataset) => {
      const [a = "", b = ""] = await dataset.addSamples([{ filepath: "/a" }, { filepath: "/b" }]);
      await dataset.setValues("score", [1, 2.5]);
      await dataset.setValues("score", new Map([[b, null]]));
      await dataset.setValues("emb", { [a]: new Float32Array([1, 2]) });
      const samples = await dataset.samples();
      expect(samples.map(({ score }) => score)).toEqual([1, undefined]);
      expect(samples[0]?.["emb"]).toEqual(new Float32Array([1, 2]));
      await expect(dataset.setValues("score", [1])).rejects.toMatchObject({
        code: "invalid-argument",
        details: { valueCount: 1, sampleCount: 2 },
      });
      const missing = dataset.setValues("score", { [newObjectId()]: 1 });
      await expect(missing).rejects.toMatchObject({ code: "id-not-found" });
      const bad = dataset.setValues("score", { [a]: 7, [b]: "x" });
      await expect(bad).rejects.toMatchObject({ code: "field-type-mismatch" });
      expect(await dataset.values("score")).toEqual([1, null]);
    });
  });

  it("Dataset.setValues() sets members and attributes of labels by label id", async () => {
    await withDataset(async (dataset) => {
      const gt = detections("cat", "dog");
      const [cat = "", dog = ""] = gt.detections.map(({ id }) => id);
      const weather = { type: "Classification", id: newObjectId(), label: "sunny" } as const;
      await dataset.addSamples([{ filepath: "/a", gt, weather }, { filepath: "/b" }]);
      await dataset.setValues("gt.detections.confidence", { [dog]: 0.5 });
      await dataset.setValues("gt.detections.distance", { [cat]: 1.5, [dog]: 2 });
      await dataset.setValues("gt.detections.attributes.distance", { [dog]: null });
      await dataset.setValues("weather.label", { [weather.id]: "rainy" });
      const [sample] = await dataset.samples();
      expect(sample).toMatchObject({
        gt: {
          detections: [
            { id: cat, attributes: { distance: 1.5 } },
            { id: dog, confidence: 0.5, attributes: {} },
          ],
        },
        weather: { ...weather, label: "rainy" },
      });
      for (const [path, code] of [
        ["gt.detections.id", "invalid-argument"],
        ["gt.label", "invalid-argument"],
        ["tags.x", "invalid-argument"],
        ["none.label", "field-not-found"],
        ["weather.confidence", "id-not-found"],
      ] as const) {
        const set = dataset.setValues(path, { [cat]: 1 });
        await expect(set).rejects.toMatchObject({ code });
      }
    });
  });

  it("Dataset.updateSamples() sets several fields at once, all or none", async () => {
    await withDataset(async (dataset) => {
      const now = new Date("2030-01-01T00:00:00Z");
      const [a = "", b = ""] = await dataset.addSamples([
        { filepath: "/a", one: 1, createdAt: now },
        { filepath: "/b", one: 1 },
      ]);
      await dataset.updateSamples([
        { id: a, one: 2, tags: ["t"] },
        { id: b, filepath: "/c", gt: detections("cat") },
      ]);
      const samples = await dataset.samples();
      expect(samples[0]).toMatchObject({ filepath: "/a", one: 2, tags: ["t"] });
      expect(samples[1]).toMatchObject({ filepath: "/c", one: 1, gt: { type: "Detections" } });
      for (const [update, code] of [
        [{ id: newObjectId(), one: 5 }, "id-not-found"],
        [{ id: a, one: 6 }, "duplicate-id"],
        [{ id: b, createdAt: now }, "field-read-only"],
        [{ id: b, unknown: null }, "field-not-found"],
        [{ id: b, tags: "x" as never }, "value-invalid"],
        [{ id: b, filepath: "/a" }, "duplicate-filepath"],
      ] as const) {
        const updated = dataset.updateSamples([{ id: a, one: 7 }, update]);
        await expect(updated).rejects.toMatchObject({ code });
      }
      expect(await dataset.values("one")).toEqual([2, 1]);
    });
  });

  it("Dataset.deleteSamples() and deleteLabels() remove, and tell those who listen", async () => {
    await withDataset(async (dataset) => {
      const changes: DatasetChange[] = [];
      const stop = dataset.onChange((change) => void changes.push(change));
      const gt = detections("cat", "dog", "cat");
      const other = detections("cat");
      const [a = "", b = "", c = ""] = await dataset.addSamples([
        { filepath: "/a", gt },
        { filepath: "/b", gt: other, one: { type: "Classification", label: "x", tags: ["bad"] } },
        { filepath: "/c" },
      ]);
      expect(await dataset.deleteSamples([c, newObjectId()])).toBe(1);
      expect(await dataset.deleteSamples(c)).toBe(0);
      const dog = String(gt.detections[1]?.id);
      expect(await dataset.deleteLabels({ ids: [dog, newObjectId()] })).toBe(1);
      expect(await dataset.deleteLabels({ tags: ["bad"] })).toBe(1);
      const cats = dataset.select(a).toPatches("gt");
      expect(await dataset.deleteLabels(cats)).toBe(2);
      await expect(dataset.deleteSamples(dataset.toPatches("gt"))).rejects.toMatchObject({
        code: "view-invalid",
      });
      const samples = await dataset.samples();
      expect(samples.map((sample) => sample["gt"])).toEqual([
        { type: "Detections", detections: [] },
        { type: "Detections", detections: [{ type: "Detection", ...other.detections[0] }] },
      ]);
      expect(samples[1]).not.toHaveProperty("one");
      stop();
      await dataset.deleteSamples(dataset.match(F("filepath").eq("/b")));
      expect(await dataset.ids()).toEqual([a]);
      expect(changes.map(({ kind }) => kind)).toEqual([
        "samples-added",
        "samples-deleted",
        "labels-deleted",
        "labels-deleted",
        "labels-deleted",
      ]);
      expect(changes[0]).toEqual({ kind: "samples-added", ids: [a, b, c] });
      expect(changes[2]).toEqual({ kind: "labels-deleted", field: "gt", ids: [dog] });
      await expect(dataset.deleteLabels({})).rejects.toMatchObject({ code: "invalid-argument" });
      await expect(dataset.deleteLabels({ ids: [], fields: ["tags"] })).rejects.toMatchObject({
        code: "field-type-mismatch",
      });
    });
  });

  it("Dataset.tagSamples() and untagSamples() keep the order of tags", async () => {
    await withDataset(async (dataset) => {
      const [a = ""] = await dataset.addSamples([
        { filepath: "/a", tags: ["z", "a"] },
        { filepath: "/b" },
      ]);
      await dataset.tagSamples(["b", "a", "b"]);
      await dataset.tagSamples("only", [a]);
      await dataset.untagSamples("a", dataset.select(a));
      expect(await dataset.values("tags")).toEqual([
        ["z", "b", "only"],
        ["b", "a"],
      ]);
      await expect(dataset.tagSamples("x", [newObjectId()])).rejects.toMatchObject({
        code: "id-not-found",
      });
    });
  });

  it("Dataset.setProperties() keeps what is said of the dataset", async () => {
    await withDataset(async (dataset) => {
      const properties = {
        description: "Films",
        tags: ["t"],
        info: { a: { b: [1, "é"] } },
        classes: { gt: ["cat", "dog"] },
        defaultClasses: ["x"],
      };
      await dataset.setProperties(properties);
      await dataset.setProperties({ description: "Many films" });
      const again = await reloaded(dataset);
      expect(again).toMatchObject({ ...properties, description: "Many films", name: "films" });
      await expect(again.setProperties({ name: "x" } as never)).rejects.toMatchObject({
        code: "invalid-argument",
      });
      await expect(again.setProperties({ info: { a: Number.NaN } })).rejects.toMatchObject({
        code: "value-invalid",
      });
      await again.close();
    });
  });

  it("Dataset.saveView() keeps a view's rules under a name", async () => {
    await withDataset(async (dataset) => {
      await dataset.addSamples([
        { filepath: "/a", score: 1 },
        { filepath: "/b", score: 2 },
      ]);
      const good = dataset.match(F("score").gt(1));
      await dataset.saveView("good ones", good);
      await dataset.saveView("all", dataset);
      const again = await reloaded(dataset);
      expect(await again.listSavedViews()).toEqual(["all", "good ones"]);
      const loaded = await again.loadSavedView("good ones");
      expect(loaded.stages).toEqual(good.stages);
      await again.addSample({ filepath: "/c", score: 3 });
      expect(await loaded.values("filepath")).toEqual(["/b", "/c"]);
      const second = again.saveView("all", again.limit(1));
      await expect(second).rejects.toMatchObject({ code: "view-exists" });
      await again.saveView("all", again.limit(1), { overwrite: true });
      expect(await (await again.loadSavedView("all")).count()).toBe(1);
      await again.deleteSavedView("all");
      const missing = { code: "view-not-found" };
      await expect(again.loadSavedView("all")).rejects.toMatchObject(missing);
      await expect(again.deleteSavedView("all")).rejects.toMatchObject(missing);
      await expect(again.saveView(" ", again)).rejects.toMatchObject({ code: "invalid-argument" });
      const foreign = again.saveView("foreign", good);
      await expect(foreign).rejects.toMatchObject({ code: "collection-mismatch" });
      await again.close();
    });
  });

  it("summarizeDataset() counts samples, values, labels and tags", async () => {
    await withDataset(async (dataset) => {
      await dataset.addSamples([
        { filepath: "/a", tags: ["x", "y"], gt: detections("cat", "dog") },
        { filepath: "/b", tags: ["x"], gt: detections() },
        { filepath: "/c", one: { type: "Classification", label: "x" } },
      ]);
      const summary = await summarizeDataset(dataset);
      expect(summary).toMatchObject({ name: "films", sampleCount: 3, sampleTags: { x: 2, y: 1 } });
      expect(summary.fields.slice(6)).toEqual([
        { name: "gt", type: "Detections", sampleCount: 2, labelCount: 2 },
        { name: "one", type: "Classification", sampleCount: 1, labelCount: 1 },
      ]);
    });
  });

  it("Dataset.close() is idempotent, ends reads under way, and says so afterwards", async () => {
    await withDataset(async (dataset) => {
      await dataset.addSamples(Array.from({ length: 5000 }, (_, i) => ({ filepath: `/${i}` })));
      const reading = (async () => {
        let count = 0;
        for await (const _ of dataset) {
          count += 1;
          if (count === 1) await Promise.all([dataset.close(), dataset.close()]);
        }
      })();
      await expect(reading).rejects.toMatchObject({ code: "dataset-closed" });
      await expect(dataset.count()).rejects.toMatchObject({ code: "dataset-closed" });
      await expect(dataset.addSample({ filepath: "/x" })).rejects.toMatchObject({
        code: "dataset-closed",
      });
    });
  });
});
