// The entry point of a thread of the pool: one task comes, its hits go back, then the next. What
// goes wrong here ends the thread; the pool sees that and starts another.
import { parentPort, workerData } from "node:worker_threads";
import { must } from "../base/assert.ts";
import { loadKernels } from "../kernels/load-kernels.ts";
import { runTask, type ScanTask, type ScanWorkerData } from "./scan-task.ts";

const port = must(parentPort, "scan-worker is the entry point of a worker thread");
const kernels = loadKernels((workerData as ScanWorkerData).slot);

port.on("message", (task: ScanTask) => {
  const hits = runTask(kernels, task);
  port.postMessage(hits, [hits.counts.buffer, hits.rows.buffer, hits.scores.buffer]);
});
