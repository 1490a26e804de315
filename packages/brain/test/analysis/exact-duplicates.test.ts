import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  computeExactDuplicates,
  createDataset,
  type Dataset,
  getBrainInfo,
  loadBrainResults,
} from "../../src/index.ts";
import { temporaryHome } from "../temporary-home.ts";

const home = temporaryHome();

/** Files a, b, c of equal size, of which c equals a, and d that equals b. */
async function datasetOfFiles(): Promise<{ dataset: Dataset; ids: string[] }> {
  const path = (name: string) => join(home.path, name);
  await writeFile(path("a"), "one");
  await writeFile(path("b"), "two");
  await copyFile(path("a"), path("c"));
  await copyFile(path("b"), path("d"));
  await writeFile(path("e"), "other");
  const dataset = await createDataset("files", { home: home.path });
  const names = ["a", "b", "c", "d", "e", "missing"];
  const ids = await dataset.addSamples(names.map((name) => ({ filepath: path(name) })));
  return { dataset, ids };
}

describe("computeExactDuplicates()", () => {
  it("groups samples with equal files, and lists those that cannot be read", async () => {
    const { dataset, ids } = await datasetOfFiles();
    const progress: number[] = [];
    const found = await computeExactDuplicates(dataset, {
      brainKey: "exact",
      progress: ({ done }) => progress.push(done),
    });
    expect(found.duplicates).toEqual([
      [ids[0], [ids[2]]],
      [ids[1], [ids[3]]],
    ]);
    expect(found.duplicateIds).toEqual([ids[2], ids[3]]);
    expect(found.failures).toMatchObject([{ id: ids[5] }]);
    expect(found.failures[0]?.reason).toMatch(/no such file/);
    expect(progress.at(-1)).toBe(6);
    expect(await found.duplicatesView().ids()).toEqual([ids[0], ids[2], ids[1], ids[3]]);
    const info = await getBrainInfo(dataset, "exact");
    expect(info.summary).toEqual({ duplicateCount: 2, failureCount: 1 });
    const loaded = await loadBrainResults(dataset, "exact", { type: "exact_duplicates" });
    expect(loaded.toJSON()).toEqual(found.toJSON());
    await dataset.close();
  });

  it("keeps the first of a view, whatever was read first, and a sample that comes twice once", async () => {
    const { dataset, ids } = await datasetOfFiles();
    const view = dataset.sortBy("filepath", { reverse: true });
    const found = await computeExactDuplicates(view.concat(dataset));
    expect(found.duplicateIds).toEqual([ids[1], ids[0]]);
    await dataset.close();
  });

  it("rejects with skipFailures: false, and then its key is free", async () => {
    const { dataset } = await datasetOfFiles();
    const strict = computeExactDuplicates(dataset, { skipFailures: false, brainKey: "strict" });
    await expect(strict).rejects.toMatchObject({ code: "file-not-found" });
    expect(await getBrainInfo(dataset, "strict")).toMatchObject({ status: "failed" });
    await computeExactDuplicates(dataset, { brainKey: "strict" });
    await dataset.close();
  });

  it("refuses patches, unknown options, and stops when it is cancelled", async () => {
    const { dataset } = await datasetOfFiles();
    const wrong = computeExactDuplicates(dataset, { threshold: 1 } as never);
    await expect(wrong).rejects.toThrow(/no option "threshold"/);
    const cancelled = computeExactDuplicates(dataset, { signal: AbortSignal.abort() });
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
    await dataset.close();
  });
});
