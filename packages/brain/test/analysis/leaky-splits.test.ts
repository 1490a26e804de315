import { logger } from "@zilliz/milvus2-sdk-node";
import { beforeAll, describe, expect, it } from "vitest";
import {
  computeLeakySplits,
  computeSimilarity,
  createDataset,
  F,
  getBrainInfo,
  type LeakySplitsOptions,
  loadBrainResults,
} from "../../src/index.ts";
import { sharedDataset } from "../similarity/one-dataset.ts";
import { cosineDistance, vectorsWithDuplicates } from "./grouped-vectors.ts";

logger.level = "silent";
const shared = sharedDataset(60);
// Of each pair 10-11, 20-21 ... one is even and one is odd.
const vectors = vectorsWithDuplicates(60, 16);
const environment = {};
let leaking: string[];

beforeAll(async () => {
  const { dataset, ids } = shared;
  await dataset.tagSamples("train", dataset.match(F("group").eq("even")));
  await dataset.tagSamples("test", dataset.match(F("group").eq("odd")));
  await computeSimilarity(dataset, { embeddings: vectors, brainKey: "vectors", environment });
  leaking = ids.filter((_, i) =>
    vectors.some((other, j) => i % 2 !== j % 2 && cosineDistance(vectors[i], other) <= 0.05),
  );
});

/** Options of which `undefined` takes one away that `leaks` gives. */
type Given = { readonly [K in keyof LeakySplitsOptions]?: LeakySplitsOptions[K] | undefined };

async function leaks(options: Given) {
  const { dataset } = shared;
  const given = { splits: ["train", "test"], threshold: 0.05, similarityIndex: "vectors" };
  return await computeLeakySplits(dataset, { ...given, ...options } as LeakySplitsOptions);
}

describe("computeLeakySplits()", () => {
  it("finds the same by tags, by a field, and by views", async () => {
    const { dataset } = shared;
    const even = dataset.match(F("group").eq("even"));
    const views = { even, odd: dataset.match(F("group").eq("odd")) };
    for (const splits of [["train", "test"], "group", views, new Map(Object.entries(views))]) {
      const found = await leaks({ splits });
      expect([...found.leakIds].sort()).toEqual([...leaking].sort());
      expect(await found.leaksView().count()).toBe(leaking.length);
      await found.close();
    }
    expect(leaking.length).toBeGreaterThan(0);
  });

  it("tells what a sample leaks with, and what is left without leaks", async () => {
    const found = await leaks({});
    const [a, b] = [shared.ids[10], shared.ids[11]];
    expect(await (await found.leaksForSample(a)).ids()).toEqual([b]);
    expect(await (await found.leaksForSample(shared.ids[2])).count()).toBe(0);
    await expect(found.leaksForSample("0".repeat(24))).rejects.toMatchObject({
      code: "id-not-found",
    });
    const train = shared.dataset.matchTags("train");
    const clean = await found.noLeaksView(train).ids();
    expect(clean).toEqual((await train.ids()).filter((id) => !leaking.includes(id)));
    await found.tagLeaks("leak");
    expect((await shared.dataset.matchTags("leak").ids()).sort()).toEqual([...leaking].sort());
    await shared.dataset.untagSamples("leak");
    const none = await found.findLeaks(0);
    expect(none.leakIds).toEqual([]);
    expect([...found.splitViews.keys()]).toEqual(["train", "test"]);
  });

  it("counts a sample that is in two splits as a leak of itself", async () => {
    const { dataset, ids } = shared;
    const two = { one: dataset.limit(5), other: dataset.skip(4).limit(5) };
    const found = await leaks({ splits: two, threshold: 0 });
    expect(found.leaks).toEqual([{ id: ids[4], nearestId: ids[4], distance: 0 }]);
  });

  it("is loaded from its run, and searched again", async () => {
    const found = await leaks({ brainKey: "leaky" });
    const loaded = await loadBrainResults(shared.dataset, "leaky", { type: "leaky_splits" });
    expect(loaded.toJSON()).toEqual(found.toJSON());
    expect(await (await loaded.leaksForSample(shared.ids[10])).ids()).toEqual([shared.ids[11]]);
    expect(await getBrainInfo(shared.dataset, "leaky")).toMatchObject({
      type: "leaky_splits",
      summary: { leakCount: leaking.length },
    });
    await loaded.close();
  });

  it("finds leaks behind many near samples of the own split", async () => {
    const { dataset, ids } = shared;
    const equal = vectors.map(() => [1, 0]);
    const splits = { most: dataset.limit(59), last: dataset.skip(59) };
    const options = { similarityIndex: undefined, embeddings: equal, splits, environment };
    const found = await leaks(options);
    expect(found.leakIds).toHaveLength(60);
    const [leak] = found.leaks.filter(({ id }) => id === ids[0]);
    expect(leak).toEqual({ id: ids[0], nearestId: ids[59], distance: 0 });
  });

  it("refuses splits that are missing, alone, empty or of another dataset", async () => {
    const { dataset, home } = shared;
    await expect(leaks({ splits: ["train", "tset"] })).rejects.toThrow(
      /"tset" has no samples; the tags of the collection are test, train/,
    );
    await expect(leaks({ splits: ["train"] })).rejects.toMatchObject({ code: "invalid-argument" });
    await expect(leaks({ splits: {} })).rejects.toMatchObject({ code: "invalid-argument" });
    await expect(leaks({ splits: "nothing" })).rejects.toMatchObject({ code: "field-not-found" });
    const many = Array.from({ length: 31 }, (_, i): [string, typeof dataset] => [`${i}`, dataset]);
    await expect(leaks({ splits: new Map(many) })).rejects.toThrow(/31 splits/);
    const part = { splits: { a: dataset.limit(2), b: dataset }, similarityIndex: "vectors" };
    const outside = computeLeakySplits(dataset.limit(5), part);
    await expect(outside).rejects.toThrow(/"b" has the sample/);
    const other = await createDataset("other", { home });
    const foreign = leaks({ splits: { a: dataset.limit(1), b: other } });
    await expect(foreign).rejects.toMatchObject({ code: "collection-mismatch" });
    await other.close();
    const patches = leaks({ patchesField: "objects" } as never);
    await expect(patches).rejects.toMatchObject({ code: "unsupported" });
    await expect(leaks({ threshold: -1 })).rejects.toMatchObject({ code: "invalid-argument" });
  });
});
