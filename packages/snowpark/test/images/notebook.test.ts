import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { openDatabase } from "@redkite/engine";
import { type RunningServer, startServer } from "@redkite/milvus/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../oci/debian-tools.ts";
import { pythonEnvironment } from "./python-environment.ts";

const notebook = fileURLToPath(new URL("../../notebooks/TestMilvus.ipynb", import.meta.url));
const startScript = fileURLToPath(new URL("../../images/start-notebook.sh", import.meta.url));
const answer = "Alan Turing was the first person to conduct substantial research in AI.";

/** Executes a notebook cell by cell, and prints what its cells printed. */
const program = `
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], 4)
NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
for cell in notebook.cells:
    for output in cell.get("outputs", []):
        print(output.get("text", ""), end="")
`;

/** Jupyter and the packages of the notebook image, of the same versions. Making it the first time takes a minute. */
const python = await pythonEnvironment("notebook", [
  "pymilvus==3.0.2",
  "wordllama==0.4.0.post1",
  "jupyterlab==4.6.6",
  "nbclient==0.11.0",
  "ipykernel==7.4.0",
]);
const reason = "missing" in python ? `: ${python.missing}` : "";

function statusFor(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path: "/api/contents", headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).on("error", reject);
  });
}

describe.skipIf("missing" in python)(`TestMilvus.ipynb, in a Jupyter of PyPI's${reason}`, () => {
  const interpreter = "missing" in python ? "" : python.interpreter;
  const password = "kite-secret-1";
  let server: RunningServer;

  beforeAll(async () => {
    const database = await openDatabase(":memory:");
    server = await startServer({ database, port: 0, auth: { password } });
  });
  afterAll(() => server.close());

  async function execute(settings: Readonly<Record<string, string>>): Promise<string> {
    const { stdout } = await promisify(execFile)(interpreter, ["-c", program, notebook], {
      env: { ...process.env, MILVUS_URI: `http://${server.address}`, ...settings },
    });
    return stdout;
  }

  it("finds the sentence about Turing, and does so again when it is run again", async () => {
    const first = await execute({ MILVUS_USER: "root", MILVUS_PASSWORD: password });
    expect(first).toContain("Connected to Milvus");
    expect(first.trim().split("\n").at(-1)).toBe(answer);
    const again = await execute({ MILVUS_TOKEN: `root:${password}` });
    expect(again.trim().split("\n").at(-1)).toBe(answer);
  }, 240_000);

  it("keeps no results of its author's", () => {
    for (const cell of JSON.parse(readFileSync(notebook, "utf8")).cells) {
      if (cell.cell_type === "code")
        expect([cell.outputs, cell.execution_count]).toEqual([[], null]);
    }
  });

  it("is laid into the work folder by the image's start script, which keeps what is there", async () => {
    const folder = mkdtempSync(join(tmpdir(), "redkite-notebook-"));
    const port = await freePort();
    const jupyter: ChildProcess = spawn("/bin/sh", [startScript], {
      env: {
        PATH: `${interpreter.replace(/\/python$/, "")}:${process.env["PATH"]}`,
        HOME: folder,
        NOTEBOOK_FOLDER: join(folder, "work"),
        NOTEBOOK_SOURCES: fileURLToPath(new URL("../../notebooks", import.meta.url)),
        NOTEBOOK_HOST: "127.0.0.1",
        NOTEBOOK_PROGRAM: "lab",
        JUPYTER_PORT: `${port}`,
      },
      stdio: "ignore",
    });
    try {
      const fetchFrom = (path: string) =>
        fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
      let probe: Response | undefined;
      for (let tries = 0; tries < 600 && probe?.status !== 200; tries++) {
        await sleep(100);
        probe = await fetchFrom("/api");
      }
      expect(probe?.status).toBe(200);
      expect((await fetchFrom("/api/contents/TestMilvus.ipynb"))?.status).toBe(200);
      expect(existsSync(join(folder, "work/TestMilvus.ipynb"))).toBe(true);
      // It asks nobody who he is, so no page that a foreign name brings to this machine may get here.
      expect(await statusFor("evil.example", port)).toBe(403);
      expect(await statusFor(`localhost:${port}`, port)).toBe(200);
    } finally {
      const ended = new Promise((resolve) => jupyter.once("exit", resolve));
      jupyter.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    }
  }, 120_000);
});
