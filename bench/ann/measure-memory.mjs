// Opens an index in a process of its own and searches for every query of the data set. Prints how
// much the memory of the process grew: with the vectors, and with the pages of mapped files that
// were read.
//
// Run: node --expose-gc bench/ann/measure-memory.mjs <data> <rows> <index> [folder] [threads]
import { openDataSet } from "./data/data-set.mjs";
import { indexNamed } from "./engines/index-named.mjs";
import { defaultFolder, indexPath } from "./index-cache.mjs";
import { limitNativeThreads } from "./native-threads.mjs";
import { createPoint } from "./sweep.mjs";

limitNativeThreads();
const [dataName, rowCount, indexName, folder = defaultFolder, threads = 1] = process.argv.slice(2);
const dataSet = openDataSet(dataName, { folder, rowCount: Number(rowCount) });
const { index, library } = indexNamed(indexName);
const path = indexPath(dataSet, indexName);

const before = residentBytes();
const searcher = await index.open({ library, dataSet, path, threads: Number(threads) });
const [curve] = index.curves;
const numbers = dataSet.queries.map((_, number) => number);
const effort = curve.ladder[curve.ladder.length >> 1];
const point = createPoint({ curve, searcher, queryCountMax: index.queryCountMax }, effort, {
  numbers,
  queries: dataSet.queries,
});
for (const query of point.prepared) await point.search(query);
console.log(JSON.stringify({ residentBytes: residentBytes() - before }));
await searcher.close?.();

function residentBytes() {
  globalThis.gc();
  return process.memoryUsage.rss();
}
