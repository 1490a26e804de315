import { availableParallelism } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import { assert } from "../base/assert.ts";
import { assertScannable, type ScanRequest, scanCost, scanFlat } from "../index/flat/flat-scan.ts";
import { mergeHits, type ScanHits } from "../index/flat/scan-hits.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { memoryOf, slotCountMax } from "../kernels/vector-memory.ts";
import { splitRequest, taskOf } from "./scan-task.ts";
import {
  cancelledError,
  closedError,
  WorkerThreads,
  type WorkerThreadsOptions,
} from "./worker-threads.ts";

export interface ThreadPoolOptions extends Partial<WorkerThreadsOptions> {
  /** The calling thread's own kernels. */
  readonly kernels: Kernels;
}

/** Scans that take less, all together, are done at once: about ten times what a message costs. */
const IN_PLACE_NS_MAX = 1_500_000;
/**
 * Ranges of a scan per thread: enough that no thread waits long for the slowest, and not more with
 * more rows, since each has hits of its own for every query.
 */
const RANGES_PER_THREAD = 4;
/** A range should be worth its message. */
const RANGE_NS_MIN = 500_000;
/** What a request must be worth to be sent at all. */
const MESSAGE_NS = 100_000;
/** How long a scan on the calling thread may keep other work waiting. */
const TURN_NS_MAX = 2_000_000;
const QUEUE_COUNT_MAX = 4096;

/** A part of a request. */
interface ScanRange {
  readonly requestIndex: number;
  readonly scan: ScanRequest;
}

/**
 * Scans on all cores, so that long ones take a share of the time and never block the event loop.
 * Threads start with the first long scan and never keep the process alive when idle.
 */
export class ThreadPool {
  readonly #kernels: Kernels;
  readonly #threads: WorkerThreads;
  readonly #threadCount: number;
  #isClosed = false;

  constructor(options: ThreadPoolOptions) {
    const {
      kernels,
      threadCount = Math.min(availableParallelism(), slotCountMax - 1),
      ...rest
    } = options;
    assert(threadCount >= 1 && threadCount < slotCountMax, `${threadCount} threads`);
    this.#kernels = kernels;
    this.#threadCount = threadCount;
    this.#threads = new WorkerThreads({ queueCountMax: QUEUE_COUNT_MAX, ...rest, threadCount });
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
    if (this.#isClosed) throw closedError();
    if (signal?.aborted) throw cancelledError(signal);
    requests.forEach(assertScannable);
    const costs = requests.map((request) => scanCost(request, this.#kernels.kind));
    const totalNs = costs.reduce((sum, cost) => sum + cost, 0);
    if (totalNs < IN_PLACE_NS_MAX) return requests.map((request) => this.#scanHere(request));

    const rangeNs = Math.max(RANGE_NS_MIN, totalNs / (RANGES_PER_THREAD * this.#threadCount));
    const near: ScanRange[] = [];
    const far: ScanRange[] = [];
    requests.forEach((request, requestIndex) => {
      const cost = costs[requestIndex];
      const isNear = cost < MESSAGE_NS || memoryOf(request.vectors) === undefined;
      const count = Math.ceil(cost / (isNear ? TURN_NS_MAX : rangeNs));
      const ranges = splitRequest(request, Math.max(1, count));
      (isNear ? near : far).push(...ranges.map((scan) => ({ requestIndex, scan })));
    });
    const [farHits, nearHits] = await Promise.all([
      this.#threads.run(
        far.map(({ scan }) => taskOf(scan)),
        signal,
      ),
      this.#scanByTurns(near, signal),
    ]);
    return mergeRanges(requests, [...near, ...far], [...nearHits, ...farHits]);
  }

  /** Ends the threads. Scans under way fail with `closed`. May be called again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#threads.close();
  }

  #scanHere(request: ScanRequest): ScanHits {
    return scanFlat(this.#kernels, request);
  }

  async #scanByTurns(ranges: readonly ScanRange[], signal?: AbortSignal): Promise<ScanHits[]> {
    const hits: ScanHits[] = [];
    for (const { scan } of ranges) {
      await nextTurn();
      if (signal?.aborted) throw cancelledError(signal);
      if (this.#isClosed) throw closedError();
      hits.push(this.#scanHere(scan));
    }
    return hits;
  }
}

/** The hits of each request from those of its ranges, which lie in ascending order of row. */
function mergeRanges(
  requests: readonly ScanRequest[],
  ranges: readonly ScanRange[],
  hits: readonly ScanHits[],
): readonly ScanHits[] {
  return requests.map((request, requestIndex) => {
    const parts = hits
      .filter((_, i) => ranges[i].requestIndex === requestIndex)
      .map((part) => ({ hits: part, segment: 0 }));
    if (parts.length === 1) return parts[0].hits;
    return mergeHits(request.metric, parts, request.queryCount, request.k);
  });
}
