import { describe, expect, it } from "vitest";
import { computeSimilarity, F } from "../../src/index.ts";
import { arcVectors, sharedDataset } from "./one-dataset.ts";

const shared = sharedDataset(20);

describe("search in a view", () => {
  it("sees what has changed in the dataset since the last search in the same view", async () => {
    const { dataset, ids } = shared;
    const index = await computeSimilarity(dataset, { embeddings: arcVectors(20), environment: {} });
    const even = dataset.match(F("group").eq("even"));
    const found = async () =>
      (await index.search(ids[0], { k: 3 }, even)).map(({ id }) => ids.indexOf(id));
    expect(await found()).toEqual([0, 2, 4]);
    expect(await found()).toEqual([0, 2, 4]);
    await dataset.setValues("group", new Map([[ids[1], "even"]]));
    expect(await found()).toEqual([0, 1, 2]);
    await dataset.deleteSamples([ids[2]]);
    expect(await found()).toEqual([0, 1, 4]);
    const odd = dataset.match(F("group").eq("odd"));
    const [nearest] = await index.search(ids[0], { k: 1 }, odd);
    expect(ids.indexOf(nearest?.id ?? "")).toBe(3);
    expect(await found()).toEqual([0, 1, 4]);
    await index.close();
  });
});
