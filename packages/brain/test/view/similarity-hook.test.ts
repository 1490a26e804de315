import { describe, expect, it } from "vitest";
import { viewFromJSON } from "../../src/view/sample-collection.ts";
import { provideSimilaritySearch } from "../../src/view/similarity-hook.ts";
import { animals } from "./animals.ts";
import { idOf, openSamples } from "./open-samples.ts";

describe("sortBySimilarity()", () => {
  it("asks the search once, for the samples of the stages before it", async () => {
    const all = await openSamples(animals);
    const unprovided = all.sortBySimilarity("a dog", { k: 2 });
    expect(unprovided.viewFields()).toEqual(all.viewFields());
    await expect(unprovided.ids()).rejects.toMatchObject({ code: "unsupported" });
    const asked: unknown[] = [];
    provideSimilaritySearch(async (source, stages, request) => {
      asked.push([source === all.dataset, stages.length, request]);
      return [{ kind: "select", params: { ids: [idOf(4), idOf(2)], ordered: true } }];
    });
    const view = all.skip(1).sortBySimilarity([0.5, 1], { k: 2, brainKey: "key" });
    expect(await view.ids()).toEqual([idOf(4), idOf(2)]);
    expect(await view.count()).toBe(2);
    expect(asked).toEqual([[true, 1, { query: [0.5, 1], k: 2, reverse: false, brainKey: "key" }]]);

    const frozen = viewFromJSON(all.dataset, JSON.parse(JSON.stringify(await view.freeze())));
    expect(await frozen.limit(1).ids()).toEqual([idOf(4)]);
    expect(await all.concat(view).count()).toBe(6);
    expect(asked).toHaveLength(2);
    expect(() => all.sortBySimilarity("x", { k: 0 })).toThrow(
      expect.objectContaining({ code: "view-invalid" }),
    );
  });

  it("tries a search that failed again when the view is read again", async () => {
    const all = await openSamples(animals);
    let isDown = true;
    provideSimilaritySearch(async () => {
      if (isDown) throw new Error("down");
      return [];
    });
    const view = all.sortBySimilarity("a dog");
    await expect(view.ids()).rejects.toThrow("down");
    isDown = false;
    expect(await view.count()).toBe(4);
  });
});
