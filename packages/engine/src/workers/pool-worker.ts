// The entry point of a thread of the pool.
import { parentPort, workerData } from "node:worker_threads";
import { must } from "../base/assert.ts";
import { useThreadSlot } from "../kernels/index-memory.ts";
import { loadKernels } from "../kernels/load-kernels.ts";
import { createRunTask } from "./run-task.ts";
import { serveTasks, type WorkerData } from "./serve-tasks.ts";

const port = must(parentPort, "pool-worker is the entry point of a worker thread");
const { slot, kernelKind, foregroundWaiting } = workerData as WorkerData;

useThreadSlot(slot);
serveTasks(port, foregroundWaiting, createRunTask(loadKernels(slot, { kind: kernelKind })));
