// A thread of the pool that dies as its task's first vector says: -1 once (it then says 0), -2 each
// time, -3 by throwing. Otherwise it is the real one. For thread-pool.test.ts.
import { parentPort, workerData } from "node:worker_threads";
import { loadKernels } from "../../dist/kernels/load-kernels.js";
import { createRunTask } from "../../dist/workers/run-task.js";
import { serveTasks } from "../../dist/workers/serve-tasks.js";

const runTask = createRunTask(loadKernels(workerData.slot));

serveTasks(parentPort, workerData.foregroundWaiting, (task, stop) => {
  const { values } = task.request.vectors;
  const [order] = values;
  if (order === -1) values[0] = 0;
  if (order === -1 || order === -2) process.exit(1);
  if (order === -3) throw new Error("out of order");
  return runTask(task, stop);
});
