/**
 * Upgrades as a user makes them: the command of another version, installed beside this one, upgrades what this one has
 * deployed.
 */
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtProgram, post, SimulatedFolder } from "./simulated-folder.ts";

const packageFolder = dirname(dirname(builtProgram));
const nodeModules = fileURLToPath(new URL("../../../../node_modules", import.meta.url));

describe("redkite snowpark upgrade --simulate", () => {
  let folder: SimulatedFolder;

  beforeAll(async () => {
    folder = await SimulatedFolder.make();
    await writeFile(join(folder.path, "snowpark.yaml"), "notebook: false\n");
    await folder.done("up", "--simulate", "--yes");
  }, 300_000);
  afterAll(() => folder.remove());

  it("keeps the data over a new image, and tells how to go back from one that crashes", async () => {
    await insertFilm();

    folder.program = await installVersion("7.0.0", "");
    const upgraded = JSON.parse(await folder.done("upgrade", "--simulate", "--json"));
    expect(upgraded).toMatchObject({ upgraded: true, snapshot: expect.stringMatching(/^MILVUS_/) });
    expect(await deployedImage()).toMatch(/redkite:7\.0\.0-/);
    expect(await films()).toEqual(["Kes"]);

    const crash =
      'if (process.argv[2] === "serve") throw new Error("this version cannot start");\n';
    const installed = folder.program;
    folder.program = await installVersion("8.0.0", crash);
    const { code, stderr } = await folder.run("upgrade", "--simulate");
    expect(code).toBe(1);
    expect(stderr).toMatch(/exited 3 times\n/);
    expect(stderr).toMatch(/last lines of the log:\n(?: {4}.*\n)*.*this version cannot start/);
    const wayBack =
      /whose images were \S*redkite:7\.0\.0-\w+ \(redkite snowpark up --simulate\).* (?<restore>restore \w+ --simulate)\./;
    const { restore = "" } = wayBack.exec(stderr)?.groups ?? {};
    expect(restore).not.toBe("");

    folder.program = installed;
    await folder.done("up", "--simulate", "--yes");
    expect(await films()).toEqual(["Kes"]);
    await folder.done(...restore.split(" "), "--yes");
    expect(await films()).toEqual(["Kes"]);
  }, 300_000);

  /** Another version of the command, with a line before all that its program does. Answers its path. */
  async function installVersion(version: string, firstLine: string): Promise<string> {
    const root = join(folder.path, version);
    const installed = join(root, "redkite");
    await mkdir(installed, { recursive: true });
    await symlink(nodeModules, join(root, "node_modules"));
    for (const part of ["bin", "dist", "package.json"]) {
      await cp(join(packageFolder, part), join(installed, part), { recursive: true });
    }
    const manifest = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
    await writeFile(join(installed, "package.json"), JSON.stringify({ ...manifest, version }));
    const main = join(installed, "dist/cli/main.js");
    await writeFile(main, firstLine + (await readFile(main, "utf8")));
    return join(installed, "bin/redkite.js");
  }

  async function deployedImage(): Promise<string> {
    const status = JSON.parse(await folder.done("status", "--simulate", "--json"));
    return status.services[0].containers[0].image;
  }

  async function insertFilm(): Promise<void> {
    const { address, stop } = await folder.startProxy();
    const collectionName = "films";
    await post(address, "collections/create", { collectionName, dimension: 2 });
    const data = [{ id: 1, vector: [1, 0], title: "Kes" }];
    expect(await post(address, "entities/insert", { collectionName, data })).toMatchObject({
      code: 0,
    });
    await stop();
  }

  async function films(): Promise<unknown> {
    const { address, stop } = await folder.startProxy();
    const found = await post(address, "entities/query", {
      collectionName: "films",
      filter: "id > 0",
      outputFields: ["title"],
      consistencyLevel: "Strong",
    });
    await stop();
    const { data } = found as { data: readonly { title: string }[] };
    return data.map(({ title }) => title);
  }
});
