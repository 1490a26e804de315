import { Worker } from "node:worker_threads";
import { must } from "../base/assert.ts";
import { EngineError, messageOf } from "../base/errors.ts";
import type { ScanHits } from "../index/flat/scan-hits.ts";
import type { ScanTask, ScanWorkerData } from "./scan-task.ts";

export interface WorkerThreadsOptions {
  readonly threadCount: number;
  /** Most tasks that wait for a thread. */
  readonly queueCountMax: number;
  /** The module that a thread runs: it answers each {@link ScanTask} with {@link ScanHits}. */
  readonly entry?: URL;
}

/** Tasks that were given together: they succeed or fail as one. */
interface Job {
  readonly hits: ScanHits[];
  unfinishedCount: number;
  isSettled: boolean;
  readonly resolve: (hits: readonly ScanHits[]) => void;
  readonly reject: (error: EngineError) => void;
}

interface QueuedTask {
  readonly job: Job;
  /** The task's place among its job's. */
  readonly index: number;
  readonly task: ScanTask;
  crashCount: number;
}

interface Thread {
  readonly worker: Worker;
  readonly slot: number;
  current: QueuedTask | undefined;
}

/** A task whose thread dies is tried once more; then it is the task that kills threads. */
const CRASH_COUNT_MAX = 2;

/**
 * Threads that are started when there is work for them, and the queue before them. A thread has
 * one task at a time, and keeps the process alive only as long as it has one.
 */
export class WorkerThreads {
  readonly #options: WorkerThreadsOptions;
  readonly #threads = new Set<Thread>();
  readonly #idle: Thread[] = [];
  #queue: QueuedTask[] = [];
  #isClosed = false;

  constructor(options: WorkerThreadsOptions) {
    this.#options = options;
  }

  /**
   * Runs tasks and answers their hits in the same order. When `signal` aborts, those that wait are
   * dropped, and those that run finish for nothing.
   *
   * @throws EngineError `cancelled`, `closed`, `limit-exceeded` when too many tasks wait already,
   * and `io` when a task's thread died twice.
   */
  run(tasks: readonly ScanTask[], signal?: AbortSignal): Promise<readonly ScanHits[]> {
    if (this.#isClosed) return Promise.reject(closedError());
    if (signal?.aborted) return Promise.reject(cancelledError(signal));
    if (tasks.length === 0) return Promise.resolve([]);
    if (this.#queue.length + tasks.length > this.#options.queueCountMax) {
      return Promise.reject(this.#overloadError(tasks.length));
    }
    const { promise, job } = createJob(tasks.length);
    this.#queue.push(...tasks.map((task, index) => ({ job, index, task, crashCount: 0 })));
    this.#dispatch();
    if (signal === undefined) return promise;
    const abort = (): void => this.#fail(job, cancelledError(signal));
    signal.addEventListener("abort", abort, { once: true });
    return promise.finally(() => signal.removeEventListener("abort", abort));
  }

  /** Ends all threads; what waits or runs fails with `closed`. May be called again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const threads = [...this.#threads];
    const unfinished = [...this.#queue, ...threads.flatMap(({ current }) => current ?? [])];
    for (const { job } of unfinished) this.#fail(job, closedError());
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const thread = this.#idle.pop() ?? this.#spawn();
      if (thread === undefined) return;
      thread.current = must(this.#queue.shift(), "the queue is not empty");
      thread.worker.ref();
      thread.worker.postMessage(thread.current.task);
    }
  }

  #spawn(): Thread | undefined {
    if (this.#threads.size >= this.#options.threadCount) return undefined;
    // Flags of the process are for its own entry point: loaders, preloads, an inspector's port.
    const slot = this.#freeSlot();
    const workerData: ScanWorkerData = { slot };
    const worker = new Worker(this.#options.entry ?? scanWorkerUrl(), { execArgv: [], workerData });
    const thread: Thread = { worker, slot, current: undefined };
    let cause: unknown;
    worker.on("message", (hits: ScanHits) => this.#finish(thread, hits));
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

  #finish(thread: Thread, hits: ScanHits): void {
    const { current } = thread;
    thread.current = undefined;
    thread.worker.unref();
    this.#idle.push(thread);
    if (current !== undefined) {
      const { job, index } = current;
      job.hits[index] = hits;
      job.unfinishedCount--;
      if (job.unfinishedCount === 0 && !job.isSettled) {
        job.isSettled = true;
        job.resolve(job.hits);
      }
    }
    this.#dispatch();
  }

  /** Removes a thread that has ended, and gives its task to another one. */
  #bury(thread: Thread, cause: unknown): void {
    this.#threads.delete(thread);
    const place = this.#idle.indexOf(thread);
    if (place >= 0) this.#idle.splice(place, 1);
    const { current } = thread;
    if (this.#isClosed || current === undefined || current.job.isSettled) {
      // Nobody waits for it.
    } else if (++current.crashCount < CRASH_COUNT_MAX) {
      this.#queue.unshift(current);
    } else {
      this.#fail(current.job, crashError(cause));
    }
    if (!this.#isClosed) this.#dispatch();
  }

  #fail(job: Job, error: EngineError): void {
    if (job.isSettled) return;
    job.isSettled = true;
    this.#queue = this.#queue.filter((queued) => queued.job !== job);
    job.reject(error);
  }

  #overloadError(taskCount: number): EngineError {
    const { queueCountMax } = this.#options;
    const found = `${this.#queue.length} tasks wait`;
    const message = `Cannot queue ${taskCount} scan tasks: ${found}, at most ${queueCountMax} may`;
    return new EngineError("limit-exceeded", message, { details: { queueCountMax } });
  }
}

/**
 * Where the worker's entry lies. Node 20 can't run TypeScript in a thread, and no loader of the
 * main thread (Vitest's, tsx) reaches into one: so, when this module runs as a source, threads run
 * the built file of the same name. Tests therefore need a build, as `npm test` makes one first;
 * without it a scan fails with the message of `crashError`.
 */
function scanWorkerUrl(): URL {
  return isSource()
    ? new URL("../../dist/workers/scan-worker.js", import.meta.url)
    : new URL("./scan-worker.js", import.meta.url);
}

function isSource(): boolean {
  return import.meta.url.endsWith(".ts");
}

function createJob(taskCount: number): { promise: Promise<readonly ScanHits[]>; job: Job } {
  let job: Job | undefined;
  const promise = new Promise<readonly ScanHits[]>((resolve, reject) => {
    job = { hits: [], unfinishedCount: taskCount, isSettled: false, resolve, reject };
  });
  return { promise, job: must(job, "a promise calls its executor at once") };
}

function crashError(cause: unknown): EngineError {
  const hint = isSource() ? ". Threads run the built files: run the build first" : "";
  const reason = cause === undefined ? "it ended" : messageOf(cause);
  const message = `Cannot scan in a worker thread, tried ${CRASH_COUNT_MAX} times: ${reason}${hint}`;
  return new EngineError("io", message, { cause });
}

/** What a scan fails with when its pool is closed. */
export function closedError(): EngineError {
  return new EngineError("closed", "Cannot scan: the thread pool is closed");
}

/** What a scan fails with whose signal has aborted. */
export function cancelledError(signal: AbortSignal): EngineError {
  return new EngineError("cancelled", "The search was cancelled", { cause: signal.reason });
}
