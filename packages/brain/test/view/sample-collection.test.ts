import { beforeAll, describe, expect, it } from "vitest";
import type { Dataset } from "../../src/dataset/dataset.ts";
import { F } from "../../src/view/expression.ts";
import { type View, viewFromJSON } from "../../src/view/sample-collection.ts";
import { animals } from "./animals.ts";
import { idOf, openSamples } from "./open-samples.ts";

let all: View<Dataset>;
beforeAll(async () => {
  all = await openSamples(animals);
});

/** Which of the samples 1 to 4 a view has, in its order. */
async function numbers(view: View<Dataset>): Promise<number[]> {
  return (await view.ids()).map((id) => Number.parseInt(id, 16));
}

/** The ids of the labels that are left of each sample. */
async function labels(view: View<Dataset>): Promise<unknown> {
  const ids = await view.values("ground_truth.detections.id");
  return ids.map((list) =>
    Array.isArray(list) ? list.map((id) => Number.parseInt(String(id), 16)) : list,
  );
}

describe("SampleCollection reading", () => {
  it("samples() gives the samples as they were added", async () => {
    const [first, second] = await all.samples();
    expect(first).toMatchObject({
      id: idOf(1),
      rating: 3,
      big: 9007199254740993n,
      ground_truth: animals[0]?.["ground_truth"] && expect.objectContaining({ type: "Detections" }),
    });
    expect(second?.["ground_truth"]).toEqual({ type: "Detections", detections: [] });
  });

  it("first(), last(), head(), sample() and has() find samples", async () => {
    expect((await all.first()).id).toBe(idOf(1));
    expect((await all.last()).id).toBe(idOf(4));
    expect((await all.sortBy("rating").last()).id).toBe(idOf(4));
    expect((await all.head(2)).map(({ id }) => id)).toEqual([idOf(1), idOf(2)]);
    expect((await all.sample("/c.jpg")).id).toBe(idOf(3));
    expect((await all.sample(idOf(3))).filepath).toBe("/c.jpg");
    expect(await all.skip(1).has(idOf(1))).toBe(false);
    expect(await all.has(idOf(1))).toBe(true);
  });

  it("first() of an empty view says that there is none", async () => {
    await expect(all.limit(0).first()).rejects.toMatchObject({ code: "id-not-found" });
  });

  it("values() reads paths of every kind", async () => {
    expect(await all.values("filepath")).toEqual(["/a.jpg", "/b.jpg", "/c.jpg", "/d.jpg"]);
    expect(await all.values("metadata.width")).toEqual([640, null, null, null]);
    expect(await all.values("metadata.size_bytes")).toEqual([10, null, null, null]);
    expect(await all.values("weather.label")).toEqual(["sunny", "rainy", null, "sunny"]);
    expect(await all.values("group name")).toEqual(["x", "y", "x", null]);
    expect(await all.values("extra.nested.deep")).toEqual(["yes", null, null, null]);
    expect(await all.values("extra.a b")).toEqual([1, null, null, null]);
    expect(await all.values("big")).toEqual([9007199254740993n, 9007199254740992n, null, null]);
    expect(await all.values("tags")).toEqual(animals.map(({ tags }) => tags));
    expect(await all.values("ground_truth.detections.label")).toEqual([
      ["cat", "dog", "dog"],
      [],
      null,
      ["Straße 猫 😀", "cat"],
    ]);
    expect(await all.limit(1).values("ground_truth.detections.attributes.colour")).toEqual([
      ["black", null, null],
    ]);
    expect(await all.limit(1).values("ground_truth.detections.bounding_box")).toEqual([
      [
        [0, 0, 0.5, 0.5],
        [0.5, 0.5, 0.25, 0.5],
        [0, 0.5, 1, 0.5],
      ],
    ]);
    expect(await all.skip(1).limit(1).values("weather")).toEqual([animals[1]?.["weather"]]);
    expect(await all.limit(1).values("created_at")).toEqual([new Date("2024-03-05T06:07:08.000Z")]);
  });
});

describe("SampleCollection stages", () => {
  it("matchTags() asks for any or all of the tags, or for the others", async () => {
    expect(await numbers(all.matchTags("test"))).toEqual([2, 4]);
    expect(await numbers(all.matchTags(["test", "train"]))).toEqual([1, 2, 4]);
    expect(await numbers(all.matchTags(["test", "train"], { all: true }))).toEqual([4]);
    expect(await numbers(all.matchTags(["test", "train"], { bool: false }))).toEqual([3]);
    expect(await numbers(all.matchTags(["test", "train"], { all: true, bool: false }))).toEqual([
      1, 2, 3,
    ]);
  });

  it("filterLabels() keeps matching labels, and samples that have any", async () => {
    const cats = all.filterLabels("ground_truth", F("label").eq("cat"));
    expect(await numbers(cats)).toEqual([1, 4]);
    expect(await labels(cats)).toEqual([[101], [402]]);
    const kept = all.filterLabels("ground_truth", F("label").eq("cat"), { onlyMatches: false });
    expect(await labels(kept)).toEqual([[101], [], null, [402]]);
    const big = all.filterLabels("ground_truth", F("bounding_box").area().gte(0.5));
    expect(await labels(big)).toEqual([[103], [402]]);
    expect(await numbers(all.filterLabels("weather", F("confidence").gt(0.6)))).toEqual([1]);
    const sunny = all.filterLabels("weather", F("label").eq("sunny"), { onlyMatches: false });
    expect(await sunny.values("weather.label")).toEqual(["sunny", null, null, "sunny"]);
  });

  it("filterField() keeps matching values", async () => {
    expect(await numbers(all.filterField("rating", F().gt(1)))).toEqual([1, 4]);
    const kept = all.filterField("rating", F().gt(1), { onlyMatches: false });
    expect(await kept.values("rating")).toEqual([3, null, null, 3]);
  });

  it("exists() tells samples with a value from those without", async () => {
    expect(await numbers(all.exists("ground_truth"))).toEqual([1, 2, 4]);
    expect(await numbers(all.exists("ground_truth", false))).toEqual([3]);
    expect(await numbers(all.exists("ground_truth.detections.label"))).toEqual([1, 4]);
    expect(await numbers(all.exists("weather.confidence", false))).toEqual([3, 4]);
    expect(await numbers(all.exists("extra.a b"))).toEqual([1]);
  });

  it("sortBy() keeps the order of equal samples, and takes several keys", async () => {
    expect(await numbers(all.sortBy("rating"))).toEqual([3, 2, 1, 4]);
    expect(await numbers(all.sortBy("rating", { reverse: true }))).toEqual([1, 4, 2, 3]);
    expect(await numbers(all.sortBy(["rating", ["filepath", "desc"]]))).toEqual([3, 2, 4, 1]);
    expect(await numbers(all.sortBy(F("ground_truth.detections").length()))).toEqual([2, 3, 4, 1]);
    expect(await numbers(all.sortBy("filepath", { reverse: true }).sortBy("rating"))).toEqual([
      3, 2, 4, 1,
    ]);
    await expect(all.sortBy("tags").count()).rejects.toMatchObject({ code: "expression-invalid" });
  });

  it("limit() and skip() cut in the order of the view", async () => {
    const sorted = all.sortBy("filepath", { reverse: true });
    expect(await numbers(sorted.limit(2))).toEqual([4, 3]);
    expect(await numbers(sorted.skip(3))).toEqual([1]);
    expect(await numbers(sorted.skip(1).limit(2).skip(1))).toEqual([2]);
    expect(() => all.limit(-1)).toThrow(expect.objectContaining({ code: "view-invalid" }));
    expect(() => all.limit(1.5)).toThrow(expect.objectContaining({ code: "view-invalid" }));
  });

  it("take() and shuffle() depend on the seed alone", async () => {
    const shuffled = await numbers(all.shuffle({ seed: 51 }));
    expect(shuffled).toEqual([2, 4, 1, 3]);
    expect(await numbers(all.shuffle({ seed: 51 }))).toEqual(shuffled);
    expect([...shuffled].sort()).toEqual([1, 2, 3, 4]);
    expect(await numbers(all.take(2, { seed: 51 }))).toEqual(shuffled.slice(0, 2));
    expect(await numbers(all.take(9))).toHaveLength(4);
  });

  it("select() and exclude() go by id, ordered if asked", async () => {
    const ids = [idOf(4), idOf(9), idOf(1), idOf(4)];
    expect(await numbers(all.select(ids))).toEqual([1, 4]);
    expect(await numbers(all.select(ids, { ordered: true }))).toEqual([4, 1]);
    expect(await numbers(all.exclude(ids))).toEqual([2, 3]);
    expect(await numbers(all.select([]))).toEqual([]);
    // DuckDB's own optimizer would look for the ids before it skips.
    expect(
      await numbers(all.skip(1).select(ids.slice(0, 1).concat(idOf(2)), { ordered: true })),
    ).toEqual([4, 2]);
    expect(await numbers(all.exclude([]))).toEqual([1, 2, 3, 4]);
  });

  it("selectFields() and excludeFields() narrow the samples", async () => {
    const [sample] = await all.selectFields("rating").samples();
    expect(Object.keys(sample ?? {}).sort()).toEqual(
      ["createdAt", "filepath", "id", "lastModifiedAt", "metadata", "rating", "tags"].sort(),
    );
    await expect(all.selectFields("rating").exists("weather").count()).rejects.toMatchObject({
      code: "field-not-found",
    });
    expect((await all.excludeFields("weather").first())["weather"]).toBeUndefined();
    await expect(all.excludeFields("tags").count()).rejects.toMatchObject({ code: "view-invalid" });
    await expect(all.excludeFields("no").count()).rejects.toMatchObject({
      code: "field-not-found",
    });
  });

  it("selectLabels() keeps labels by id, tag and field, and no other label fields", async () => {
    const ids = [idOf(101), idOf(402), idOf(12)];
    const view = all.selectLabels({ ids });
    expect(await numbers(view)).toEqual([1, 2, 4]);
    expect(await labels(view)).toEqual([[101], [], [402]]);
    expect(await view.values("weather.label")).toEqual([null, "rainy", null]);
    const two = all.selectLabels({ ids: [idOf(101), idOf(103)] });
    expect(await labels(two)).toEqual([[101, 103]]);
    const tagged = all.selectLabels({ ids, tags: ["big"], fields: ["ground_truth"] });
    expect(await labels(tagged)).toEqual([[402]]);
    expect(tagged.viewFields().map(({ name }) => name)).not.toContain("weather");
    expect(await numbers(all.selectLabels({ ids, omitEmpty: false }))).toEqual([1, 2, 3, 4]);
  });

  it("excludeLabels() takes out labels by id or tag, or all of a field", async () => {
    const view = all.excludeLabels({ ids: [idOf(102)], tags: ["big"], fields: ["ground_truth"] });
    expect(await labels(view)).toEqual([[101, 103], [401]]);
    expect(
      await numbers(all.excludeLabels({ fields: ["ground_truth"], omitEmpty: false })),
    ).toHaveLength(4);
    expect(await numbers(all.excludeLabels({ fields: ["ground_truth"] }))).toEqual([]);
    await expect(all.excludeLabels({}).count()).rejects.toMatchObject({ code: "view-invalid" });
  });

  it("matchLabels() finds samples by their labels", async () => {
    expect(await numbers(all.matchLabels({ ids: [idOf(402), idOf(12)] }))).toEqual([2, 4]);
    expect(await numbers(all.matchLabels({ tags: ["checked"] }))).toEqual([1, 4]);
    expect(await numbers(all.matchLabels({ tags: ["checked"], bool: false }))).toEqual([2, 3]);
    const filter = F("label").eq("cat").and(F("confidence").gt(0.8));
    expect(await numbers(all.matchLabels({ filter, fields: ["ground_truth"] }))).toEqual([1]);
    expect(await labels(all.matchLabels({ tags: ["big"] }))).toEqual([[401, 402]]);
  });

  it("mapLabels() renames labels", async () => {
    const view = all.mapLabels("ground_truth", { cat: "Katze", __proto__: "x" });
    expect(await view.values("ground_truth.detections.label")).toEqual([
      ["Katze", "dog", "dog"],
      [],
      null,
      ["Straße 猫 😀", "Katze"],
    ]);
    expect(await all.mapLabels("weather", { sunny: "fine" }).values("weather.label")).toEqual([
      "fine",
      "rainy",
      null,
      "fine",
    ]);
    const [original, mapped] = [await all.first(), await view.first()];
    expect(mapped["ground_truth"]).toMatchObject({
      detections: [
        { ...Object(Object(original["ground_truth"]).detections[0]), label: "Katze" },
        {},
        {},
      ],
    });
  });

  it("limitLabels() keeps the first labels", async () => {
    expect(await labels(all.limitLabels("ground_truth", 1))).toEqual([[101], [], null, [401]]);
    expect(await labels(all.limitLabels("ground_truth", 0))).toEqual([[], [], null, []]);
    await expect(all.limitLabels("weather", 1).count()).rejects.toMatchObject({
      code: "view-invalid",
    });
  });

  it("concat() puts views behind each other, with repeats", async () => {
    const view = all.skip(2).concat(all.sortBy("filepath", { reverse: true }).limit(3));
    expect(await numbers(view)).toEqual([3, 4, 4, 3, 2]);
    expect(await view.count()).toBe(5);
    expect(await numbers(view.sortBy("filepath"))).toEqual([2, 3, 3, 4, 4]);
    const narrow = all.concat(all.selectFields([]));
    expect(await narrow.values("rating")).toEqual([3, 1, null, 3, null, null, null, null]);
    await expect(all.concat(all.toPatches("ground_truth")).count()).rejects.toMatchObject({
      code: "collection-mismatch",
    });
    const other = await openSamples([]);
    expect(() => all.concat(other)).toThrow(
      expect.objectContaining({ code: "collection-mismatch" }),
    );
  });

  it("groupBy() keeps the first of each group, and groups() has them all", async () => {
    const view = all.sortBy("filepath", { reverse: true }).groupBy("rating");
    expect(await numbers(view)).toEqual([4, 3, 2]);
    const groups = await all.groupBy("group name").groups();
    expect(groups.map(({ value, count }) => [value, count])).toEqual([
      ["x", 2],
      ["y", 1],
      [null, 1],
    ]);
    const members = await Promise.all(groups.map((group) => numbers(group.view)));
    expect(members).toEqual([[1, 3], [2], [4]]);
    await expect(all.groups()).rejects.toMatchObject({ code: "view-invalid" });
  });

  it("toPatches() gives one patch a label, on which stages work", async () => {
    const patches = all.toPatches("ground_truth");
    expect(patches.isPatches).toBe(true);
    expect(patches.patchesField).toBe("ground_truth");
    expect(await patches.count()).toBe(5);
    expect(await patches.ids()).toEqual([101, 102, 103, 401, 402].map(idOf));
    expect(await patches.values("sample_id")).toEqual([1, 1, 1, 4, 4].map(idOf));
    const first = await patches.first();
    expect(first).toMatchObject({ id: idOf(101), sampleId: idOf(1), filepath: "/a.jpg" });
    expect(first["ground_truth"]).toMatchObject({ type: "Detection", id: idOf(101), label: "cat" });
    const cats = patches.filterLabels("ground_truth", F("label").eq("cat"));
    expect(await cats.ids()).toEqual([101, 402].map(idOf));
    expect(await patches.match(F("ground_truth.confidence").gt(0.4)).count()).toBe(3);
    expect(await patches.matchTags("train").count()).toBe(5);
    expect(await patches.select([idOf(402), idOf(102)], { ordered: true }).ids()).toEqual(
      [402, 102].map(idOf),
    );
    expect(
      await patches.sortBy("ground_truth.confidence", { reverse: true }).limit(1).ids(),
    ).toEqual([idOf(401)]);
    expect(await patches.countValues("ground_truth.label")).toEqual(
      new Map([
        ["cat", 2],
        ["dog", 2],
        ["Straße 猫 😀", 1],
      ]),
    );
    await expect(patches.toPatches("ground_truth").count()).rejects.toMatchObject({
      code: "view-invalid",
    });
    await expect(all.toPatches("weather").count()).rejects.toMatchObject({ code: "view-invalid" });
  });
});

describe("SampleCollection as data", () => {
  it("toJSON() and viewFromJSON() carry a view over", async () => {
    const view = all
      .filterLabels("ground_truth", F("label").isIn(["cat"]))
      .sortBy("rating")
      .take(2);
    const json: unknown = JSON.parse(JSON.stringify(view));
    const again = viewFromJSON(all.dataset, json);
    expect(again.equals(view)).toBe(true);
    expect(again.equals(view.limit(1))).toBe(false);
    expect(await again.ids()).toEqual(await view.ids());
  });

  it("viewFromJSON() refuses what is no view", () => {
    const nested = (depth: number): unknown =>
      depth === 0 ? [] : [{ kind: "concat", params: { stages: nested(depth - 1) } }];
    expect(() => viewFromJSON(all.dataset, nested(8))).not.toThrow();
    const hostile: readonly unknown[] = [
      null,
      {},
      [null],
      [{ kind: "sql", params: { sql: "DROP TABLE samples" } }],
      [{ kind: "constructor", params: {} }],
      [{ kind: "limit", params: { count: "1; DROP TABLE samples" } }],
      [{ kind: "limit", params: { count: 1, more: 2 } }],
      [{ kind: "limit" }],
      [{ kind: "matchTags", params: { tags: [1] } }],
      [{ kind: "select", params: { ids: "a" } }],
      [{ kind: "mapLabels", params: { field: "f", map: { a: 1 } } }],
      [{ kind: "sortBy", params: { keys: [{ by: { op: "path", path: "a" }, nulls: "last" }] } }],
      [{ kind: "exists", params: { path: "a", bool: "yes" } }],
      nested(9),
      Array.from({ length: 201 }, () => ({ kind: "limit", params: { count: 1 } })),
    ];
    for (const json of hostile) {
      expect(() => viewFromJSON(all.dataset, json)).toThrow(
        expect.objectContaining({ code: "view-invalid" }),
      );
    }
  });

  it("a view is evaluated when it is read, and names a field that is gone", async () => {
    const own = await openSamples(animals);
    const view = own.match(F("rating").gt(2));
    expect(await view.count()).toBe(2);
    await own.dataset.addSample({ filepath: "/e.jpg", rating: 9 });
    expect(await view.count()).toBe(3);
    await own.dataset.deleteField("rating");
    await expect(view.count()).rejects.toMatchObject({
      code: "field-not-found",
      details: { step: "rating" },
    });
    await expect(view.count()).rejects.toThrow(/"rating"/);
  });
});
