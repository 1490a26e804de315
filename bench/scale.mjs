// How an index grows: its build time, memory and speed at equal recall, from 50,000 rows to 2,000,000.
// Each size is built in a process of its own, and opened and searched in another one; one thread
// searches, one query a call. The largest size is also built with its vectors on disk (DISKANN).
//
// Data: syn768 (seed 42; ann/data/syn768.mjs): the smaller sets are the beginnings of the larger ones.
// Left out: other engines, for which bench:ann has --rows.
//
// Run: npm run bench:scale -- --help                                        (small: --small)
import { namesIn, numberIn, readArguments, runProgram } from "./ann/arguments.mjs";
import { openContestants } from "./ann/contestants.mjs";
import { recallTargets } from "./ann/curve.mjs";
import { openDataSet } from "./ann/data/data-set.mjs";
import { redkiteIndexes } from "./ann/engines/redkite.mjs";
import { withFolder } from "./ann/folder.mjs";
import { trueNeighboursOf } from "./ann/ground-truth.mjs";
import { loadWarning, machineLines } from "./ann/machine.mjs";
import { jsonLine, resultsOf } from "./ann/report.mjs";
import { measureAll } from "./ann/sweep.mjs";
import { alignedLines } from "./ann/table.mjs";

const helpText = `Build time, memory and speed of an index as its rows grow.

  npm run bench:scale -- [options]

  --rows <counts>    (default 50000,100000,200000,400000,1000000,2000000)
  --engines <names>  of ${[...redkiteIndexes.keys()].join(", ")} (default ivf_rabitq)
  --largest <names>  what the largest size is built with as well (default diskann), or none
  --queries <count>  20 to 1000 (default 200): half of them to tune, half to report
  --rounds <count>   the median counts (default 3)
  --threads <count>  threads of the engine (default 2; searches have one query and take one)
  --folder <path>    where data and indexes are kept (default bench/.data)
  --json             a line for each size and engine
  --small            1,000 and 3,000 rows, 40 queries, 1 round, nothing kept
  --help

The sets take 3 GB of disk per 1,000,000 rows, and as much again in each index.

  npm run bench:scale -- --rows 50000,200000 --engines ivf_rabitq,hnsw --largest none
`;

await runProgram("bench:scale", async (args) => {
  const options = parseOptions(args);
  if (options.help) return console.log(helpText);
  if (!options.json) console.log(machineLines().slice(0, 2).join("\n"));
  await withFolder(options, (folder) => measure({ ...options, folder }));
});

function parseOptions(args) {
  const values = readArguments(
    args,
    {
      rows: "50000,100000,200000,400000,1000000,2000000",
      engines: "ivf_rabitq",
      largest: "diskann",
      queries: "200",
      rounds: "3",
      threads: "2",
      folder: undefined,
      json: false,
    },
    { rows: "1000,3000", queries: "40", rounds: "1" },
  );
  const rows = values.rows
    .split(",")
    .map((text) => numberIn(text, { name: "--rows", min: 1_000, max: 4_000_000 }));
  return {
    ...values,
    rows: rows.toSorted((a, b) => a - b),
    engines: namesIn(values.engines, "--engines", redkiteIndexes),
    largest: values.largest === "none" ? [] : namesIn(values.largest, "--largest", redkiteIndexes),
    queries: numberIn(values.queries, { name: "--queries", min: 20, max: 1_000 }),
    rounds: numberIn(values.rounds, { name: "--rounds", min: 1, max: 100 }),
    threads: numberIn(values.threads, { name: "--threads", min: 1, max: 64 }),
  };
}

async function measure(options) {
  const { folder, json, largest, queries, rows } = options;
  const results = [];
  for (const rowCount of rows) {
    const dataSet = openDataSet("syn768", { folder, rowCount, queryCount: queries });
    const truth = await trueNeighboursOf(dataSet);
    const engines = [...options.engines, ...(rowCount === rows.at(-1) ? largest : [])];
    const { contestants, missing, close } = await openContestants(dataSet, {
      ...options,
      engines,
      peers: [],
    });
    const points = await measureAll(contestants, { queries: dataSet.queries, truth }, options);
    await close();
    for (const line of missing) console.error(`Not measured: ${line}`);
    results.push(...resultsOf(dataSet, points));
  }
  if (json) for (const result of results) console.log(jsonLine(result));
  else print(results, options);
}

function print(results, { queries }) {
  console.log(loadWarning() ?? "");
  console.log(`syn768, COSINE, recall@10, ${queries >> 1} queries`);
  const targets = recallTargets.map((recall) => recall.toFixed(2));
  const rows = results.map((result) => [
    result.rows.toLocaleString("en"),
    result.engine,
    result.buildSeconds.toFixed(1),
    result.insertSeconds.toFixed(1),
    Math.round(result.bytesPerRowRam),
    ...[result.residentBytes, result.peakBytes].map((bytes) => Math.round(bytes / 2 ** 20)),
    ...targets.map((target) => result.qpsAt[target]?.toFixed(0) ?? "never"),
    result.answers.split(" ").at(-1),
  ]);
  const head = ["rows", "engine", "build s", "insert s", "index B/row", "open MB", "build MB"];
  const heads = [...head, ...targets.map((target) => `QPS ${target}`), "answers"];
  console.log(alignedLines([heads, ...rows]).join("\n"));
}
