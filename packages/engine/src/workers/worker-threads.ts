import { Worker } from "node:worker_threads";
import { must } from "../base/assert.ts";
import { EngineError } from "../base/errors.ts";
import type { KernelKind } from "../kernels/kernels.ts";
import { Job, type JobOptions, type Lane } from "./job.ts";
import { JobQueue } from "./job-queue.ts";
import { cancelledError, closedError, crashError, fromPlain } from "./pool-errors.ts";
import type { ResultOf, Task } from "./run-task.ts";
import type { AnswerMessage, TaskMessage, WorkerData } from "./serve-tasks.ts";

export interface WorkerThreadsOptions {
  readonly threadCount: number;
  /** Most foreground tasks, and most background jobs, that wait for a thread. */
  readonly queueCountMax: number;
  /** The kernels that threads load. */
  readonly kernelKind: KernelKind;
  /** The module that a thread runs: it answers each task, as `serveTasks` does. */
  readonly entry?: URL;
}

export interface RunOptions {
  readonly lane: Lane;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: JobOptions["onProgress"];
}

interface Thread {
  readonly worker: Worker;
  readonly slot: number;
  /** Tasks that it has not answered, by the number of their message. */
  readonly sent: Map<number, { readonly job: Job; readonly index: number }>;
  readonly sentCounts: Record<Lane, number>;
}

/**
 * Tasks that a thread has at a time. One step of a build is sent ahead, so that the thread goes on
 * when the main thread is busy; the thread holds it back while searches wait.
 */
const SENT_MAX: Readonly<Record<Lane, number>> = { foreground: 1, background: 2 };

/**
 * How often a task is tried whose thread dies. A search changes nothing; a step of a build may have
 * left shared memory half written.
 */
const TRY_COUNT_MAX: Readonly<Record<Lane, number>> = { foreground: 2, background: 1 };

/**
 * Threads that are started when there is work for them, and the queue before them. A thread keeps
 * the process alive only as long as it has a task.
 */
export class WorkerThreads {
  readonly #options: WorkerThreadsOptions;
  readonly #threads = new Set<Thread>();
  readonly #queue = new JobQueue();
  readonly #foregroundWaiting = new Int32Array(new SharedArrayBuffer(4));
  #messageCount = 0;
  #isClosed = false;

  constructor(options: WorkerThreadsOptions) {
    this.#options = options;
  }

  /**
   * Runs tasks and answers their results in the same order. The first that fails fails all; what
   * waits then is dropped, and what runs goes on for nothing until it ends or looks at its flag. So
   * it is when `signal` aborts.
   *
   * @throws EngineError what a task throws, `cancelled`, `closed`, `limit-exceeded` when too much
   * waits already, and `io` when a thread died: twice under the same foreground task, once under a
   * background one.
   */
  run<T extends Task>(
    tasks: readonly T[],
    { lane, signal, onProgress }: RunOptions,
  ): Promise<readonly ResultOf<T>[]> {
    if (this.#isClosed) return Promise.reject(closedError(lane));
    if (signal?.aborted) return Promise.reject(cancelledError(lane, signal));
    if (tasks.length === 0) return Promise.resolve([]);
    if (this.#waitingWith(lane, tasks.length) > this.#options.queueCountMax) {
      return Promise.reject(this.#overloadError(lane));
    }
    const job = new Job({ lane, tasks, onProgress });
    // Each task is answered by `runTask`, which gives the result of its kind.
    const promise = job.promise as Promise<readonly ResultOf<T>[]>;
    this.#queue.add(job);
    this.#dispatch();
    if (signal === undefined) return promise;
    const abort = (): void => this.#fail(job, cancelledError(lane, signal));
    signal.addEventListener("abort", abort, { once: true });
    return promise.finally(() => signal.removeEventListener("abort", abort));
  }

  /** Whether foreground tasks wait for a thread. */
  get isBusy(): boolean {
    return this.#queue.jobCount("foreground") > 0;
  }

  /** Ends all threads; what waits or runs fails with `closed`. May be called again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const threads = [...this.#threads];
    const running = threads.flatMap(({ sent }) => [...sent.values()].map(({ job }) => job));
    for (const job of [...this.#queue.clear(), ...running]) job.fail(closedError(job.lane));
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }

  /** Gives threads what they have room for: background tasks when no foreground task waits, or by turns. */
  #dispatch(): void {
    this.#dispatchLane("foreground");
    if (this.#queue.isBackgroundDue) this.#dispatchNext("background");
    const waitingCount = this.#queue.jobCount("foreground");
    const before = Atomics.exchange(this.#foregroundWaiting, 0, waitingCount);
    if (waitingCount !== before) Atomics.notify(this.#foregroundWaiting, 0);
    if (waitingCount === 0) this.#dispatchLane("background");
  }

  #dispatchLane(lane: Lane): void {
    while (this.#queue.jobCount(lane) > 0 && this.#dispatchNext(lane)) {
      // Until no thread has room.
    }
  }

  /** Gives the next task of a lane to a thread, if one has room. */
  #dispatchNext(lane: Lane): boolean {
    const thread = this.#threadWithRoom(lane);
    if (thread === undefined) return false;
    const { job, index } = must(this.#queue.take(lane), "the queue is not empty");
    const id = this.#messageCount++;
    const message: TaskMessage = { id, lane, task: job.task(index), stop: job.stop };
    thread.sent.set(id, { job, index });
    thread.sentCounts[lane]++;
    thread.worker.ref();
    thread.worker.postMessage(message);
    return true;
  }

  /** A thread that is idle, or else a new one, or else the one that has least to do. */
  #threadWithRoom(lane: Lane): Thread | undefined {
    let best: Thread | undefined;
    for (const thread of this.#threads) {
      if (thread.sentCounts[lane] >= SENT_MAX[lane]) continue;
      if (best === undefined || thread.sent.size < best.sent.size) best = thread;
    }
    if (best?.sent.size === 0) return best;
    return this.#threads.size < this.#options.threadCount ? this.#spawn() : best;
  }

  #spawn(): Thread {
    const slot = this.#freeSlot();
    const { kernelKind, entry = poolWorkerUrl() } = this.#options;
    const foregroundWaiting = this.#foregroundWaiting;
    const workerData: WorkerData = { slot, kernelKind, foregroundWaiting };
    // Flags of the process are for its own entry point: loaders, preloads, an inspector's port.
    const worker = new Worker(entry, { execArgv: [], workerData });
    const sentCounts = { foreground: 0, background: 0 };
    const thread: Thread = { worker, slot, sent: new Map(), sentCounts };
    let cause: unknown;
    worker.on("message", (answer: AnswerMessage) => this.#receive(thread, answer));
    worker.on("error", (error) => {
      cause = error;
    });
    worker.on("exit", () => this.#bury(thread, cause));
    this.#threads.add(thread);
    return thread;
  }

  /** The smallest number from 1 that no thread has: 0 is the main thread's. */
  #freeSlot(): number {
    const taken = new Set([...this.#threads].map(({ slot }) => slot));
    let slot = 1;
    while (taken.has(slot)) slot++;
    return slot;
  }

  #receive(thread: Thread, answer: AnswerMessage): void {
    const { job, index } = must(thread.sent.get(answer.id), "a thread answers each message once");
    thread.sent.delete(answer.id);
    thread.sentCounts[job.lane]--;
    if ("error" in answer) this.#fail(job, fromPlain(answer.error));
    else job.finish(index, answer.result);
    this.#dispatch();
    if (thread.sent.size === 0) thread.worker.unref();
  }

  /** Removes a thread that has ended, and gives its tasks to another one or fails their jobs. */
  #bury(thread: Thread, cause: unknown): void {
    this.#threads.delete(thread);
    if (this.#isClosed) return;
    for (const { job, index } of thread.sent.values()) {
      if (job.isSettled) continue;
      const tryCount = TRY_COUNT_MAX[job.lane];
      if (tryCount > 1 && job.retry(index)) this.#queue.addAgain(job);
      else this.#fail(job, crashError(job.lane, { tryCount, cause, hint: buildHint() }));
    }
    this.#dispatch();
  }

  #fail(job: Job, error: EngineError): void {
    this.#queue.remove(job);
    job.fail(error);
  }

  /** How much of what `queueCountMax` bounds there would be with a job of so many tasks. */
  #waitingWith(lane: Lane, taskCount: number): number {
    return lane === "foreground"
      ? this.#queue.taskCount(lane) + taskCount
      : this.#queue.jobCount(lane) + 1;
  }

  #overloadError(lane: Lane): EngineError {
    const { queueCountMax } = this.#options;
    const found = `${this.#waitingWith(lane, 0)} wait`;
    const message = `Cannot queue another ${lane} job: ${found}, at most ${queueCountMax} may`;
    return new EngineError("limit-exceeded", message, { details: { queueCountMax } });
  }
}

/**
 * Where the worker's entry lies. Node 20 can't run TypeScript in a thread, and no loader of the
 * main thread (Vitest's, tsx) reaches into one: so, when this module runs as a source, threads run
 * the built file of the same name. Tests therefore need a build, as `npm test` makes one first;
 * without it a scan fails with the message of `crashError`.
 */
function poolWorkerUrl(): URL {
  return isSource()
    ? new URL("../../dist/workers/pool-worker.js", import.meta.url)
    : new URL("./pool-worker.js", import.meta.url);
}

function buildHint(): string {
  return isSource() ? ". Threads run the built files: run the build first" : "";
}

function isSource(): boolean {
  return import.meta.url.endsWith(".ts");
}
