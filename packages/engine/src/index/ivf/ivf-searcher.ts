import type { BoundedHeap } from "../../base/bounded-heap.ts";
import type { DenseMetric } from "../../base/metric.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import { keySignOf } from "../flat/scan-hits.ts";
import type { IndexSearch, IndexSearcher } from "../vector-index.ts";
import { orderOfFloat } from "./float-order.ts";
import type { IvfIndex } from "./ivf-index.ts";
import { type Probing, probingOf } from "./ivf-plan.ts";
import type { IvfQuantizer } from "./ivf-quantizer.ts";
import { ListScan } from "./list-scan.ts";
import { QueryPreparer } from "./query-preparer.ts";

/** Rows that are scored exactly at a time. */
const batchRows = 16;

/**
 * Searches IVFs in two phases. One call of a kernel scans the codes of the nearest lists and keeps
 * the rows that may be among the best, going by the bounds of their estimates. These are scored
 * exactly in ascending order of their lower bounds, until the next is no better than the worst of
 * the best (Seidl and Kriegel, "Optimal multi-step k-nearest neighbor search", SIGMOD 1998).
 */
export class IvfSearcher implements IndexSearcher<IvfIndex> {
  readonly #kernels: Kernels;
  readonly #scans = new WeakMap<IndexMemory, ListScan>();
  readonly #preparers = new WeakMap<IndexMemory, QueryPreparer>();

  constructor(kernels: Kernels) {
    this.#kernels = kernels;
  }

  search(index: IvfIndex, search: IndexSearch, heap: BoundedHeap): void {
    if (search.k === 0 || search.allowedCount === 0) return;
    const { listCount } = index.quantizer;
    const { k, effort, allowedCount = index.rowEnd - index.rowStart } = search;
    // Of few allowed rows, or for a large k, the lists may have too little: then more are looked
    // into, as Milvus does, but not when rows have to be better than others, or in a range.
    const mustFill = search.bound === Number.POSITIVE_INFINITY && search.lowerBound === undefined;
    let probing = probingOf(index, { k, effort, allowedCount });
    let first = 0;
    for (;;) {
      const end = this.searchLists(index, search, { first, probing }, heap);
      if (!mustFill || heap.size >= Math.min(k, heap.capacity) || end >= listCount) return;
      first = end;
      probing = { most: Math.min(listCount, 2 * end), reach: Number.POSITIVE_INFINITY };
    }
  }

  /** Looks into certain lists, but not the `first` best of them; answers where it has ended. */
  searchLists(
    index: IvfIndex,
    search: IndexSearch,
    { first, probing }: { first: number; probing: Probing },
    heap: BoundedHeap,
  ): number {
    const { quantizer } = index;
    const { k, allowed, lowerBound } = search;
    const scan = this.#scanOf(index);
    const query = this.#preparerOf(quantizer).prepare(search.query, probing);
    const scale = quantizer.metric === "COSINE" ? 2 : query.keyScale;
    const floor = lowerBound ?? Number.NEGATIVE_INFINITY;
    scan.begin(query, {
      k,
      firstProbe: first,
      floor: toGap(quantizer.metric, floor, scale),
      ...(allowed && { allowed }),
    });
    for (let isDone = false; !isDone; ) {
      const bound = Math.min(search.bound, heap.bound);
      isDone = scan.run(toGap(quantizer.metric, bound, scale));
      scoreCandidates(scan, search, { heap, metric: quantizer.metric, scale });
    }
    return query.probeCount;
  }

  #scanOf(index: IvfIndex): ListScan {
    const memory = IndexMemory.over(index.memory);
    let scan = this.#scans.get(memory);
    if (scan === undefined) {
      scan = new ListScan(this.#kernels, index);
      this.#scans.set(memory, scan);
    }
    return scan;
  }

  #preparerOf(quantizer: IvfQuantizer): QueryPreparer {
    const memory = IndexMemory.over(quantizer.memory);
    let preparer = this.#preparers.get(memory);
    if (preparer === undefined) {
      preparer = new QueryPreparer(this.#kernels, quantizer);
      this.#preparers.set(memory, preparer);
    }
    return preparer;
  }
}

/**
 * What a key is inside, where vectors have norm 1 under COSINE, and their squared distances are
 * 2 - 2 cos.
 */
function toGap(metric: DenseMetric, key: number, scale: number): number {
  return metric === "COSINE" ? 2 + scale * key : scale * key;
}

/** Scores the candidates that a scan has found, the most promising first, and offers them. */
function scoreCandidates(
  scan: ListScan,
  { scorer, bound, lowerBound = Number.NEGATIVE_INFINITY, k }: IndexSearch,
  { heap, metric, scale }: { heap: BoundedHeap; metric: DenseMetric; scale: number },
): void {
  const { candidates, candidateCount } = scan;
  const { rows, scores } = scorer;
  const sign = keySignOf(metric);
  const most = Math.min(batchRows, scorer.rowCapacity);
  let limit = Math.min(bound, heap.bound);
  let sorted = 0;
  for (let start = 0; start < candidateCount; start += most) {
    if (start + most > sorted && sorted < candidateCount) {
      const wanted = Math.min(candidateCount - sorted, Math.max(4 * most, sorted, 2 * k));
      scan.sort(sorted, wanted);
      sorted += wanted;
    }
    if (candidates[2 * start + 1] >= orderOfFloat(toGap(metric, limit, scale))) return;
    const count = Math.min(most, candidateCount - start);
    for (let i = 0; i < count; i++) rows[i] = candidates[2 * (start + i)];
    scorer.score(count);
    for (let i = 0; i < count; i++) {
      const key = sign * scores[i];
      if (key < limit && key >= lowerBound) {
        heap.push(key, rows[i]);
        limit = Math.min(bound, heap.bound);
      }
    }
  }
}
