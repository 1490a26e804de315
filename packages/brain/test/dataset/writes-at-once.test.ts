import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Dataset } from "../../src/dataset/dataset.ts";
import { createDataset, loadDataset } from "../../src/dataset/registry.ts";
import type { NewSample } from "../../src/schema/sample.ts";
import { temporaryHome } from "../temporary-home.ts";

const boundingBox = [0, 0, 1, 1] as const;

describe("Dataset, written to from several places at once,", () => {
  const home = temporaryHome();
  let dataset: Dataset;

  beforeEach(async () => {
    dataset = await createDataset("films", { home: home.path });
  });
  afterEach(async () => {
    await dataset.close();
  });

  async function addAtOnce(samples: readonly NewSample[]): Promise<void> {
    await Promise.all(samples.map((sample) => dataset.addSample(sample)));
  }

  it("adds a new field once for all samples that bring it", async () => {
    await addAtOnce(["a", "b", "c"].map((name) => ({ filepath: `/${name}`, name })));
    expect(await dataset.values("name")).toEqual(["a", "b", "c"]);
  });

  it("puts each value into its own new field", async () => {
    await addAtOnce(["a", "b", "c"].map((name) => ({ filepath: `/${name}`, [name]: name })));
    const samples = await dataset.samples();
    expect(samples.map(({ a, b, c }) => [a, b, c])).toEqual([
      ["a", undefined, undefined],
      [undefined, "b", undefined],
      [undefined, undefined, "c"],
    ]);
  });

  it("widens a field for those that come after", async () => {
    await addAtOnce([1, 2.5, 3].map((x) => ({ filepath: `/${x}`, x })));
    expect(await dataset.values("x")).toEqual([1, 2.5, 3]);
  });

  it("stores no value in a field that took the place of another", async () => {
    await dataset.addField({ name: "before", type: "string" });
    await Promise.allSettled([
      dataset.deleteField("before"),
      dataset.addField({ name: "after", type: "string" }),
      dataset.addSample({ filepath: "/a", before: "value" }),
    ]);
    expect(await dataset.values("after")).toEqual([null]);
    expect(await dataset.values("before")).toEqual(["value"]);
  });

  it("keeps the values of two labels of one sample", async () => {
    const detections = ["a", "b"].map((label) => ({ label, boundingBox }));
    await dataset.addSample({ filepath: "/a", gt: { type: "Detections", detections } });
    const [ids] = (await dataset.values("gt.detections.id")) as string[][];
    await Promise.all(
      ids.map((id, index) => dataset.setValues("gt.detections.confidence", { [id]: index })),
    );
    expect(await dataset.values("gt.detections.confidence")).toEqual([[0, 1]]);
  });

  it("says the same of a field that another call just removed", async () => {
    await dataset.addField({ name: "x", type: "int" });
    const [first, second] = await Promise.allSettled([
      dataset.deleteField("x"),
      dataset.deleteField("x"),
    ]);
    expect(first.status).toBe("fulfilled");
    expect(second).toMatchObject({ reason: { code: "field-not-found" } });
  });

  it("is opened again only when it is closed, with all that was written", async () => {
    const { store } = dataset;
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    await dataset.addSample({ filepath: "/first" });
    const begun = new Promise<void>((resolve, reject) => {
      const work = store.transaction(async (transaction) => {
        await transaction.query("UPDATE samples SET tags = ['written']");
        resolve();
        await finished;
      });
      work.catch(reject);
    });
    await begun;
    const order: string[] = [];
    const closing = dataset.close().then(() => order.push("closed"));
    const loading = loadDataset("films", { home: home.path });
    const noted = loading.then(() => order.push("loaded"));
    finish();
    await Promise.all([closing, noted]);
    expect(order).toEqual(["closed", "loaded"]);
    dataset = await loading;
    expect(await dataset.values("tags")).toEqual([["written"]]);
  });

  it("is the same for all after one of them closes it a second time", async () => {
    const before = dataset;
    await before.close();
    dataset = await loadDataset("films", { home: home.path });
    await before.close();
    expect(await loadDataset("films", { home: home.path })).toBe(dataset);
  });
});
