import { must } from "../base/assert.ts";
import type { EngineError } from "../base/errors.ts";
import type { Task } from "./run-task.ts";

/**
 * Searches are foreground: somebody waits. Steps of builds are background: while foreground tasks
 * wait, a thread begins one only after many of these.
 */
export type Lane = "foreground" | "background";

export interface JobOptions {
  readonly lane: Lane;
  readonly tasks: readonly Task[];
  /** Told how many tasks are finished: from 1 up by one, to their number. Must not throw. */
  readonly onProgress: ((finishedCount: number) => void) | undefined;
}

/** Tasks that were given together: they succeed or fail as one. */
export class Job {
  readonly lane: Lane;
  readonly promise: Promise<readonly unknown[]>;
  /** Seen by all threads: 1 as soon as nobody waits for the results. */
  readonly stop: Int32Array = new Int32Array(new SharedArrayBuffer(4));
  readonly #tasks: readonly Task[];
  readonly #results: unknown[] = [];
  readonly #onProgress: JobOptions["onProgress"];
  readonly #resolve: (results: readonly unknown[]) => void;
  readonly #reject: (error: EngineError) => void;
  /** Tasks before this one have been taken. */
  #next = 0;
  /** Tasks to take again, and those that were. */
  readonly #again: number[] = [];
  readonly #retried = new Set<number>();
  #finishedCount = 0;
  #isSettled = false;

  constructor({ lane, tasks, onProgress }: JobOptions) {
    this.lane = lane;
    this.#tasks = tasks;
    this.#onProgress = onProgress;
    let settle: Pick<PromiseHandlers, "resolve" | "reject"> | undefined;
    this.promise = new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
    const { resolve, reject } = must(settle, "a promise calls its executor at once");
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Tasks that nobody has taken. */
  get waitingCount(): number {
    return this.#isSettled ? 0 : this.#tasks.length - this.#next + this.#again.length;
  }

  /** The number of the next task to run. Only while tasks wait. */
  take(): number {
    return this.#again.pop() ?? this.#next++;
  }

  task(index: number): Task {
    return this.#tasks[index];
  }

  /** Lets a task that was taken be taken once more; answers false when it has been before. */
  retry(index: number): boolean {
    if (this.#retried.has(index)) return false;
    this.#retried.add(index);
    this.#again.push(index);
    return true;
  }

  finish(index: number, result: unknown): void {
    if (this.#isSettled) return;
    this.#results[index] = result;
    this.#finishedCount++;
    this.#onProgress?.(this.#finishedCount);
    if (this.#finishedCount < this.#tasks.length) return;
    this.#isSettled = true;
    this.#resolve(this.#results);
  }

  fail(error: EngineError): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    Atomics.store(this.stop, 0, 1);
    this.#reject(error);
  }
}

interface PromiseHandlers {
  readonly resolve: (results: readonly unknown[]) => void;
  readonly reject: (error: EngineError) => void;
}
