// Each program of docs/brain/milvus.md does what the page says: embedded, and on `redkite serve` over gRPC with
// passwords. That is the built command: `npm run build` first.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { MilvusClient } from "@redkite/milvus/client";
import { logger } from "@zilliz/milvus2-sdk-node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { computeEmbeddings, loadZooDataset } from "../../src/brain.ts";
import { pagePrograms } from "./page-programs.ts";
import { atPlace, runProgram } from "./run-program.ts";

logger.level = "silent";

const command = fileURLToPath(new URL("../../bin/redkite.js", import.meta.url));
const page = readFileSync(new URL("../../../../docs/brain/milvus.md", import.meta.url), "utf8");
const password = "Milvus";
const prefix = "REDKITE_BRAIN_SIMILARITY_MILVUS_";

let folder: string;
/** A home in which the quickstart is drawn and embedded: programs begin with a copy. */
let template: string;
let embedder: Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "redkite-milvus-page-"));
  template = join(folder, "template");
  const dataset = await loadZooDataset("quickstart", { home: template, download: false });
  await computeEmbeddings(dataset);
  await computeEmbeddings(dataset, { patchesField: "ground_truth" });
  await dataset.close();
  embedder = await startEmbedder();
}, 60_000);
afterAll(async () => {
  embedder.close();
  await rm(folder, { recursive: true, force: true });
});

/** A service that embeds whatever it is sent, by its length. */
async function startEmbedder(): Promise<Server> {
  const server = createServer(async (request, response) => {
    const { images = [], texts = [] } = JSON.parse(await text(request));
    const embeddings = [...images, ...texts].map(({ length }: string) => [1, length % 7, 3]);
    response.end(JSON.stringify({ embeddings }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function embedderUrl(): string {
  const address = embedder.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/embed`;
}

/** Runs the program of the test in a home of its own, and compares what it prints. */
async function expectOutput(
  program: ReturnType<typeof pagePrograms>[number],
  uri: string,
  variables: Record<string, string>,
): Promise<void> {
  const home = await mkdtemp(join(folder, "home-"));
  await cp(join(template, "datasets"), join(home, "datasets"), { recursive: true });
  const addresses = {
    "http://localhost:19530": uri === "" ? join(home, "milvus.db") : uri,
    "http://localhost:8000/embed": embedderUrl(),
  };
  const { configFile } = program;
  if (configFile !== undefined) {
    await writeFile(join(home, "brain_config.json"), atPlace(configFile, { addresses }));
  }
  // What the page itself says of the place decides; else the test does.
  const given = configFile === undefined ? Object.entries(program.variables) : [];
  const own = Object.fromEntries(
    given.map(([name, value]) => [name, atPlace(value, { addresses })]),
  );
  const isPlaced = configFile !== undefined || given.length > 0;
  const place = { home, addresses, variables: isPlaced ? own : variables };
  expect(await runProgram(program, place)).toEqual(program.output);
}

const programs = pagePrograms(page);

describe("docs/brain/milvus.md on the embedded database", () => {
  it.each(programs)("$title", (program) => expectOutput(program, "", {}));
});

/** Starts `redkite serve` on free ports, and tells its address once it is ready. */
async function serve(): Promise<{ server: ChildProcess; address: string }> {
  const args = ["--data", join(folder, "served"), "--port", "0", "--metrics-port", "0"];
  const server = spawn(process.execPath, [command, "serve", ...args, "--auth", "on", "--json"], {
    env: { ...process.env, REDKITE_ROOT_PASSWORD: password },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [ready] = await once(createInterface(server.stdout), "line");
  return { server, address: JSON.parse(ready).address };
}

describe("docs/brain/milvus.md on redkite serve with passwords", () => {
  let server: ChildProcess;
  let uri: string;
  let client: MilvusClient;
  beforeAll(async () => {
    const served = await serve();
    server = served.server;
    uri = `http://${served.address}`;
    client = new MilvusClient({ address: uri, username: "root", password });
  });
  afterEach(async () => {
    const { data } = await client.showCollections();
    for (const { name } of data) await client.dropCollection({ collection_name: name });
  });
  afterAll(async () => {
    await client.closeConnection();
    const ended = once(server, "exit");
    server.kill();
    await ended;
  });

  it.each(programs)("$title", async (program) => {
    await expectOutput(program, uri, {
      REDKITE_BRAIN_DEFAULT_SIMILARITY_BACKEND: "milvus",
      [`${prefix}URI`]: uri,
      [`${prefix}USER`]: "root",
      [`${prefix}PASSWORD`]: password,
    });
  });
});
