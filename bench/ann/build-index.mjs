// Builds an index, in a process of its own, and writes beside it what that took.
//
// Run: node bench/ann/build-index.mjs <data> <rows> <index> [folder] [threads]
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { openDataSet } from "./data/data-set.mjs";
import { indexNamed } from "./engines/index-named.mjs";
import { defaultFolder, indexPath, recordPath } from "./index-cache.mjs";
import { limitNativeThreads } from "./native-threads.mjs";

limitNativeThreads();
const [dataName, rowCount, indexName, folder = defaultFolder, threads = 1] = process.argv.slice(2);
const dataSet = openDataSet(dataName, { folder, rowCount: Number(rowCount) });
const { index, library, version } = indexNamed(indexName);
const path = indexPath(dataSet, indexName);
mkdirSync(dataSet.folder, { recursive: true });
rmSync(recordPath(dataSet, indexName), { force: true });
rmSync(path, { recursive: true, force: true });

const start = performance.now();
const startCpu = process.cpuUsage();
const facts = await index.build({ library, dataSet, path, threads: Number(threads) });
const { user, system } = process.cpuUsage(startCpu);
const record = {
  seconds: (performance.now() - start) / 1_000,
  cpuSeconds: (user + system) / 1e6,
  ...facts,
  peakBytes: process.resourceUsage().maxRSS * 1024,
  bytesOnDisk: index.byteSize(path),
  version,
  cpu: cpus()[0].model,
  loadAverage: loadavg(),
};
writeFileSync(recordPath(dataSet, indexName), `${JSON.stringify(record, undefined, 2)}\n`);
