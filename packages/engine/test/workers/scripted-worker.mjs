// A thread of the pool whose tasks are orders of the test. For worker-threads.test.ts.
import { parentPort, workerData } from "node:worker_threads";
import { EngineError } from "../../dist/base/errors.js";
import { serveTasks } from "../../dist/workers/serve-tasks.js";

serveTasks(parentPort, workerData.foregroundWaiting, ({ step }, stop) => {
  note(step);
  switch (step.order) {
    case "await-gate":
      Atomics.wait(step.gate, 0, 0);
      break;
    case "await-stop":
      while (Atomics.load(stop, 0) === 0) Atomics.wait(stop, 0, 0, 1);
      break;
    case "throw":
      throw new EngineError(step.code, step.message, { details: step.details });
    case "break":
      throw new Error("out of order");
    case "exit":
      process.exit(1);
  }
  return { result: { number: step.number, slot: workerData.slot }, transfer: [] };
});

/** Writes the step's number behind those in the log, whose first element is their count. */
function note({ number, log }) {
  log[Atomics.add(log, 0, 1) + 1] = number;
}
