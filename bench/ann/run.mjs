// Approximate search against other engines on npm: speed at equal recall, one thread, one query a call,
// all engines in one process and by turns. Data: real word vectors (wink), real pixels (mnist), a
// synthetic set with a documented generator (syn768, seed 42); see the heads of the files in data/.
// One half of the held-out queries chooses what is measured, the other half is reported. Left out:
// several threads, filters, updates, k other than 10.
//
// Run: npm run bench:ann -- --help                                          (small: --small)
import { runProgram } from "./arguments.mjs";
import { openContestants } from "./contestants.mjs";
import { openDataSet, sources } from "./data/data-set.mjs";
import { withFolder } from "./folder.mjs";
import { trueNeighboursOf } from "./ground-truth.mjs";
import { loadWarning, machineLines } from "./machine.mjs";
import { limitNativeThreads } from "./native-threads.mjs";
import { helpText, parseOptions } from "./options.mjs";
import { installCommand, versionOf } from "./peer-packages.mjs";
import { jsonLine, resultsOf, tableLines } from "./report.mjs";
import { measureAll } from "./sweep.mjs";

limitNativeThreads();
await runProgram("bench:ann", main);

async function main(args) {
  const options = parseOptions(args);
  if (options.help) return console.log(helpText);
  if (options.nodeInfo) return console.log(machineLines().join("\n"));
  const print = options.json ? console.error : console.log;
  print(machineLines().join("\n"));
  await withFolder(options, async (folder) => {
    for (const name of options.data) {
      print("");
      if (isInstalled(name, print))
        await measure(name, { ...options, folder, log: console.error, print });
    }
  });
}

function isInstalled(name, print) {
  const { packageName } = sources.get(name);
  if (packageName === undefined || versionOf(packageName) !== undefined) return true;
  print(`Not measured: ${name}: ${packageName} is not installed; run: ${installCommand}`);
  return false;
}

async function measure(name, options) {
  const dataSet = openDataSet(name, {
    folder: options.folder,
    rowCount: options.rows,
    queryCount: options.queries,
  });
  options.log("finding the true neighbours");
  const truth = await trueNeighboursOf(dataSet);
  const { contestants, missing, close } = await openContestants(dataSet, options);
  const points = await measureAll(contestants, { queries: dataSet.queries, truth }, options);
  await close();

  const results = resultsOf(dataSet, points);
  if (options.json) for (const result of results) console.log(jsonLine(result));
  else options.print(tableLines(dataSet, results, options).join("\n"));
  for (const line of [loadWarning(), ...missing.map((each) => `Not measured: ${each}`)]) {
    if (line !== undefined) options.print(line);
  }
}
