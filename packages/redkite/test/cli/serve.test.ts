// Runs the built command, as users do: `npm run build` first.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Client, credentials } from "@grpc/grpc-js";
import { openDatabase } from "@redkite/engine";
import { MilvusClient } from "@redkite/milvus/client";
import { afterEach, describe, expect, it } from "vitest";
import { createProgram } from "../../src/cli/program.ts";

const command = fileURLToPath(new URL("../../bin/redkite.js", import.meta.url));

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "redkite-serve-"));
  cleanups.push(() => rm(folder, { recursive: true }));
  return folder;
}

interface Run {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly exit: Promise<{ code: number | null; signal: string | null }>;
}

function redkite(...args: string[]): Run {
  const child = spawn(process.execPath, [command, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      text[name] += chunk;
    });
  }
  const exit = once(child, "close").then(([code, signal]) => ({ code, signal }));
  cleanups.push(async () => {
    child.kill("SIGKILL");
    await exit;
  });
  return { child, exit, stdout: () => text.stdout, stderr: () => text.stderr };
}

/** The first line on standard output, or what went wrong instead. */
async function firstLine(run: Run): Promise<string> {
  while (!run.stdout().includes("\n")) {
    const ended = run.exit.then(({ code }) => {
      throw new Error(`redkite ended with ${code}: ${run.stderr()}`);
    });
    await Promise.race([once(run.child.stdout ?? run.child, "data"), ended]);
  }
  return run.stdout().split("\n", 1)[0];
}

interface Ready {
  readonly version: string;
  readonly address: string;
  readonly port: number;
  readonly metricsAddress: string;
  readonly data: string;
}

async function serve(data: string): Promise<{ run: Run; ready: Ready }> {
  const run = redkite("serve", "--data", data, "--port", "0", "--metrics-port", "0", "--json");
  return { run, ready: JSON.parse(await firstLine(run)) as Ready };
}

/** Runs to the end; expects one line on standard error and exit code 2. */
async function refusal(...args: string[]): Promise<string> {
  const run = redkite(...args);
  expect(await run.exit).toEqual({ code: 2, signal: null });
  expect(run.stdout()).toBe("");
  expect(run.stderr()).toMatch(/^redkite: [^\n]+\n$/);
  return run.stderr();
}

/** Whether something listens on the port. */
function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

describe("redkite serve", () => {
  it("tells in one line where it listens, and answers there", async () => {
    const data = join(await temporaryFolder(), "data");
    const run = redkite("serve", "--data", data, "--port", "0", "--metrics-port", "0");
    const line = await firstLine(run);
    const [, address, metricsAddress] =
      /^redkite \S+ is ready: gRPC on (\S+), health and metrics on (\S+), data in \S+$/.exec(
        line,
      ) ?? [];
    const health = await fetch(`http://${metricsAddress}/healthz`);
    expect(await health.text()).toBe("OK");
    const client = new MilvusClient({ address, logLevel: "error" });
    cleanups.push(() => client.closeConnection());
    expect((await client.getVersion()).version).toMatch(/^v3/);
    expect(run.stdout()).toBe(`${line}\n`);
  });

  it.each(["SIGTERM", "SIGINT"] as const)("closes at %s with exit code 0", async (signal) => {
    const data = join(await temporaryFolder(), "data");
    const { run, ready } = await serve(data);
    const client = new MilvusClient({ address: ready.address, logLevel: "error" });
    cleanups.push(() => client.closeConnection());
    await client.createCollection({ collection_name: "films", dimension: 2 });
    await client.insert({ collection_name: "films", data: [{ id: 1, vector: [1, 2] }] });
    run.child.kill(signal);
    expect(await run.exit).toEqual({ code: 0, signal: null });
    expect(run.stderr()).toBe("");

    const database = await openDatabase(data);
    expect(database.collection("films").rowCount).toBe(1);
    await database.close();
  });

  it("names a port that is taken", async () => {
    const occupant = createServer();
    await new Promise<void>((resolve) => occupant.listen(0, "127.0.0.1", resolve));
    cleanups.push(() => new Promise((resolve) => occupant.close(resolve)));
    const address = occupant.address();
    const port = String(typeof address === "object" ? address?.port : "");
    const data = join(await temporaryFolder(), "data");
    expect(await refusal("serve", "--data", data, "--port", port)).toContain(
      `Cannot listen for gRPC on 127.0.0.1:${port}: the port is in use`,
    );
  });

  it("names a folder that is in use", async () => {
    const data = join(await temporaryFolder(), "data");
    const { run } = await serve(data);
    expect(await refusal("serve", "--data", data, "--port", "0")).toContain(
      `process ${run.child.pid}`,
    );
  });

  it("names a folder that is no database, or can't be made", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "notes.txt"), "");
    expect(await refusal("serve", "--data", folder)).toContain(`database "${folder}"`);
    const inFile = join(folder, "notes.txt", "data");
    expect(await refusal("serve", "--data", inFile)).toContain(inFile);
  });

  it("names a database with a damaged file", async () => {
    const data = join(await temporaryFolder(), "data");
    await mkdir(join(data, "collections"), { recursive: true });
    await writeFile(join(data, "catalog"), "damaged");
    expect(await refusal("serve", "--data", data)).toContain("catalog");
  });

  it("ends at once at a second signal, without waiting for a request that runs", async () => {
    const data = join(await temporaryFolder(), "data");
    const { run, ready } = await serve(data);
    const client = new Client(ready.address, credentials.createInsecure());
    cleanups.push(async () => client.close());
    const unused = (bytes: Buffer) => bytes;
    const path = "/milvus.proto.milvus.MilvusService/GetVersion";
    // A request that is begun and never completed.
    const call = client.makeClientStreamRequest(path, unused, unused, () => undefined);
    call.write(Buffer.alloc(0));
    await new Promise<void>((resolve, reject) => {
      client.waitForReady(Date.now() + 10_000, (error) => (error ? reject(error) : resolve()));
    });
    run.child.kill("SIGTERM");
    while (await accepts(ready.port)) await nextTurn();
    expect(run.child.exitCode).toBeNull();
    run.child.kill("SIGTERM");
    expect(await run.exit).toEqual({ code: 1, signal: null });
  });

  it("refuses a wrong option in one line", async () => {
    const line = await refusal("serve", "--prot", "1");
    expect(line).toContain("unknown option '--prot' (Did you mean --port?)");
  });

  it.each([
    [["serve", "--port", "many"], "'many' is invalid"],
    [["serve", "--port", "65536"], "from 0 to 65535"],
    [["serve", "--durability", "never"], "Allowed choices are fsync, os"],
    [["serve", "elsewhere"], "too many arguments"],
    [["sevre"], "unknown command 'sevre'"],
  ])("refuses %j", async (args, message) => {
    const program = await createProgram(args);
    await expect(program.parseAsync(args, { from: "user" })).rejects.toThrow(message);
  });
});

describe("redkite", () => {
  it("shows its version, and its help with examples", async () => {
    const version = redkite("--version");
    expect(await version.exit).toMatchObject({ code: 0 });
    expect(version.stdout()).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = redkite("serve", "--help");
    expect(await help.exit).toMatchObject({ code: 0 });
    expect(help.stdout()).toContain("$ redkite serve --data");
    const commands = redkite("--help");
    expect(await commands.exit).toMatchObject({ code: 0 });
    expect(commands.stdout()).toMatch(/serve[\s\S]*demo/);
  });

  it("shows its help to those who name no command, and fails", async () => {
    const run = redkite();
    expect(await run.exit).toMatchObject({ code: 2 });
    expect(run.stderr()).toContain("Usage: redkite");
  });
});
