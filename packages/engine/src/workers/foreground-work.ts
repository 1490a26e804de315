import { copyQueries, type QueryVectors } from "../index/query-vectors.ts";
import type { KernelKind, Kernels } from "../kernels/kernels.ts";

/**
 * What a pool must know of a kind of work for which somebody waits: what it costs, how it is cut,
 * and how it is done here and, as a task, in a thread.
 */
export interface ForegroundWork<Request, Task, Result> {
  /** Throws unless a request is one that can be done. For our own mistakes. */
  check(request: Request): void;
  /** About how long a request takes, in nanoseconds of one core. */
  costNs(request: Request, kind: KernelKind): number;
  /** Whether threads can see all that it reads. */
  isShared(request: Request): boolean;
  /** Cuts a request into at most `count` parts of about the same cost. */
  split(request: Request, count: number): readonly Request[];
  taskOf(request: Request): Task;
  /** Does a request, or a part of one, in the calling thread. */
  runHere(kernels: Kernels, request: Request): Result;
  /** The result of a request from those of its parts, in the order of the parts. */
  join(request: Request, parts: readonly Result[]): Result;
}

/** Work that takes less, all together, is done at once: about ten times what a message costs. */
export const IN_PLACE_NS_MAX = 1_500_000;
/**
 * Parts per thread: enough that no thread waits long for the slowest, and not more with larger
 * requests, since each has hits of its own for every query.
 */
const PARTS_PER_THREAD = 4;
/** A part should be worth its message. */
const PART_NS_MIN = 500_000;
/** Where others wait already, cutting gains nothing but a thread that is soon free for the next. */
const BUSY_PART_NS_MIN = 5_000_000;
/** What a request must be worth to be sent at all. */
const MESSAGE_NS = 100_000;
/** How long a part that is done in the calling thread may keep other work waiting. */
const TURN_NS_MAX = 2_000_000;

/** A part of a request. */
export interface WorkPart<Request> {
  readonly requestIndex: number;
  readonly part: Request;
}

/** Where to do what: here, one part a turn of the event loop, or in threads. */
export interface WorkPlan<Request> {
  readonly near: readonly WorkPart<Request>[];
  readonly far: readonly WorkPart<Request>[];
}

/** What the cutting depends on. */
export interface WorkConditions {
  /** What each request costs. */
  readonly costsNs: readonly number[];
  readonly threadCount: number;
  /** Whether other work waits for a thread. */
  readonly isBusy: boolean;
}

/** Cuts requests, which cost so much each, into parts that are worth a turn or a message. */
export function planWork<Request>(
  work: Pick<ForegroundWork<Request, unknown, unknown>, "isShared" | "split">,
  requests: readonly Request[],
  { costsNs, threadCount, isBusy }: WorkConditions,
): WorkPlan<Request> {
  const totalNs = costsNs.reduce((sum, cost) => sum + cost, 0);
  const partNsMin = isBusy ? BUSY_PART_NS_MIN : PART_NS_MIN;
  const partNs = Math.max(partNsMin, totalNs / (PARTS_PER_THREAD * threadCount));
  const near: WorkPart<Request>[] = [];
  const far: WorkPart<Request>[] = [];
  requests.forEach((request, requestIndex) => {
    const cost = costsNs[requestIndex];
    const isNear = cost < MESSAGE_NS || !work.isShared(request);
    const count = Math.ceil(cost / (isNear ? TURN_NS_MAX : partNs));
    const parts = work.split(request, Math.max(1, count));
    (isNear ? near : far).push(...parts.map((part) => ({ requestIndex, part })));
  });
  return { near, far };
}

/** What {@link splitByQueries} cuts: any search of several vectors. */
export interface QueryRange {
  readonly queries: QueryVectors;
  readonly queryCount: number;
}

/** Cuts a search into at most `count` ranges of its queries, of about the same length, in order. */
export function splitByQueries<R extends QueryRange>(request: R, count: number): readonly R[] {
  const { queries, queryCount } = request;
  const length = Math.max(1, Math.ceil(queryCount / count));
  const ranges: R[] = [];
  for (let start = 0; start < queryCount; start += length) {
    const end = Math.min(start + length, queryCount);
    const part = copyQueries(queries, { start, end });
    ranges.push({ ...request, queries: part, queryCount: end - start });
  }
  return ranges;
}
