// Rows per second by each way into a database, each batch acknowledged after an fsync: the engine's
// own API, MilvusClient in process (rows with typed arrays, with arrays, and a collection with the
// dynamic field), and gRPC: requests that are encoded already, as a client in another language sends
// them, and the Node SDK, which encodes in JavaScript.
//
// Corpus: pseudo-random vectors (seed 1), uniform in [-1, 1), 1,000 a batch, the same every time;
// keys count up. Medians of the time per batch. Left out: indexes, waiting for flushes. The server has its own
// process, as it has for users, so gRPC may use a second core.
//
// Run: npm run build && node bench/insert.mjs [rows a batch] [dim] [rounds]    (small: 50 16 3)
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client, credentials } from "../node_modules/@grpc/grpc-js/build/src/index.js";
import { openDatabase } from "../packages/engine/dist/index.js";
import { DataType, MilvusClient } from "../packages/milvus/dist/client/index.js";
import { encodeWrite } from "../packages/milvus/dist/client/write-request.js";

const [rowCount = 1_000, dim = 768, rounds = 30] = process.argv.slice(2).map(Number);
const warmUps = 3;
const folder = mkdtempSync(join(tmpdir(), "redkite-bench-"));

let state = 1;
/** Marsaglia's xorshift32, as a number from -1 to 1. */
function random() {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state | 0) / 2 ** 31;
}

const vectors = Array.from({ length: rowCount }, () => Float32Array.from({ length: dim }, random));
const arrays = vectors.map((vector) => Array.from(vector));
let nextKey = 0;

function batchOf(columns) {
  return columns.map((vector) => ({ id: nextKey++, vector }));
}

async function createCollection(client, name, dynamic = false) {
  await client.createCollection({
    collection_name: name,
    enable_dynamic_field: dynamic,
    fields: [
      { name: "id", data_type: DataType.Int64, is_primary_key: true },
      { name: "vector", data_type: DataType.FloatVector, dim },
    ],
  });
}

async function insert(client, name, data) {
  const { status } = await client.insert({ collection_name: name, data });
  if (status.code !== 0) throw new Error(status.reason);
}

async function startServer() {
  const command = fileURLToPath(new URL("../packages/redkite/bin/redkite.js", import.meta.url));
  const args = ["serve", "--data", join(folder, "served"), "--port", "0", "--metrics-port", "0"];
  const child = spawn(process.execPath, [command, ...args, "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout, "data");
  return { child, address: JSON.parse(line).address };
}

function send(grpc, bytes) {
  const asIs = (value) => value;
  const path = "/milvus.proto.milvus.MilvusService/Insert";
  return new Promise((resolve, reject) => {
    grpc.makeUnaryRequest(path, asIs, asIs, bytes, (error, response) =>
      error === null ? resolve(response) : reject(error),
    );
  });
}

/** Measures the ways by turns. Each prepares a batch before the clock runs. */
async function race(ways) {
  const times = ways.map(() => []);
  for (let round = 0; round < rounds + warmUps; round++) {
    for (const [index, { prepare, run }] of ways.entries()) {
      const batch = prepare();
      const start = performance.now();
      await run(batch);
      // The first rounds warm the compiler up.
      if (round >= warmUps) times[index].push(performance.now() - start);
    }
  }
  return ways.map(({ name }, index) => ({ name, ms: median(times[index]) }));
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >>> 1];
}

async function rowCountOf(client, name) {
  const { data } = await client.getCollectionStatistics({ collection_name: name });
  return Number(data.row_count);
}

async function raceInProcess() {
  const database = await openDatabase(join(folder, "engine"));
  const collection = await database.createCollection({
    name: "vectors",
    fields: [
      { name: "id", type: "Int64", primaryKey: true },
      { name: "vector", type: "FloatVector", dim },
    ],
  });
  const client = new MilvusClient(join(folder, "local"));
  await createCollection(client, "vectors");
  await createCollection(client, "dynamic", true);
  const results = await race([
    {
      name: "engine",
      prepare: () => batchOf(vectors).map(({ id, vector }) => ({ id: BigInt(id), vector })),
      run: (rows) => collection.insert(rows),
    },
    {
      name: "in process, typed arrays",
      prepare: () => batchOf(vectors),
      run: (rows) => insert(client, "vectors", rows),
    },
    {
      name: "in process, arrays",
      prepare: () => batchOf(arrays),
      run: (rows) => insert(client, "vectors", rows),
    },
    {
      name: "in process, dynamic field",
      prepare: () => batchOf(arrays),
      run: (rows) => insert(client, "dynamic", rows),
    },
  ]);
  const counts = [
    collection.rowCount,
    await rowCountOf(client, "vectors"),
    await rowCountOf(client, "dynamic"),
  ];
  await Promise.all([database.close(), client.closeConnection()]);
  return { results, counts };
}

async function raceOverGrpc() {
  const server = await startServer();
  const client = new MilvusClient(server.address);
  await createCollection(client, "vectors");
  const description = await client.describeCollection({ collection_name: "vectors" });
  const grpc = new Client(server.address, credentials.createInsecure());
  const results = await race([
    {
      name: "gRPC, encoded",
      prepare: () => {
        const request = { collection_name: "vectors", data: batchOf(vectors) };
        return Buffer.from(encodeWrite("Insert", request, description));
      },
      run: (bytes) => send(grpc, bytes),
    },
    {
      name: "gRPC, Node SDK",
      prepare: () => batchOf(arrays),
      run: (rows) => insert(client, "vectors", rows),
    },
  ]);
  const counts = [await rowCountOf(client, "vectors")];
  grpc.close();
  await client.closeConnection();
  server.child.kill("SIGTERM");
  await once(server.child, "exit");
  return { results, counts };
}

// One after the other: what a database does in the background would disturb the other race.
const races = [await raceInProcess(), await raceOverGrpc()];
rmSync(folder, { recursive: true });

const results = races.flatMap((each) => each.results);
const counts = JSON.stringify(races.flatMap((each) => each.counts));
const hash = createHash("sha256").update(counts).digest("hex").slice(0, 12);
const engineMs = results[0].ms;
console.log(`${rounds} batches of ${rowCount} x ${dim}, row counts ${hash}`);
for (const { name, ms } of results) {
  const rowsPerSecond = Math.round((rowCount / ms) * 1000).toLocaleString("en");
  const ratio = (engineMs / ms).toFixed(2);
  console.log(
    `${name.padEnd(26)} ${ms.toFixed(2).padStart(9)} ms ${rowsPerSecond.padStart(9)} rows/s  ${ratio} x engine`,
  );
}
