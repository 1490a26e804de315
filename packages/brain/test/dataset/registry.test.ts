import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DatasetFolders, datasetHome } from "../../src/dataset/dataset-folders.ts";
import {
  createDataset,
  datasetExists,
  deleteDataset,
  listDatasets,
  loadDataset,
  renameDataset,
} from "../../src/dataset/registry.ts";
import { temporaryHome } from "../temporary-home.ts";

describe("The registry of datasets", () => {
  const home = temporaryHome();
  const where = () => ({ home: home.path });

  it("createDataset() makes a dataset that loadDataset() finds", async () => {
    expect(await listDatasets("*", where())).toEqual([]);
    const made = await createDataset("my films, 2", where()).catch((error: unknown) => error);
    expect(made).toMatchObject({ code: "invalid-argument" });
    const dataset = await createDataset("my films 2", where());
    expect(dataset).toMatchObject({ name: "my films 2", persistent: true });
    expect(await loadDataset("my films 2", where())).toBe(dataset);
    await dataset.close();
    const again = await loadDataset("my films 2", where());
    expect(again).not.toBe(dataset);
    expect(again.createdAt).toEqual(dataset.createdAt);
    await again.delete();
    expect(await datasetExists("my films 2", where())).toBe(false);
    expect(await readdir(join(home.path, "datasets"))).toEqual([]);
  });

  it("createDataset() without a name makes a temporary one, named by the moment", async () => {
    const now = () => new Date("2025-01-02T03:04:05.006Z");
    const dataset = await createDataset(undefined, { ...where(), now });
    expect(dataset).toMatchObject({ name: "2025.01.02.03.04.05.006", persistent: false });
    await dataset.setPersistent(true);
    await dataset.close();
    const again = await loadDataset(dataset.name, where());
    expect(again.persistent).toBe(true);
    await again.close();
  });

  it("createDataset() refuses a taken name in whatever letters, or overwrites", async () => {
    const dataset = await createDataset("Films", where());
    await dataset.addSample({ filepath: "/a" });
    for (const name of ["Films", "films"]) {
      await expect(createDataset(name, where())).rejects.toMatchObject({ code: "dataset-exists" });
    }
    const fresh = await createDataset("Films", { ...where(), overwrite: true });
    expect(await fresh.count()).toBe(0);
    await expect(dataset.count()).rejects.toMatchObject({ code: "dataset-closed" });
    await fresh.close();
  });

  it.each([
    [""],
    ["."],
    [".."],
    ["../x"],
    ["a/b"],
    ["con"],
    ["Nul.txt"],
    ["a\\b"],
    [".hidden"],
    ["a."],
    ["a\0b"],
    ["x".repeat(101)],
  ])("createDataset() refuses the name %j", async (name) => {
    await expect(createDataset(name, where())).rejects.toMatchObject({ code: "invalid-argument" });
    expect(existsSync(join(home.path, "datasets"))).toBe(false);
  });

  it("loadDataset() names the datasets that there are", async () => {
    await (await createDataset("films", where())).close();
    for (const name of ["film", "../datasets/films", "Films", ""]) {
      await expect(loadDataset(name, where())).rejects.toMatchObject({
        code: "dataset-not-found",
        message: expect.stringContaining("which has: films"),
      });
    }
  });

  it("loadDataset() opens a dataset once for all who ask at the same time", async () => {
    await (await createDataset("films", where())).close();
    const all = await Promise.all([1, 2, 3].map(() => loadDataset("films", where())));
    expect(new Set(all).size).toBe(1);
    await all[0]?.close();
  });

  it("loadDataset() opens a dataset once, whatever links lead to it", async () => {
    const dataset = await createDataset("films", where());
    await mkdir(join(home.path, "linked"));
    await symlink(join(home.path, "datasets"), join(home.path, "linked", "datasets"));
    expect(await loadDataset("films", { home: join(home.path, "linked") })).toBe(dataset);
    await dataset.close();
  });

  it("datasetHome() takes the option, then the variable, then the user's folder", () => {
    expect(datasetHome("/given", { REDKITE_HOME: "/variable" })).toBe("/given");
    expect(datasetHome(undefined, { REDKITE_HOME: "/variable" })).toBe("/variable");
    expect(datasetHome(undefined, {})).toBe(join(homedir(), ".redkite"));
  });

  it("loadDataset() makes no database where it is gone", async () => {
    await mkdir(join(home.path, "datasets", "films"), { recursive: true });
    await expect(loadDataset("films", where())).rejects.toMatchObject({ code: "dataset-damaged" });
    expect(await readdir(join(home.path, "datasets", "films"))).toEqual([]);
  });

  it("createDataset() lets one of several win who ask for a name at the same time", async () => {
    const all = await Promise.allSettled([1, 2, 3].map(() => createDataset("films", where())));
    const lost = all.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
    expect(lost).toHaveLength(2);
    for (const reason of lost) expect(reason).toMatchObject({ code: "dataset-exists" });
    await (await loadDataset("films", where())).delete();
    expect(await readdir(join(home.path, "datasets"))).toEqual([]);
  });

  it("createDataset() removes a temporary dataset at the end of its process", async () => {
    const folders = new DatasetFolders(home.path);
    const dataset = await createDataset("mine", { ...where(), persistent: false });
    const other = await createDataset("taken over", { ...where(), persistent: false });
    await writeFile(
      join(other.folder, "temporary.json"),
      JSON.stringify({ pid: process.pid + 1, host: hostname() }),
    );
    for (const { folder, store } of [dataset, other]) {
      store.closeNow();
      folders.removeOwnedNow(folder);
    }
    expect(await folders.names()).toEqual(["taken over"]);
    await other.delete();
  });

  it("loadDataset() tells a damaged dataset, which can still be deleted", async () => {
    const folder = join(home.path, "datasets", "films");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "dataset.duckdb"), "garbage".repeat(1000));
    await expect(loadDataset("films", where())).rejects.toMatchObject({ code: "dataset-damaged" });
    await deleteDataset("films", where());
    expect(await listDatasets("*", where())).toEqual([]);
  });

  it("listDatasets() sorts, and knows * and ?", async () => {
    for (const name of ["b1", "a1", "a.2"]) await (await createDataset(name, where())).close();
    expect(await listDatasets(undefined, where())).toEqual(["a.2", "a1", "b1"]);
    expect(await listDatasets("?1", where())).toEqual(["a1", "b1"]);
    expect(await listDatasets("a.*", where())).toEqual(["a.2"]);
    expect(await listDatasets("[a]*", where())).toEqual([]);
  });

  it("renameDataset() keeps what the dataset holds", async () => {
    const dataset = await createDataset("old", where());
    const id = await dataset.addSample({ filepath: "/a" });
    await renameDataset("old", "new", where());
    await expect(dataset.count()).rejects.toMatchObject({ code: "dataset-closed" });
    const renamed = await loadDataset("new", where());
    expect(renamed.name).toBe("new");
    expect(await renamed.ids()).toEqual([id]);
    await renamed.close();
    await (await createDataset("other", where())).close();
    await expect(renameDataset("new", "other", where())).rejects.toMatchObject({
      code: "dataset-exists",
    });
    await expect(renameDataset("old", "x", where())).rejects.toMatchObject({
      code: "dataset-not-found",
    });
  });

  it("deleteDataset() removes the folder, and tells what is not there", async () => {
    const dataset = await createDataset("films", where());
    const closing: string[] = [];
    dataset.onChange(({ kind }) => void closing.push(kind));
    await deleteDataset("films", where());
    expect(closing).toEqual(["closing"]);
    expect(existsSync(dataset.folder)).toBe(false);
    await expect(deleteDataset("films", where())).rejects.toMatchObject({
      code: "dataset-not-found",
    });
  });

  it("DatasetFolders.removeLeftovers() removes what dead processes left, and nothing else", async () => {
    const { pid: deadPid } = spawnSync(process.execPath, ["-e", ""]);
    const folders = new DatasetFolders(home.path);
    const owners: Record<string, string | undefined> = {
      "left behind": JSON.stringify({ pid: deadPid, host: hostname() }),
      ".new-unfinished": JSON.stringify({ pid: deadPid, host: hostname() }),
      alive: JSON.stringify({ pid: process.pid, host: hostname() }),
      elsewhere: JSON.stringify({ pid: deadPid, host: `not-${hostname()}` }),
      ".removed-half": undefined,
      torn: '{"pid":',
      persistent: undefined,
    };
    for (const [name, owner] of Object.entries(owners)) {
      await mkdir(folders.folder(name), { recursive: true });
      if (owner !== undefined) await writeFile(join(folders.folder(name), "temporary.json"), owner);
    }
    await folders.removeLeftovers();
    expect(await readdir(folders.root)).toEqual(["alive", "elsewhere", "persistent", "torn"]);
  });
});
