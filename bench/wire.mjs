// What the wire costs a search: searches of about a millisecond by the engine's own API in this
// process, and the same ones over gRPC, with authentication, from clients in other processes, by turns on
// one database. The aim with 16 in flight is 70 % of the engine's own rate.
//
// The clients share the machine with the server, and its processors where they are few. So there are two:
// the official Node SDK, and a lean one that does nothing but call, which shows what our own part costs.
// "CPU" is what a search takes of processors in this process, the engine's and the server's: over the wire
// less without it is "of it wire", whatever else the machine does.
//
// Corpus: normal deviates (seed 1), FLAT with L2, in memory, so that a search's time is its rows'; the
// user has one role with one grant. Left out: filters, other machines, TLS. Rates are medians of rounds.
//
// Run: npm run bench:wire -- --help                                          (small: --small)
import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { openDatabase } from "../packages/engine/dist/index.js";
import { MilvusClient } from "../packages/milvus/dist/client/index.js";
import { startServer } from "../packages/milvus/dist/server/index.js";
import { numberIn, readArguments, runProgram } from "./ann/arguments.mjs";
import { medianOf } from "./ann/curve.mjs";
import { loadWarning, machineLines } from "./ann/machine.mjs";
import { Random } from "./ann/random.mjs";
import { alignedLines } from "./ann/table.mjs";
import { inFlight, queriesOf } from "./wire-searches.mjs";

const k = 10;
const name = "vectors";
const widths = [1, 16];
const rootPassword = "root of a bench";
const user = { username: "reader", password: "secret of a bench" };

const helpText = `What gRPC with authentication adds to searches of about a millisecond.

  npm run bench:wire -- [options]

  --rows <count>      rows that each search looks at (default 32000: about 1 ms)
  --dim <count>       numbers in a vector (default 128)
  --searches <count>  searches in a round of each side (default 1000)
  --rounds <count>    the median counts (default 7)
  --threads <count>   threads of the engine (default: one per core)
  --json              one line of JSON
  --small             200 rows, 20 searches, 1 round
  --help
`;

await runProgram("bench:wire", async (args) => {
  const options = parseOptions(args);
  if (options.help) return console.log(helpText);
  const results = await measure(options);
  if (options.json) console.log(JSON.stringify(results));
  else print(results);
});

function parseOptions(args) {
  const values = readArguments(
    args,
    { rows: "32000", dim: "128", searches: "1000", rounds: "7", threads: undefined, json: false },
    { rows: "200", dim: "16", searches: "20", rounds: "1" },
  );
  return {
    ...values,
    rows: numberIn(values.rows, { name: "--rows", min: k, max: 1_000_000 }),
    dim: numberIn(values.dim, { name: "--dim", min: 2, max: 32_768 }),
    searches: numberIn(values.searches, { name: "--searches", min: 1, max: 1_000_000 }),
    rounds: numberIn(values.rounds, { name: "--rounds", min: 1, max: 1_000 }),
    ...(values.threads && {
      threads: numberIn(values.threads, { name: "--threads", min: 1, max: 64 }),
    }),
  };
}

async function measure(options) {
  const { threads } = options;
  const database = await openDatabase(":memory:", threads && { threads });
  const collection = await fill(database, options);
  const server = await startServer({ database, port: 0, auth: { password: rootPassword } });
  await makeUser(server.address);
  const sdk = await startClient("wire-client.mjs", server.address, options);
  const lean = await startClient("wire-lean-client.mjs", server.address, options);
  const sides = [
    { side: "engine", run: engineSide(collection, options).run },
    { side: "Node SDK", run: sdk.run },
    { side: "lean client", run: lean.run },
  ];
  const points = [];
  for (const width of widths) points.push(await race(sides, width, options));
  await sdk.stop();
  await lean.stop();
  await server.close();
  await database.close();
  const { rows, dim, searches, rounds } = options;
  return { rows, dim, k, searches, rounds, points };
}

async function fill(database, { rows, dim }) {
  const collection = await database.createCollection({
    name,
    fields: [
      { name: "id", type: "Int64", primaryKey: true },
      { name: "vector", type: "FloatVector", dim },
    ],
    indexes: [{ field: "vector", type: "FLAT", metric: "L2" }],
  });
  const random = new Random(1);
  for (let first = 0; first < rows; first += 10_000) {
    const count = Math.min(10_000, rows - first);
    const vectorOf = () => Float32Array.from({ length: dim }, () => random.normal());
    const batch = Array.from({ length: count }, (_, i) => ({ id: first + i, vector: vectorOf() }));
    await collection.insert(batch);
  }
  await collection.flush();
  await collection.load();
  return collection;
}

/** A user who may do no more than search. */
async function makeUser(address) {
  const root = new MilvusClient({ address, username: "root", password: rootPassword });
  await root.createUser(user);
  await root.createRole({ roleName: "readers" });
  await root.addUserToRole({ username: user.username, roleName: "readers" });
  await root.grantPrivilegeV2({
    role: "readers",
    privilege: "Search",
    db_name: "default",
    collection_name: name,
  });
  await root.grantPrivilegeV2({
    role: "readers",
    privilege: "DescribeCollection",
    db_name: "default",
    collection_name: name,
  });
  await root.closeConnection();
}

async function startClient(program, address, { dim }) {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const child = fork(path, [JSON.stringify({ address, ...user, collection: name, k, dim })]);
  const ended = once(child, "exit");
  const failed = ended.then(([code]) => Promise.reject(new Error(`The client ended with ${code}`)));
  failed.catch(() => undefined);
  const answer = () => Promise.race([once(child, "message"), failed]);
  await answer();
  const run = async (task) => {
    child.send(task);
    const [result] = await answer();
    return result;
  };
  const stop = async () => {
    child.send({ count: 0 });
    await ended;
  };
  return { run, stop };
}

function engineSide(collection, { dim }) {
  const queries = queriesOf(dim);
  const run = async (task) => {
    const start = performance.now();
    const answers = await inFlight(task, async (number) => {
      const { keys } = await collection.search({ vectors: queries[number % queries.length], k });
      return keys.values.join();
    });
    const ms = performance.now() - start;
    const hash = createHash("sha256");
    for (const answer of answers) hash.update(`${answer};`);
    return { ms, answers: hash.digest("hex").slice(0, 12) };
  };
  return { run };
}

/** The sides by turns: the engine in this process first, which the others are compared with. */
async function race(sides, width, { searches, rounds }) {
  const measured = sides.map(() => ({ ms: [], cpuMs: [], clientCpuMs: [] }));
  let answers;
  // The first rounds warm the compilers up.
  for (let round = rounds === 1 ? -1 : -3; round < rounds; round++) {
    const task = { first: Math.max(round, 0) * searches, count: searches, width };
    answers = undefined;
    for (const [i, { run }] of sides.entries()) {
      const [result, cpuMs] = await withCpu(() => run(task));
      answers ??= result.answers;
      if (result.answers !== answers) throw new Error("The answers differ");
      if (round < 0) continue;
      measured[i].ms.push(result.ms);
      measured[i].cpuMs.push(cpuMs);
      measured[i].clientCpuMs.push(result.clientCpuMs);
    }
  }
  const [engine] = measured;
  const points = sides.map(({ side }, i) => {
    const { ms, cpuMs, clientCpuMs } = measured[i];
    return {
      side,
      perSecond: Math.round((searches / medianOf(ms)) * 1000),
      share: medianOf(engine.ms) / medianOf(ms),
      cpuMs: medianOf(cpuMs) / searches,
      wireCpuMs: (medianOf(cpuMs) - medianOf(engine.cpuMs)) / searches,
      clientCpuMs: medianOf(clientCpuMs) / searches,
    };
  });
  return { width, answers, points };
}

/** What a task answers, and the milliseconds of processors that this process has spent on it. */
async function withCpu(run) {
  const before = process.cpuUsage();
  const result = await run();
  const { user, system } = process.cpuUsage(before);
  return [result, (user + system) / 1000];
}

function print({ rows, dim, searches, rounds, points: widthPoints }) {
  console.log(machineLines().slice(0, 2).join("\n"));
  const warning = loadWarning();
  if (warning !== undefined) console.log(warning);
  console.log(`\n${rows} x ${dim}, k = ${k}, FLAT, ${rounds} rounds of ${searches} searches\n`);
  const inMs = (ms) => ms.toFixed(3);
  const table = widthPoints.flatMap(({ width, answers, points }) =>
    points.map(({ side, perSecond, share, cpuMs, wireCpuMs, clientCpuMs }, i) =>
      i === 0
        ? [width, side, perSecond, "", inMs(cpuMs), "", "", answers]
        : [
            width,
            side,
            perSecond,
            `${(100 * share).toFixed(0)} %`,
            ...[cpuMs, wireCpuMs, clientCpuMs].map(inMs),
            answers,
          ],
    ),
  );
  const head = [
    "in flight",
    "side",
    "searches/s",
    "share",
    "CPU ms",
    "of it wire",
    "client CPU ms",
  ];
  for (const line of alignedLines([[...head, "answers"], ...table])) console.log(line);
}
