// Runs the built command, as users do: `npm run build` first.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
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
  return redkiteWith({}, ...args);
}

/** The command with some variables of its environment set. */
function redkiteWith(variables: Record<string, string>, ...args: string[]): Run {
  const child = spawn(process.execPath, [command, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...variables },
  });
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
const anyPorts = ["--port", "0", "--metrics-port", "0"];

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
      /^redkite \S+ is ready: gRPC and REST on (\S+), health and metrics on (\S+), data in \S+$/.exec(
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
      `Cannot listen for gRPC and REST on 127.0.0.1:${port}: the port is in use`,
    );
    const ports = ["--port", "0", "--metrics-port", port];
    expect(await refusal("serve", "--data", data, ...ports)).toContain("the port is in use");
    expect(existsSync(data)).toBe(false);
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
    expect(await refusal("serve", "--data", folder, ...anyPorts)).toContain(`database "${folder}"`);
    const inFile = join(folder, "notes.txt", "data");
    expect(await refusal("serve", "--data", inFile, ...anyPorts)).toContain(inFile);
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
    [["serve", "--functions-port", "65536"], "from 0 to 65535"],
    [["serve", "--durability", "never"], "Allowed choices are fsync, os"],
    [["serve", "--auth", "perhaps"], "Give on or off"],
    [["serve", "elsewhere"], "too many arguments"],
    [["sevre"], "unknown command 'sevre'"],
  ])("refuses %j", async (args, message) => {
    const program = await createProgram(args);
    await expect(program.parseAsync(args, { from: "user" })).rejects.toThrow(message);
  });
});

describe("redkite serve --auth", () => {
  const anyPorts = ["--port", "0", "--metrics-port", "0", "--json"];

  async function isServed(address: string, token: string): Promise<boolean> {
    const client = new MilvusClient({ address, token, maxRetries: 0, logLevel: "silent" });
    client.connectPromise.catch(() => undefined);
    cleanups.push(() => client.closeConnection());
    return client.getVersion().then(
      () => true,
      () => false,
    );
  }

  it("shows a password for root that it has made up, once", async () => {
    const data = join(await temporaryFolder(), "data");
    const run = redkite("serve", "--data", data, "--auth", ...anyPorts);
    const { address, rootPassword } = JSON.parse(await firstLine(run));
    expect(await isServed(address, `root:${rootPassword}`)).toBe(true);
    expect(await isServed(address, "root:Milvus")).toBe(false);
    run.child.kill("SIGTERM");
    await run.exit;
    const again = redkite("serve", "--data", data, "--auth", ...anyPorts);
    expect(JSON.parse(await firstLine(again)).rootPassword).toBeUndefined();
  });

  it("takes root's password and its options from the environment", async () => {
    const run = redkiteWith(
      {
        REDKITE_AUTH: "on",
        REDKITE_ROOT_PASSWORD: "Milvus",
        REDKITE_DATA: ":memory:",
        REDKITE_PORT: "0",
        REDKITE_METRICS_PORT: "0",
        REDKITE_JSON: "on",
      },
      "serve",
    );
    const ready = JSON.parse(await firstLine(run));
    expect(ready.rootPassword).toBeUndefined();
    expect(await isServed(ready.address, "root:Milvus")).toBe(true);
    expect(await isServed(ready.address, "")).toBe(false);
  });

  it("takes root's password from a file, and leaves out the line break at its end", async () => {
    const file = join(await temporaryFolder(), "password");
    await writeFile(file, "Milvus\n");
    const run = redkite(
      "serve",
      "--data",
      ":memory:",
      "--auth",
      "--root-password-file",
      file,
      ...anyPorts,
    );
    expect(await isServed(JSON.parse(await firstLine(run)).address, "root:Milvus")).toBe(true);
  });

  it("refuses a password that is too short, a file that is not there, and options alone", async () => {
    const file = join(await temporaryFolder(), "password");
    const options = ["serve", "--data", ":memory:", "--root-password-file", file];
    expect(await refusal(...options, "--auth")).toContain(file);
    expect(await refusal(...options)).toContain("Give --auth, too");
    await writeFile(file, "short");
    expect(await refusal(...options, "--auth")).toContain("invalid password length");
  });
});

describe("redkite serve --tls-cert", () => {
  const tls = new URL("../../../milvus/test/tls/", import.meta.url);
  const pathOf = (name: string) => fileURLToPath(new URL(name, tls));

  /** The name in the certificate that a server shows. */
  async function subjectOf(port: number): Promise<string> {
    const ca = await readFile(pathOf("ca.pem"));
    const socket = connectTls({ host: "localhost", port, ca });
    await once(socket, "secureConnect");
    const { CN } = socket.getPeerCertificate().subject;
    socket.destroy();
    return String(CN);
  }

  it("speaks TLS, and reads its files again at SIGHUP", async () => {
    const folder = await temporaryFolder();
    const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    const put = async (name: string) => {
      await copyFile(pathOf(`${name}.pem`), cert);
      await copyFile(pathOf(`${name}.key`), key);
    };
    await put("server");
    const run = redkite(
      ...["serve", "--data", ":memory:", "--port", "0", "--metrics-port", "0", "--json"],
      ...["--tls-cert", cert, "--tls-key", key],
    );
    const { port } = JSON.parse(await firstLine(run));
    expect(await subjectOf(port)).toBe("localhost");
    await put("renewed-server");
    run.child.kill("SIGHUP");
    while (!run.stderr().includes("read again")) await nextTurn();
    expect(await subjectOf(port)).toBe("renewed");
    await writeFile(cert, "broken");
    run.child.kill("SIGHUP");
    while (!run.stderr().includes("stay as they were")) await nextTurn();
    expect(await subjectOf(port)).toBe("renewed");
    for (const line of run.stderr().trim().split("\n")) {
      expect(JSON.parse(line)).toMatchObject({ time: expect.any(String), level: "warn" });
    }
    run.child.kill("SIGTERM");
    expect(await run.exit).toMatchObject({ code: 0 });
  });

  it.each([
    [["--tls-cert", "server.pem"], "Give --tls-key, too"],
    [["--tls-client-ca", "ca.pem"], "Give --tls-cert, too"],
    [["--tls-cert", "none.pem", "--tls-key", "server.key"], "none.pem"],
    [["--tls-cert", "server.pem", "--tls-key", "client.key"], "not the key of the certificate"],
    [["--tls-cert", "server.key", "--tls-key", "server.key"], "Cannot use the TLS certificate"],
  ])("refuses %j", async (args, message) => {
    const named = args.map((arg) => (arg.startsWith("--") ? arg : pathOf(arg)));
    expect(await refusal("serve", "--data", ":memory:", ...named)).toContain(message);
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
