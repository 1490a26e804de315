import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { isEngineError } from "../base/errors.ts";
import type { KernelKind } from "../kernels/kernels.ts";
import type { Lane } from "./job.ts";
import { TURN_COUNT } from "./job-queue.ts";
import { type PlainEngineError, toPlain } from "./pool-errors.ts";
import type { RunTask, Task } from "./run-task.ts";

/** What a thread of the pool is given when it starts. */
export interface WorkerData {
  /** Its slot in each vector memory. No two threads that run have the same. */
  readonly slot: number;
  /** The kernels that the main thread has found to be right. */
  readonly kernelKind: KernelKind;
  /** Seen by all threads: not 0 while foreground tasks wait that no thread has been given. */
  readonly foregroundWaiting: Int32Array;
}

/** A task on its way to a thread. */
export interface TaskMessage {
  /** Counts the messages to this thread. */
  readonly id: number;
  readonly lane: Lane;
  readonly task: Task;
  /** Not 0 any more as soon as nobody waits for the answer. */
  readonly stop: Int32Array;
}

/** What comes back: the result, or the error that the task threw. */
export type AnswerMessage =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: PlainEngineError };

/** How long a thread waits for a foreground task to come before it looks again. */
const HOLD_MS = 1;

/**
 * Does the tasks that come to a thread, one a turn of its event loop: what is foreground first, but
 * for a background task after `TURN_COUNT` of them, and nothing that nobody waits for. An error that
 * is no `EngineError` ends the thread; the pool starts another.
 */
export function serveTasks(port: MessagePort, foregroundWaiting: Int32Array, run: RunTask): void {
  const waiting: TaskMessage[] = [];
  /** Foreground tasks that were done while a background task waited. */
  let passedCount = 0;
  /** What to do next; -1 for nothing yet. */
  const nextOf = (held: number): number => {
    const urgent = waiting.findIndex(({ lane }) => lane === "foreground");
    const later = waiting.findIndex(isBackground);
    const isFree = urgent < 0 && held === 0;
    return later >= 0 && (isFree || passedCount >= TURN_COUNT) ? later : urgent;
  };
  const turn = (): void => {
    // Read before the messages: a foreground task that was sent when it became 0 is among them.
    const held = Atomics.load(foregroundWaiting, 0);
    for (let more = receiveMessageOnPort(port); more; more = receiveMessageOnPort(port)) {
      waiting.push(more.message);
    }
    const next = nextOf(held);
    if (next < 0) {
      Atomics.wait(foregroundWaiting, 0, held, HOLD_MS);
    } else {
      const [message] = waiting.splice(next, 1);
      const isPassed = message.lane === "foreground" && waiting.some(isBackground);
      passedCount = isPassed ? passedCount + 1 : 0;
      answer(port, message, run);
    }
    if (waiting.length > 0) setImmediate(turn);
  };
  port.on("message", (message: TaskMessage) => {
    waiting.push(message);
    if (waiting.length === 1) setImmediate(turn);
  });
}

function isBackground({ lane }: TaskMessage): boolean {
  return lane === "background";
}

function answer(port: MessagePort, { id, task, stop }: TaskMessage, run: RunTask): void {
  let message: AnswerMessage = { id, result: undefined };
  let transfer: readonly ArrayBuffer[] = [];
  try {
    if (Atomics.load(stop, 0) === 0) {
      const { result, transfer: buffers } = run(task, stop);
      message = { id, result };
      transfer = buffers;
    }
  } catch (error) {
    if (!isEngineError(error)) throw error;
    message = { id, error: toPlain(error) };
  }
  port.postMessage(message, transfer);
}
