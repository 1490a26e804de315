// Searches beside writes: p50 and p99 of the searches, and their recall, without writes, with steady
// inserts, and with inserts, updates and deletes mixed. Searches are due at a steady rate; a search
// takes from when it was due to its answer, so that one that holds up the next is not forgotten.
// Writes go in batches that are due at a steady rate too. Recall is of the 10 best, against an exact
// scan of the rows that there are after the phase.
//
// Data: syn768 (seed 42; ann/data/syn768.mjs); which rows are updated and deleted is random (seed 9).
// Left out: several searches at a time, fsync on each batch (--durability fsync has it).
//
// Run: npm run bench:update -- --help                                       (small: --small)
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { openDatabase } from "../packages/engine/dist/index.js";
import { namesIn, numberIn, readArguments, runProgram } from "./ann/arguments.mjs";
import { openDataSet } from "./ann/data/data-set.mjs";
import {
  buildIndex,
  createCollection,
  insertRows,
  redkiteIndexes,
} from "./ann/engines/redkite.mjs";
import { withFolder } from "./ann/folder.mjs";
import { loadWarning, machineLines } from "./ann/machine.mjs";
import { alignedLines } from "./ann/table.mjs";
import { WrittenRows } from "./written-rows.mjs";

const BATCHES_PER_SECOND = 20;
/** Of mixed writes: the rest are inserts. */
const UPDATED_SHARE = 0.3;
const DELETED_SHARE = 0.3;

const helpText = `Searches beside writes: p50, p99 and recall@10.

  npm run bench:update -- [options]

  --rows <count>       rows of syn768 at the beginning (default 100000)
  --writes <count>     rows written per second (default 2000)
  --searches <count>   searches due per second (default 100)
  --seconds <count>    of each phase (default 15)
  --engine <name>      of ${[...redkiteIndexes.keys()].join(", ")} (default auto)
  --queries <count>    different ones, 20 to 1000 (default 200)
  --threads <count>    threads of the engine (default 2)
  --durability <name>  os or fsync (default os)
  --folder <path>      where data is kept (default bench/.data)
  --json               a line for each phase
  --small              3,000 rows, 200 written per second, 1 second, nothing kept
  --help

  npm run bench:update -- --rows 200000 --writes 4000 --engine ivf_rabitq
`;

await runProgram("bench:update", async (args) => {
  const options = parseOptions(args);
  if (options.help) return console.log(helpText);
  if (!options.json) console.log(machineLines().slice(0, 2).join("\n"));
  await withFolder(options, (folder) => measure({ ...options, folder }));
});

function parseOptions(args) {
  const values = readArguments(
    args,
    {
      rows: "100000",
      writes: "2000",
      searches: "100",
      seconds: "15",
      engine: "auto",
      queries: "200",
      threads: "2",
      durability: "os",
      folder: undefined,
      json: false,
    },
    { rows: "3000", writes: "200", seconds: "1", queries: "40" },
  );
  const [engine] = namesIn(values.engine, "--engine", redkiteIndexes);
  const durabilities = new Map([["os"], ["fsync"]]);
  const [durability] = namesIn(values.durability, "--durability", durabilities);
  const number = (name, min, max) => numberIn(values[name], { name: `--${name}`, min, max });
  return {
    ...values,
    engine,
    durability,
    rows: number("rows", 1_000, 2_000_000),
    writes: number("writes", BATCHES_PER_SECOND, 100_000),
    searches: number("searches", 1, 10_000),
    seconds: number("seconds", 1, 3_600),
    queries: number("queries", 20, 1_000),
    threads: number("threads", 1, 64),
  };
}

async function measure(options) {
  const { durability, engine, folder, json, queries, rows, seconds, threads, writes } = options;
  // Two phases insert, and an update takes a new vector as an insert does.
  const batchRows = Math.round(writes / BATCHES_PER_SECOND);
  const rowCount = rows + 2 * batchRows * BATCHES_PER_SECOND * seconds;
  const source = openDataSet("syn768", { folder, rowCount, queryCount: queries });
  const path = mkdtempSync(join(folder, "updated-"));
  const database = await openDatabase(path, { durability, threads });
  try {
    const collection = await createCollection(database, source);
    await insertRows(collection, { ...source, rowCount: rows });
    await buildIndex(collection, source, redkiteIndexes.get(engine));
    await collection.load();
    const written = new WrittenRows(collection, source, rows);
    const results = [];
    for (const [phase, write] of phasesOf(written, batchRows)) {
      results.push(await measurePhase(phase, { written, write, source, options }));
    }
    if (json) for (const result of results) console.log(JSON.stringify(result));
    else print(results, options);
  } finally {
    await database.close();
    rmSync(path, { recursive: true });
  }
}

/** What each phase writes at a time. */
function phasesOf(written, batchRows) {
  const updated = Math.floor(batchRows * UPDATED_SHARE);
  const deleted = Math.floor(batchRows * DELETED_SHARE);
  return [
    ["searches alone", async () => {}],
    ["and inserts", () => written.insert(batchRows)],
    [
      "and inserts, updates, deletes",
      async () => {
        await written.insert(batchRows - updated - deleted);
        await written.update(updated);
        await written.delete(deleted);
      },
    ],
  ];
}

async function measurePhase(phase, { written, write, source, options }) {
  const { searches, seconds } = options;
  const end = performance.now() + seconds * 1_000;
  const countBefore = written.count;
  const latencies = [];
  await Promise.all([
    everyMs(1_000 / searches, end, async (due, turn) => {
      await written.search(source.queries[turn % source.queries.length]);
      latencies.push(performance.now() - due);
    }),
    everyMs(1_000 / BATCHES_PER_SECOND, end, write),
  ]);
  latencies.sort((a, b) => a - b);
  return {
    phase,
    engine: redkiteIndexes.get(options.engine).name,
    rows: source.rowCount,
    dim: source.dim,
    writesPerSecond: (written.count - countBefore) / seconds,
    searchesPerSecond: latencies.length / seconds,
    p50Ms: latencies[Math.floor(latencies.length * 0.5)],
    p99Ms: latencies[Math.floor(latencies.length * 0.99)],
    maxMs: latencies.at(-1),
    recall: await written.recall(),
  };
}

/** Calls `run` whenever it is due, one call after the other, and late ones at once. */
async function everyMs(periodMs, end, run) {
  const start = performance.now();
  for (let turn = 0; ; turn++) {
    const due = start + turn * periodMs;
    if (due >= end) return;
    // Timers are a millisecond late, and more: that is as long as a search takes.
    while (performance.now() < due) await nextTurn();
    await run(due, turn);
  }
}

function print(results, { engine, rows, writes, searches, seconds }) {
  console.log(loadWarning() ?? "");
  console.log(
    `syn768, ${rows.toLocaleString("en")} rows at first, ${redkiteIndexes.get(engine).name}, ${seconds} s a phase; ` +
      `${searches} searches and ${writes} writes due per second`,
  );
  const alone = results[0];
  const lines = results.map((result) => [
    result.phase,
    Math.round(result.writesPerSecond),
    Math.round(result.searchesPerSecond),
    result.p50Ms.toFixed(2),
    result.p99Ms.toFixed(2),
    result.maxMs.toFixed(2),
    (result.p99Ms / alone.p99Ms).toFixed(2),
    result.recall.toFixed(4),
  ]);
  const head = [
    "",
    "writes/s",
    "searches/s",
    "p50 ms",
    "p99 ms",
    "max ms",
    "x p99 alone",
    "recall",
  ];
  console.log(alignedLines([head, ...lines]).join("\n"));
}
