// The entry point of the thread that lays out points by UMAP: it ends when they are laid out.
import { parentPort, workerData } from "node:worker_threads";
import { UMAP } from "umap-js";
import { randomNumbers } from "../base/random-numbers.ts";
import type { UmapAnswer, UmapTask } from "./umap-task.ts";

/** Epochs between two messages. */
const epochsATurn = 10;

// `layOutByUmap` starts this thread, and gives it a task.
const task = workerData as UmapTask;
const umap = new UMAP({
  nComponents: task.dims,
  nNeighbors: task.neighborCount,
  minDist: task.minDist,
  random: randomNumbers(task.seed),
});
umap.setPrecomputedKNN(rowsOf(task.neighbors), rowsOf(task.distances));
// With neighbours given only the number of the rows counts.
const total = umap.initializeFit(Array.from({ length: task.count }, () => []));
for (let done = 0; done < total; done++) {
  umap.step();
  if (done % epochsATurn === 0) answer({ kind: "progress", done, total });
}
answer({ kind: "points", points: Float32Array.from(umap.getEmbedding().flat()) });

function rowsOf(values: Int32Array | Float32Array): number[][] {
  const { count, neighborCount: length } = task;
  return Array.from({ length: count }, (_, row) => [
    ...values.subarray(row * length, (row + 1) * length),
  ]);
}

function answer(message: UmapAnswer): void {
  parentPort?.postMessage(message);
}
