import { availableParallelism } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import { assert } from "../base/assert.ts";
import { monotonicNowMs } from "../base/clock.ts";
import type { ScanRequest } from "../index/exact-scan.ts";
import type { MergedHits, ScanHits } from "../index/flat/scan-hits.ts";
import type { IndexedSearch } from "../index/indexed-search.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { slotCountMax } from "../kernels/vector-memory.ts";
import type { BuildStep } from "./build-step.ts";
import { type ForegroundWork, IN_PLACE_NS_MAX, planWork } from "./foreground-work.ts";
import { indexSearchWork } from "./index-search-work.ts";
import { cancelledError, closedError } from "./pool-errors.ts";
import type { ResultOf, Task } from "./run-task.ts";
import { scanWork } from "./scan-work.ts";
import { WorkerThreads } from "./worker-threads.ts";

export interface ThreadPoolOptions {
  /** The calling thread's own kernels. Threads load the same kind. */
  readonly kernels: Kernels;
  /** 1 to 128. Default: one per core. */
  readonly threadCount?: number;
  /** Most parts of searches, and most builds, that wait for a thread. Default 4096. */
  readonly queueCountMax?: number;
  /** The module that a thread runs; for tests. */
  readonly entry?: URL;
}

/** How the steps of a build are run. */
export interface RunStepsOptions {
  readonly signal?: AbortSignal;
  /** Told how many steps are finished: from 1 up by one, to their number. Must not throw. */
  readonly onProgress?: (finishedCount: number) => void;
}

const QUEUE_COUNT_MAX = 4096;
/** So long short searches, one after the other, may keep the event loop from its turn. */
const BETWEEN_TURNS_MS = 5;

/**
 * Runs searches and builds on all cores, so that long ones take a share of the time and never block
 * the event loop. Searches go before builds. Threads start with the first long work and never keep
 * the process alive when idle.
 */
export class ThreadPool {
  /** Most threads that work at a time, beside the calling one. */
  readonly threadCount: number;
  readonly #kernels: Kernels;
  readonly #threads: WorkerThreads;
  #isClosed = false;
  #nextTurnMs = 0;

  constructor({ kernels, threadCount, queueCountMax, entry }: ThreadPoolOptions) {
    const count = threadCount ?? Math.min(availableParallelism(), slotCountMax - 1);
    assert(count >= 1 && count < slotCountMax, `${count} threads`);
    this.#kernels = kernels;
    this.threadCount = count;
    this.#threads = new WorkerThreads({
      threadCount: count,
      queueCountMax: queueCountMax ?? QUEUE_COUNT_MAX,
      kernelKind: kernels.kind,
      ...(entry && { entry }),
    });
  }

  /** Whether indexes can be built at all: their kernels are WebAssembly, which some runtimes lack. */
  get canBuild(): boolean {
    return this.#kernels.kind !== "scalar";
  }

  /**
   * Scans as each request says and answers their hits in the same order: the same as `scanFlat`
   * would. Short scans are done before this returns. Vectors that are not in a
   * `SharedArrayBuffer` are scanned on the calling thread, with pauses for other work. Arrays that
   * a request names must not change before the answer.
   *
   * @throws EngineError `cancelled` when `signal` aborts first, `closed`, `limit-exceeded` when
   * thousands of scans wait, and `io` when threads die.
   */
  async scan(requests: readonly ScanRequest[], signal?: AbortSignal): Promise<readonly ScanHits[]> {
    return this.#runShort(scanWork, requests, signal) ?? this.#runLong(scanWork, requests, signal);
  }

  /**
   * Searches indexes: in threads, or at once when that is short, and then it answers the hits
   * themselves, unless others are to have a turn. Throws as `scan` does.
   */
  searchIndexes(search: IndexedSearch, signal?: AbortSignal): MergedHits | Promise<MergedHits> {
    const work = indexSearchWork;
    const results = this.#runShort(work, [search], signal) ?? this.#runLong(work, [search], signal);
    return results instanceof Promise ? results.then(([hits]) => hits) : results[0];
  }

  /**
   * Runs the steps of one phase of a build, in any order and several at a time, and answers their
   * results in the order of the steps. Searches go first, but for a step after some of them (see
   * `TURN_COUNT`); builds share the threads by turns. The
   * first step that fails fails all: those that are under way then go on for some milliseconds.
   *
   * @throws EngineError what a step throws, `cancelled` when `signal` aborts first, `closed`,
   * `limit-exceeded` when thousands of builds wait, and `io` when a thread dies: what the steps
   * were to write must be thrown away then.
   */
  run(
    steps: readonly BuildStep[],
    { signal, onProgress }: RunStepsOptions = {},
  ): Promise<readonly unknown[]> {
    const tasks = steps.map((step) => ({ kind: "step", step }) as const);
    return this.#threads.run(tasks, { lane: "background", signal, onProgress });
  }

  /** Ends the threads. What is under way fails with `closed`. May be called again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#threads.close();
  }

  /**
   * Does the requests at once when they are short; `undefined` when they are not. Most searches are,
   * and are over before a promise would be.
   */
  #runShort<Request, T extends Task>(
    work: ForegroundWork<Request, T, ResultOf<T>>,
    requests: readonly Request[],
    signal: AbortSignal | undefined,
  ): readonly ResultOf<T>[] | Promise<readonly ResultOf<T>[]> | undefined {
    if (this.#isClosed) throw closedError("foreground");
    if (signal?.aborted) throw cancelledError("foreground", signal);
    const { kind } = this.#kernels;
    let totalNs = 0;
    for (const request of requests) {
      work.check(request);
      totalNs += work.costNs(request, kind);
    }
    if (totalNs >= IN_PLACE_NS_MAX) return undefined;
    const results = requests.map((request) => work.runHere(this.#kernels, request));
    return this.#isTurnDue() ? nextTurn(results) : results;
  }

  /** Does the requests in threads, and what they can't see turn by turn. */
  async #runLong<Request, T extends Task>(
    work: ForegroundWork<Request, T, ResultOf<T>>,
    requests: readonly Request[],
    signal: AbortSignal | undefined,
  ): Promise<readonly ResultOf<T>[]> {
    const costsNs = requests.map((request) => work.costNs(request, this.#kernels.kind));
    const here = (request: Request): ResultOf<T> => work.runHere(this.#kernels, request);
    const { threadCount } = this;
    const { isBusy } = this.#threads;
    const { near, far } = planWork(work, requests, { costsNs, threadCount, isBusy });
    const tasks = far.map(({ part }) => work.taskOf(part));
    const [nearResults, farResults] = await Promise.all([
      this.#runByTurns(
        near.map(
          ({ part }) =>
            () =>
              here(part),
        ),
        signal,
      ),
      this.#threads.run(tasks, { lane: "foreground", signal }),
    ]);
    const results = [...nearResults, ...farResults];
    const parts: ResultOf<T>[][] = requests.map(() => []);
    for (const [i, { requestIndex }] of [...near, ...far].entries()) {
      parts[requestIndex].push(results[i]);
    }
    return requests.map((request, i) => work.join(request, parts[i]));
  }

  /**
   * Whether the event loop is to have a turn: a loop that awaits one short search after the other
   * would never give it one, and timers, sockets and the steps of builds would wait for its end.
   */
  #isTurnDue(): boolean {
    const now = monotonicNowMs();
    if (now < this.#nextTurnMs) return false;
    this.#nextTurnMs = now + BETWEEN_TURNS_MS;
    return true;
  }

  async #runByTurns<Result>(
    turns: readonly (() => Result)[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Result[]> {
    const results: Result[] = [];
    for (const turn of turns) {
      await nextTurn();
      if (signal?.aborted) throw cancelledError("foreground", signal);
      if (this.#isClosed) throw closedError("foreground");
      results.push(turn());
    }
    return results;
  }
}
