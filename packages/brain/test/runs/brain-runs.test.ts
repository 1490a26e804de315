import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { logger } from "@zilliz/milvus2-sdk-node";
import { describe, expect, it } from "vitest";
import {
  computeSimilarity,
  deleteBrainRun,
  deleteBrainRuns,
  getBrainInfo,
  hasBrainRun,
  listBrainRuns,
  loadBrainResults,
  loadBrainView,
  type RunFilter,
  renameBrainRun,
} from "../../src/index.ts";
import { runsOf } from "../../src/runs/run-store.ts";
import { F } from "../../src/view/expression.ts";
import { arcVectors, sharedDataset } from "../similarity/one-dataset.ts";

logger.level = "silent";
const shared = sharedDataset(4);
const environment = {};

async function compute(brainKey: string, options: Parameters<typeof computeSimilarity>[1] = {}) {
  const given = { embeddings: arcVectors(4), environment, brainKey, ...options };
  return await computeSimilarity(shared.dataset, given);
}

describe("brain runs", () => {
  it("are listed by type, method, status and configuration, with what they were told", async () => {
    await compute("listed_a", { metric: "euclidean" });
    await compute("listed_b", { patchesField: "objects", embeddings: arcVectors(8) });
    const keys = async (filter: RunFilter) =>
      (await listBrainRuns(shared.dataset, filter)).map(({ key }) => key);
    expect(await keys({ patchesField: "objects" })).toEqual(["listed_b"]);
    expect(await keys({ metric: "euclidean", type: "similarity" })).toEqual(["listed_a"]);
    expect(await keys({ method: "milvus" })).toEqual([]);
    expect(await keys({ status: "failed" })).toEqual([]);
    expect(await getBrainInfo(shared.dataset, "listed_a")).toMatchObject({
      key: "listed_a",
      status: "completed",
      version: "0.1.0",
      config: { metric: "euclidean", supportsPrompts: false, dim: 2 },
      summary: { indexedCount: 4, failureCount: 0 },
    });
  });

  it("are renamed, and deleted with the collection or without", async () => {
    const index = await compute("old");
    await renameBrainRun(shared.dataset, "old", "new_name");
    expect(await hasBrainRun(shared.dataset, "old")).toBe(false);
    await expect(renameBrainRun(shared.dataset, "new_name", "no key")).rejects.toThrow(
      /valid variable names/,
    );
    await compute("taken");
    const taken = renameBrainRun(shared.dataset, "new_name", "taken");
    await expect(taken).rejects.toMatchObject({ code: "run-exists" });
    await deleteBrainRun(shared.dataset, "new_name", { withCollection: true, environment });
    expect(await index.collection.exists()).toBe(false);
    await expect(getBrainInfo(shared.dataset, "new_name")).rejects.toThrow(
      "Dataset has no brain method run key 'new_name'",
    );
  });

  it("remember the view that they were computed for", async () => {
    const view = shared.dataset.match(F("group").eq("odd"));
    await computeSimilarity(view, { embeddings: arcVectors(2), environment, brainKey: "odd" });
    const loaded = await loadBrainView(shared.dataset, "odd");
    expect(await loaded.ids()).toEqual(await view.ids());
    const index = await loadBrainResults(shared.dataset, "odd", { environment });
    expect([await index.indexSize(), await index.missingSize()]).toEqual([2, 2]);
  });

  it("keep their key to themselves, until they are replaced in one step", async () => {
    const first = await compute("replaced");
    await expect(compute("replaced")).rejects.toThrow(
      /Brain method run with key 'replaced' already exists/,
    );
    const broken = compute("replaced", { overwrite: true, indexType: "NO_SUCH_INDEX" });
    await expect(broken).rejects.toMatchObject({ code: "milvus-failed" });
    expect((await getBrainInfo(shared.dataset, "replaced")).status).toBe("completed");
    expect(await first.totalIndexSize()).toBe(4);

    const second = await compute("replaced", { overwrite: true, metric: "euclidean" });
    expect(await second.totalIndexSize()).toBe(4);
    expect(await first.collection.exists()).toBe(false);
    const runs = await listBrainRuns(shared.dataset);
    expect(runs.filter(({ key }) => key === "replaced")).toHaveLength(1);
  });

  it("that fail leave no collection, say why, and leave their key free", async () => {
    const failing = compute("failing", { indexType: "NO_SUCH_INDEX" });
    await expect(failing).rejects.toMatchObject({ code: "milvus-failed" });
    const info = await getBrainInfo(shared.dataset, "failing");
    expect([info.status, info.error]).toEqual(["failed", expect.stringContaining("NO_SUCH_INDEX")]);
    await expect(loadBrainResults(shared.dataset, "failing", { environment })).rejects.toThrow(
      /it failed .*; compute it again under the same key/,
    );
    const index = await compute("failing");
    const { data } = await index.client.showCollections();
    const mine = data.filter(({ name }) => name.includes("_failing_"));
    expect(mine.map(({ name }) => name)).toEqual([index.collection.name]);
  });

  it("that were cut off by the end of their process count as failed", async () => {
    const { dataset } = shared;
    const record = { id: "x", type: "similarity", method: "embedded", status: "running" };
    const json = JSON.stringify({ ...record, version: "0.1.0", config: {}, view: [] });
    await dataset.store.query("INSERT INTO runs VALUES ('cut_off', $1::JSON, now(), now())", [
      json,
    ]);
    expect(await getBrainInfo(dataset, "cut_off")).toMatchObject({
      status: "failed",
      error: "the process ended before the run was complete",
    });
    await compute("cut_off");
    expect((await getBrainInfo(dataset, "cut_off")).status).toBe("completed");
  });

  it("that are under way are running, and refuse another under their key", async () => {
    const runs = runsOf(shared.dataset);
    const config = { type: "similarity", method: "embedded", config: {}, view: [] } as const;
    const run = await runs.begin({ key: "slow", ...config }, { overwrite: false });
    run.progress({ done: 1, total: 2 });
    expect(await runs.info("slow")).toMatchObject({ status: "running", progress: { done: 1 } });
    await expect(compute("slow", { overwrite: true })).rejects.toThrow(/is being computed/);
    await expect(deleteBrainRun(shared.dataset, "slow")).rejects.toThrow(/is being computed/);
    await run.fail("enough");
    expect(await runs.info("slow")).toMatchObject({ status: "failed", error: "enough" });
  });

  it("whose collection is gone say so", async () => {
    const index = await compute("gone");
    await index.cleanup();
    await expect(loadBrainResults(shared.dataset, "gone", { environment })).rejects.toMatchObject({
      code: "index-not-found",
    });
    await deleteBrainRun(shared.dataset, "gone", { withCollection: true, environment });
  });

  it("two indexes without names of their own have two collections", async () => {
    const [a, b] = [
      await compute("unfilled_a", { embeddings: false }),
      await compute("unfilled_b", { embeddings: false }),
    ];
    expect(a.collection.name).not.toBe(b.collection.name);
  });

  it("record no credentials, and refuse options that there are none of", async () => {
    const uri = join(shared.home, "elsewhere.db");
    await compute("secret", { uri, user: "root", password: "12345", token: "tok-en" });
    const rows = await shared.dataset.store.query("SELECT record::VARCHAR AS r FROM runs");
    expect(JSON.stringify(rows)).not.toMatch(/12345|tok-en|elsewhere/);
    const typo = { passwrod: "12345" } as object;
    await expect(compute("typo", typo)).rejects.toThrow(/there is no option "passwrod"/);
    expect(await hasBrainRun(shared.dataset, "typo")).toBe(false);
  });

  it("are loaded with options that there are, and no others", async () => {
    await compute("loaded");
    const typo = { environment, passwrod: "12345" } as object;
    await expect(loadBrainResults(shared.dataset, "loaded", typo)).rejects.toThrow(
      /Cannot load brain results: there is no option "passwrod"/,
    );
  });

  it("have collections whose names Milvus takes, whatever the key", async () => {
    const index = await compute(`k${"e".repeat(300)}y`);
    expect(index.collection.name).toMatch(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/);
    expect(await index.totalIndexSize()).toBe(4);
  });

  it("of collections of the configuration do not share one", async () => {
    const path = join(shared.home, "brain_config.json");
    const milvus = { uri: join(shared.home, "shared.db"), collection_name: "of_all" };
    await writeFile(path, JSON.stringify({ similarity_backends: { milvus } }));
    const options = { backend: "milvus", environment: { REDKITE_BRAIN_CONFIG_PATH: path } };
    await compute("first", options);
    await expect(compute("second", options)).rejects.toThrow(/the run "first" has it/);
  });

  it("are all deleted at once", async () => {
    await compute("last");
    await deleteBrainRuns(shared.dataset);
    expect(await listBrainRuns(shared.dataset)).toEqual([]);
  });
});
