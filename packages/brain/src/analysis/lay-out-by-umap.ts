import { Worker } from "node:worker_threads";
import { BrainError, messageOf } from "../base/brain-error.ts";
import { type LongOperationOptions, throwIfCancelled } from "../base/progress.ts";
import { forEachList } from "./find-threshold.ts";
import type { NeighborLists } from "./neighbor-lists.ts";
import type { UmapAnswer, UmapTask } from "./umap-task.ts";

export interface UmapOptions extends LongOperationOptions {
  readonly dims: 2 | 3;
  /** How many neighbours decide where a point goes, 2 to 200. */
  readonly neighborCount: number;
  /** How near points may come to each other. */
  readonly minDist: number;
  readonly seed: number;
}

/** UMAP needs some neighbours to tell near from far. */
const countMin = 4;

/**
 * Points so that near neighbours stay near, by UMAP in a thread of its own. The index finds the neighbours.
 * Equal vectors and seeds give equal points.
 *
 * @throws {BrainError} `invalid-argument` for fewer than 4 vectors; `cancelled`, and then the thread ends.
 */
export async function layOutByUmap(
  lists: NeighborLists,
  options: UmapOptions,
): Promise<Float32Array> {
  const { count } = lists.table;
  if (count < countMin) {
    throw new BrainError(
      "invalid-argument",
      `Cannot lay out ${count} points by UMAP: it needs ${countMin} or more; use the method "pca"`,
      { details: { count } },
    );
  }
  const { signal, progress } = options;
  const task = await taskOf(lists, options);
  throwIfCancelled(signal, "Laying out points");
  // Flags of the process are for its own entry point.
  const worker = new Worker(workerUrl(), { execArgv: [], workerData: task });
  try {
    return await new Promise<Float32Array>((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      worker.on("message", (answer: UmapAnswer) => {
        if (answer.kind === "points") resolve(answer.points);
        else progress?.({ done: answer.done, total: answer.total });
      });
      worker.on("error", reject);
      worker.on("exit", () => reject(new Error("the thread ended")));
    });
  } catch (cause) {
    throwIfCancelled(signal, "Laying out points");
    throw new BrainError("io", `Cannot lay out points by UMAP: ${messageOf(cause)}`, { cause });
  } finally {
    await worker.terminate();
  }
}

async function taskOf(lists: NeighborLists, options: UmapOptions): Promise<UmapTask> {
  const { count } = lists.table;
  const { dims, minDist, seed, signal } = options;
  const neighborCount = Math.min(options.neighborCount, count - 1);
  const neighbors = new Int32Array(count * neighborCount);
  const distances = new Float32Array(count * neighborCount);
  await forEachList(lists, neighborCount - 1, { signal, progress: undefined }, (position) => {
    const list = lists.list(position);
    const start = position * neighborCount;
    // A point is its own first neighbour.
    neighbors[start] = position;
    if (list === undefined) return;
    neighbors.set(list.positions.subarray(0, neighborCount - 1), start + 1);
    distances.set(list.distances.subarray(0, neighborCount - 1), start + 1);
  });
  return { count, neighborCount, neighbors, distances, dims, minDist, seed };
}

/** From the sources, for tests, the built thread runs. */
function workerUrl(): URL {
  return import.meta.url.endsWith(".ts")
    ? new URL("../../dist/analysis/umap-worker.js", import.meta.url)
    : new URL("./umap-worker.js", import.meta.url);
}
