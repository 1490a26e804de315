// Filtered search: what a filter that keeps a share of the rows costs at recall@10 0.95, against the
// exact scan of the rows that it keeps and against twice the search without a filter. One thread, one
// query a call, by turns. Times are of the engine's public call, the evaluation of the filter
// included, which is also timed alone.
//
// Data: syn768 (seed 42; ann/data/syn768.mjs) with an Int32 that is random (seed 7) and what the filter
// compares. Efforts are chosen with one half of the queries, the other half is reported. Left out:
// filters that go with the vectors' places, several segments.
//
// Run: npm run bench:filter -- --help                                       (small: --small)
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openDatabase } from "../packages/engine/dist/index.js";
import { namesIn, numberIn, readArguments, runProgram, UsageError } from "./ann/arguments.mjs";
import { medianOf, qpsAt } from "./ann/curve.mjs";
import { openDataSet } from "./ann/data/data-set.mjs";
import {
  buildIndex,
  createCollection,
  insertRows,
  redkiteIndexes,
  searcherOf,
} from "./ann/engines/redkite.mjs";
import { withFolder } from "./ann/folder.mjs";
import { loadWarning, machineLines } from "./ann/machine.mjs";
import { Random } from "./ann/random.mjs";
import { choosePoints, createPoint, k, runRounds, splitQueries } from "./ann/sweep.mjs";
import { alignedLines } from "./ann/table.mjs";

const RECALL = 0.95;
/** What the Int32 goes up to. */
const VALUE_MAX = 1_000_000;

const helpText = `Filtered search at recall@10 ${RECALL}, against the exact scan and twice the unfiltered time.

  npm run bench:filter -- [options]

  --rows <count>     rows of syn768 (default 200000)
  --keep <percents>  which share of the rows the filters keep (default 50,10,1,0.1)
  --engines <names>  of ${[...redkiteIndexes.keys()].join(", ")} (default auto,ivf_rabitq,hnsw)
  --queries <count>  20 to 1000 (default 200): half of them to tune, half to report
  --rounds <count>   the median counts (default 3)
  --threads <count>  threads of the engine (default 1)
  --folder <path>    where data is kept (default bench/.data)
  --json             a line for each filter and engine
  --small            3,000 rows, 40 queries, 1 round, nothing kept
  --help

  npm run bench:filter -- --keep 10,1 --engines auto
`;

await runProgram("bench:filter", async (args) => {
  const options = parseOptions(args);
  if (options.help) return console.log(helpText);
  if (!options.json) console.log(machineLines().slice(0, 2).join("\n"));
  await withFolder(options, (folder) => measure({ ...options, folder }));
});

function parseOptions(args) {
  const values = readArguments(
    args,
    {
      rows: "200000",
      keep: "50,10,1,0.1",
      engines: "auto,ivf_rabitq,hnsw",
      queries: "200",
      rounds: "3",
      threads: "1",
      folder: undefined,
      json: false,
    },
    { rows: "3000", queries: "40", rounds: "1" },
  );
  const keep = values.keep.split(",").map(Number);
  if (!keep.every((percent) => percent > 0 && percent <= 100)) {
    throw new UsageError(`--keep must be percents above 0 up to 100, not "${values.keep}"`);
  }
  return {
    ...values,
    keep,
    engines: namesIn(values.engines, "--engines", redkiteIndexes),
    rows: numberIn(values.rows, { name: "--rows", min: 1_000, max: 4_000_000 }),
    queries: numberIn(values.queries, { name: "--queries", min: 20, max: 1_000 }),
    rounds: numberIn(values.rounds, { name: "--rounds", min: 1, max: 100 }),
    threads: numberIn(values.threads, { name: "--threads", min: 1, max: 64 }),
  };
}

async function measure(options) {
  const { folder, rows, queries, engines } = options;
  const dataSet = openDataSet("syn768", { folder, rowCount: rows, queryCount: queries });
  const flat = await openCollection("flat", dataSet, options);
  const results = [];
  for (const key of engines) {
    const opened = await openCollection(key, dataSet, options);
    results.push(
      ...(await measureIndex({ key, flat, dataSet, collection: opened.collection, options })),
    );
    await opened.close();
  }
  await flat.close();
  if (options.json) for (const result of results) console.log(JSON.stringify(result));
  else print(results, options);
}

/** A collection with an index of this kind, made anew. */
async function openCollection(key, dataSet, { folder, threads }) {
  const path = mkdtempSync(join(folder, `filtered-${key}-`));
  const database = await openDatabase(path, { durability: "os", threads });
  const collection = await createCollection(database, dataSet, [{ name: "value", type: "Int32" }]);
  const random = new Random(7);
  await insertRows(collection, dataSet, ({ count }) => {
    const values = Int32Array.from({ length: count }, () => random.next() * VALUE_MAX);
    return [["value", { layout: "fixed", rowCount: count, values }]];
  });
  await buildIndex(collection, dataSet, redkiteIndexes.get(key));
  await collection.load();
  const close = async () => {
    await database.close();
    rmSync(path, { recursive: true });
  };
  return { collection, close };
}

async function measureIndex({ key, flat, dataSet, collection, options }) {
  const [curve] = redkiteIndexes.get(key).curves;
  const cases = [];
  for (const percent of [100, ...options.keep]) {
    const filter = percent === 100 ? "" : `value < ${(percent / 100) * VALUE_MAX}`;
    const truth = await filteredTruth(flat.collection, dataSet, filter);
    const { tuning, reporting } = splitQueries(dataSet.queries, truth);
    const contestant = { curve, searcher: searcherOf(collection, { filter }) };
    const values = await choosePoints(contestant, tuning);
    const points = values.map((value) => createPoint(contestant, value, reporting));
    const exact = createPoint(
      { curve: { ladder: [] }, searcher: searcherOf(flat.collection, { filter }) },
      undefined,
      reporting,
    );
    const evaluation = createEvaluation(collection, { filter, reporting });
    cases.push({ percent, points, exact, evaluation });
  }
  await runRounds(
    cases.flatMap(({ points, exact, evaluation }) => [...points, exact, evaluation]),
    options,
  );
  const unfilteredMs = millisecondsAt(cases[0].points);
  return cases.map((each) => resultOf(each, { engine: curve.engine, dataSet, unfilteredMs }));
}

/** The true neighbours among the rows that the filter keeps, by exact search. */
async function filteredTruth(collection, { queries }, filter) {
  const answers = [];
  for (const vectors of queries) answers.push(await collection.search({ vectors, k, filter }));
  return {
    neighbourCount: answers[0].counts[0],
    rows: answers.flatMap(({ keys }) => Array.from(keys.values, Number)),
    scores: answers.flatMap(({ scores }) => [...scores]),
  };
}

/** A point that only counts the rows that the filter keeps. */
function createEvaluation(collection, { filter, reporting }) {
  const searcher = {
    prepare: () => ({ filter, outputFields: ["count(*)"] }),
    searchWith: () => (request) => collection.query(request),
    idsOf: () => [],
  };
  return createPoint({ curve: { ladder: [] }, searcher, queryCountMax: 20 }, undefined, reporting);
}

function millisecondsAt(points) {
  const qps = qpsAt(
    points.map(({ recall, qps: all }) => ({ recall, qps: medianOf(all) })),
    RECALL,
  );
  return qps === undefined ? null : 1_000 / qps;
}

function resultOf({ percent, points, exact, evaluation }, { engine, dataSet, unfilteredMs }) {
  const ms = millisecondsAt(points);
  const exactMs = 1_000 / medianOf(exact.qps);
  const allowedMs = Math.min(exactMs, 2 * unfilteredMs);
  return {
    data: dataSet.name,
    rows: dataSet.rowCount,
    dim: dataSet.dim,
    engine,
    keptPercent: percent,
    recall: RECALL,
    ms,
    exactMs,
    twiceUnfilteredMs: 2 * unfilteredMs,
    evaluationMs: percent === 100 ? 0 : 1_000 / medianOf(evaluation.qps),
    ratio: ms === null ? null : ms / allowedMs,
    answers: points.at(-1).answers,
  };
}

function print(results, { rows, queries }) {
  console.log(loadWarning() ?? "");
  console.log(`syn768: ${rows.toLocaleString("en")} rows, ${queries >> 1} queries; ms per search`);
  const head = ["keeps", "engine", `at ${RECALL}`, "exact", "2 x unfiltered", "filter alone"];
  const lines = results.map((result) => [
    `${result.keptPercent} %`,
    result.engine,
    result.ms?.toFixed(3) ?? "never",
    result.exactMs.toFixed(3),
    result.twiceUnfilteredMs.toFixed(3),
    result.evaluationMs.toFixed(3),
    result.ratio?.toFixed(2) ?? "",
    result.answers,
  ]);
  console.log(alignedLines([[...head, "x better bound", "answers"], ...lines]).join("\n"));
}
