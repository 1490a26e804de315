import { beforeAll, describe, expect, it } from "vitest";
import type { Dataset } from "../../src/dataset/dataset.ts";
import type { View } from "../../src/view/sample-collection.ts";
import { openSamples } from "./open-samples.ts";

/** Pages that begin behind this many rows are found another way than those before. */
const skipped = 10_500;
const count = 11_000;

let all: View<Dataset>;
beforeAll(async () => {
  all = await openSamples(
    Array.from({ length: count }, (_, number) => ({
      filepath: `/${number}.jpg`,
      // Many alike, and every seventh without any.
      ...(number % 7 === 0 ? {} : { rating: (number * 31) % 5 }),
      boxes: {
        type: "Detections",
        detections: [0, 1].map((at) => ({ label: `${at}`, boundingBox: [0, 0, 0.5, 0.5] })),
      },
    })),
  );
});

async function expectPage(view: View<Dataset>): Promise<void> {
  const ids = await view.ids();
  const page = view.skip(skipped).limit(20);
  expect(await page.ids()).toEqual(ids.slice(skipped, skipped + 20));
  expect((await view.skip(skipped).head(20)).map(({ id }) => id)).toEqual(await page.ids());
  expect(await page.count()).toBe(20);
}

describe("SampleCollection deep pages", () => {
  it("skip() and limit() give the rows of a sorted view, missing values and equal ones too", async () => {
    await expectPage(all.sortBy("rating"));
    await expectPage(all.sortBy("rating", { reverse: true }));
    await expectPage(all.shuffle({ seed: 5 }));
  });

  it("skip() and limit() give the rows of patches, and of what was chosen in an order", async () => {
    await expectPage(all.toPatches("boxes"));
    const ids = await all.ids();
    await expectPage(all.select(ids.toReversed(), { ordered: true }));
    await expectPage(all.concat(all));
  });

  it("stages behind a deep page are of its rows only", async () => {
    const page = all.sortBy("rating").skip(skipped).limit(20);
    expect(await page.exists("rating").count()).toBe(20);
    expect(await page.skip(5).limit(3).ids()).toEqual((await page.ids()).slice(5, 8));
  });
});
