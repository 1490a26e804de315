import { beforeAll, describe, expect, it } from "vitest";
import type { Dataset } from "../../src/dataset/dataset.ts";
import { F } from "../../src/view/expression.ts";
import type { View } from "../../src/view/sample-collection.ts";
import { animals } from "./animals.ts";
import { openSamples } from "./open-samples.ts";

const label = "ground_truth.detections.label";
const confidence = "ground_truth.detections.confidence";

let all: View<Dataset>;
beforeAll(async () => {
  all = await openSamples(animals);
});

describe("SampleCollection aggregations", () => {
  it("count() counts samples, values, or what is in lists", async () => {
    expect(await all.count()).toBe(4);
    expect(await all.count("rating")).toBe(3);
    expect(await all.count("ground_truth.detections")).toBe(5);
    expect(await all.count("extra.a b")).toBe(1);
    expect(await all.count(F("ground_truth.detections").filter(F("label").eq("dog")))).toBe(2);
  });

  it("distinct() sorts and leaves out what is missing", async () => {
    expect(await all.distinct(label)).toEqual(["Straße 猫 😀", "cat", "dog"]);
    expect(await all.distinct("rating")).toEqual([1, 3]);
    expect(await all.distinct("tags")).toEqual([`it's "quoted"`, "test", "train"]);
    expect(await all.distinct("ground_truth.detections.attributes.iscrowd")).toEqual([1]);
  });

  it("countValues() counts what is missing as null, the most frequent first", async () => {
    expect([...(await all.countValues(label))]).toEqual([
      ["cat", 2],
      ["dog", 2],
      ["Straße 猫 😀", 1],
    ]);
    expect([...(await all.countValues("rating"))]).toEqual([
      [3, 2],
      [1, 1],
      [null, 1],
    ]);
    expect([...(await all.countValues("extra.a b"))]).toEqual([
      [null, 3],
      [1, 1],
    ]);
    expect([
      ...(await all.filterLabels("ground_truth", F("confidence").gte(0.5)).countValues(label)),
    ]).toEqual([
      ["cat", 2],
      ["Straße 猫 😀", 1],
    ]);
  });

  it("bounds(), sum(), mean() and std() go over the values that there are", async () => {
    expect(await all.bounds(confidence)).toEqual([0.25, 1]);
    expect(await all.bounds("filepath")).toEqual(["/a.jpg", "/d.jpg"]);
    expect(await all.bounds("big")).toEqual([9007199254740992n, 9007199254740993n]);
    expect(await all.sum(confidence)).toBeCloseTo(2.65, 12);
    expect(await all.mean("rating")).toBeCloseTo(7 / 3, 12);
    expect(await all.std("rating")).toBeCloseTo(Math.sqrt(8 / 9), 12);
    expect(await all.mean("ground_truth.detections.attributes.iscrowd")).toBe(1);
    expect(await all.mean(F("ground_truth.detections").length())).toBe(1.25);
  });

  it("aggregations of nothing are null, or nothing", async () => {
    const none = all.limit(0);
    const results = await none.aggregate([
      { kind: "count" },
      { kind: "distinct", of: label },
      { kind: "countValues", of: label },
      { kind: "bounds", of: "rating" },
      { kind: "mean", of: "rating" },
      { kind: "std", of: "rating" },
      { kind: "sum", of: "rating" },
      { kind: "histogramValues", of: "rating", bins: 2 },
    ]);
    const histogram = { counts: [0, 0], edges: [0, 0, 0], other: 0 };
    expect(results).toEqual([0, [], new Map(), [null, null], null, null, 0, histogram]);
    expect(await all.aggregate([])).toEqual([]);
  });

  it("results beyond all numbers are null, never an error", async () => {
    const huge = await openSamples(
      [1e308, 1e308, -1e308].map((size, n) => ({ filepath: `/${n}`, size })),
    );
    const results = await huge.aggregate([
      { kind: "sum", of: F("size").abs() },
      { kind: "mean", of: F("size").abs() },
      { kind: "std", of: "size" },
      { kind: "bounds", of: F("size").mul(10) },
      { kind: "bounds", of: "size" },
    ]);
    expect(results).toEqual([null, null, null, [null, null], [-1e308, 1e308]]);
    await expect(huge.histogramValues("size")).rejects.toMatchObject({ code: "invalid-argument" });
  });

  it("histogramValues() cuts a range, or the bounds, and counts the rest", async () => {
    expect(await all.histogramValues(confidence, { bins: 3 })).toEqual({
      counts: [1, 1, 2],
      edges: [0.25, 0.5, 0.75, 1],
      other: 1,
    });
    expect(await all.histogramValues(confidence, { bins: 2, range: [0.5, 1] })).toEqual({
      counts: [1, 2],
      edges: [0.5, 0.75, 1],
      other: 2,
    });
    expect(
      (await all.histogramValues("createdAt", { bins: 4 })).counts.reduce((a, b) => a + b),
    ).toBe(4);
    const one = await all.limit(1).histogramValues("rating", { bins: 1 });
    expect(one).toEqual({ counts: [1], edges: [3, 3], other: 0 });
    for (const options of [
      { bins: 0 },
      { bins: 10_001 },
      { bins: 1.5 },
      { range: [2, 1] as const },
    ]) {
      await expect(all.histogramValues("rating", options)).rejects.toMatchObject({
        code: "invalid-argument",
      });
    }
  });

  it("aggregate() computes several at once, each with the type of its result", async () => {
    const [count, counts, [least]] = await all.aggregate([
      { kind: "count", of: label },
      { kind: "countValues", of: label },
      { kind: "bounds", of: confidence },
    ]);
    const sum: number = count + (counts.get("cat") ?? 0);
    expect([sum, least]).toEqual([7, 0.25]);
  });

  it("aggregations refuse what they can not be computed of", async () => {
    for (const run of [
      () => all.mean("filepath"),
      () => all.bounds("flag"),
      () => all.countValues("ground_truth"),
      () => all.distinct("metadata"),
      () => all.sum(F()),
    ]) {
      await expect(run()).rejects.toMatchObject({
        code: expect.stringMatching(/^(expression-invalid|field-not-found)$/),
      });
    }
  });
});
