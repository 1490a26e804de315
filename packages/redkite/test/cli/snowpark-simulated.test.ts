/**
 * The whole way, as a user goes it: `redkite snowpark … --simulate` in an empty folder, the real command in processes of
 * its own, the real server in the service. What the simulated account is afterwards is compared with what it was.
 */
import { execFile, execFileSync } from "node:child_process";
import { once } from "node:events";
import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtProgram, post, SimulatedFolder } from "./simulated-folder.ts";

const turing = "Alan Turing was the first person to conduct substantial research in AI.";

/**
 * The Python of the Jupyter on the PATH, if it has what the notebook imports. Without it the notebook's cells are not
 * run here: CI installs one.
 */
const jupyter = pythonOfJupyter();

describe("redkite snowpark --simulate", () => {
  let folder: SimulatedFolder;
  let atStart: unknown;
  const snowpark = (...args: string[]) => folder.run(...args);
  const done = (...args: string[]) => folder.done(...args);

  /** What the account holds, without what changes by itself. */
  async function accountState(): Promise<unknown> {
    const { port } = await folder.simulator();
    return await (await fetch(`http://127.0.0.1:${port}/simulator/state`)).json();
  }

  beforeAll(async () => {
    await access(builtProgram);
    folder = await SimulatedFolder.make();
    // Any command starts the simulator; this one changes nothing.
    await snowpark("status", "--simulate");
    atStart = await accountState();
  });
  afterAll(() => folder.remove());

  const withNotebook = jupyter === undefined ? "without a Jupyter" : "with a notebook in Jupyter";
  it(`goes from nothing to a database that answers, ${withNotebook}, and back to nothing`, async () => {
    const nothing = await snowpark("status", "--simulate");
    expect(nothing).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^Nothing is deployed/),
    });
    const pending = await snowpark("plan", "--simulate");
    expect(pending).toMatchObject({ code: 2, stdout: expect.stringContaining("create service") });

    await interruptUp();
    await done("up", "--simulate", "--yes");
    expect(await done("plan", "--simulate")).toMatch(/^Nothing to do/);

    const report = JSON.parse(await done("verify", "--simulate", "--json"));
    expect(report).toMatchObject({ answer: turing });

    const status = JSON.parse(await done("status", "--simulate", "--json"));
    expect(status.pool).toMatchObject({ name: "MILVUS_POOL", state: "ACTIVE" });
    expect(status.services[0]).toMatchObject({ name: "MILVUS", status: "RUNNING" });
    expect(status.services[0].containers[0]).toMatchObject({ status: "READY", restarts: 0 });
    expect(await done("logs", "--simulate")).toMatch(/milvus: .*"functionsPort":/);

    await searchThroughIngress();
    await searchInSql();
    if (jupyter !== undefined) await runNotebook(jupyter);
    await keepDataOverPause();
    await keepDataOverDown();

    await done("down", "--simulate", "--delete-data", "--yes");
    await snowpark("status", "--simulate");
    expect(await accountState()).toEqual(atStart);
  }, 300_000);

  /** Ctrl-C while the image is being made: it stops, and what is there by then is gone on with. */
  async function interruptUp(): Promise<void> {
    const up = folder.start("ignore", "pipe", "up", "--simulate", "--yes");
    if (up.stderr === null) throw new Error("up has no error output");
    let stderr = "";
    for await (const line of createInterface({ input: up.stderr })) {
      stderr += `${line}\n`;
      if (/image redkite:.*: building$/.test(line)) up.kill("SIGINT");
    }
    if (up.exitCode === null) await once(up, "exit");
    expect({ code: up.exitCode, stderr }).toEqual({
      code: 130,
      stderr: expect.stringMatching(/redkite: stopped: .*goes on/),
    });
  }

  /** A collection made and searched by REST at the proxy, as a client would that knows nothing of Snowflake. */
  async function searchThroughIngress(): Promise<void> {
    const { address, stop } = await folder.startProxy();
    const collectionName = "films";
    await post(address, "collections/create", { collectionName, dimension: 2 });
    await post(address, "entities/insert", {
      collectionName,
      data: [
        { id: 1, vector: [1, 0], title: "Kes" },
        { id: 2, vector: [0, 1], title: "Alien" },
      ],
    });
    const found = await post(address, "entities/search", {
      collectionName,
      data: [[0.9, 0.1]],
      limit: 1,
      outputFields: ["title"],
      consistencyLevel: "Strong",
    });
    expect(found).toMatchObject({ code: 0, data: [{ id: 1, title: "Kes" }] });
    await stop();
  }

  /** The notebook, cell by cell and twice, in the Jupyter that the notebook's service runs. */
  async function runNotebook(python: string): Promise<void> {
    const { address, stop } = await folder.startProxy("--notebook");
    for (let run = 0; run < 2; run++) {
      const { stdout } = await promisify(execFile)(python, [
        fileURLToPath(new URL("./run-notebook.py", import.meta.url)),
        address,
        "TestMilvus.ipynb",
      ]);
      const cells: readonly string[] = JSON.parse(stdout);
      expect(cells.at(-1)?.trim()).toBe(turing);
    }
    await stop();
  }

  /** The service function, from a script as a worksheet would have it. */
  async function searchInSql(): Promise<void> {
    const script = join(folder.path, "search.sql");
    await writeFile(
      script,
      "USE ROLE MILVUS_OWNER;\nUSE WAREHOUSE MILVUS_WH;\n" +
        "SELECT MILVUS_DB.PUBLIC.REDKITE_SEARCH('films', [0.1, 0.9], 1);\n",
    );
    const output = await done("sql", script, "--simulate");
    expect(output).toContain("Alien");
    expect(output).toContain("0 failed");
  }

  /** What goes without --delete-data comes again with its data, and with the same password. */
  async function keepDataOverDown(): Promise<void> {
    await done("down", "--simulate", "--yes");
    expect((await snowpark("status", "--simulate")).stdout).toMatch(/^Nothing is deployed/);
    await done("up", "--simulate", "--yes");
    await searchInSql();
    expect(await done("upgrade", "--simulate")).toMatch(/^Nothing to upgrade/);
  }

  async function keepDataOverPause(): Promise<void> {
    await done("backup", "--simulate");
    await done("pause", "--simulate");
    const paused = JSON.parse(await done("status", "--simulate", "--json"));
    expect(paused.pool.state).toBe("SUSPENDED");
    await done("resume", "--simulate");
    await searchInSql();
  }
});

function pythonOfJupyter(): string | undefined {
  try {
    const shown = execFileSync("jupyter", ["--paths", "--json"], { encoding: "utf8" });
    const folders: readonly string[] = JSON.parse(shown).data;
    for (const folder of folders.filter((data) => data.endsWith("/share/jupyter"))) {
      const python = join(folder, "..", "..", "bin", "python3");
      const code = "import pymilvus, wordllama, jupyterlab, websocket";
      try {
        execFileSync(python, ["-c", code], { stdio: "ignore" });
        return python;
      } catch {
        // Another of its folders may be that of a Python which has them.
      }
    }
  } catch {
    // There is no Jupyter here.
  }
  return undefined;
}
