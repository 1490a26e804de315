import { BoundedHeap } from "../base/bounded-heap.ts";
import type { Kernels, RowScorer } from "../kernels/kernels.ts";
import { adoptMemory } from "../kernels/vector-memory.ts";
import type { BuiltIndex } from "./built-index.ts";
import { FileScorers, type ReadRow } from "./file-scorer.ts";
import { collectScores } from "./flat/flat-scan.ts";
import { RowLister } from "./flat/row-lister.ts";
import { createMergedHits, keySignOf, type MergedHits } from "./flat/scan-hits.ts";
import { GraphSearcher } from "./graph/graph-searcher.ts";
import type { IndexedSearch, IndexedSegment } from "./indexed-search.ts";
import { IvfSearcher } from "./ivf/ivf-searcher.ts";
import { allowedRowsOf } from "./search-cost.ts";

/** Searches segments through their indexes. Belongs to one thread. */
export class IndexSearchers {
  readonly #kernels: Kernels;
  readonly #files: FileScorers;
  readonly #ivf: IvfSearcher;
  readonly #graph: GraphSearcher;

  constructor(kernels: Kernels, readRow: ReadRow) {
    this.#kernels = kernels;
    this.#files = new FileScorers(kernels, readRow);
    this.#ivf = new IvfSearcher(kernels);
    this.#graph = new GraphSearcher(kernels);
  }

  /**
   * The best k rows of all segments together, per query.
   * Of equal keys the one of the earlier segment and the smaller row is the better.
   */
  search(search: IndexedSearch): MergedHits {
    const { segments, queryCount, k, metric } = search;
    const firstIds = firstIdsOf(segments);
    const hits = createMergedHits(queryCount, k);
    const sign = keySignOf(metric);
    for (let query = 0; query < queryCount; query++) {
      const { keys, ids } = this.#searchOne(search, query, firstIds).drain();
      hits.counts[query] = ids.length;
      let segment = 0;
      for (let i = 0; i < ids.length; i++) {
        // Ids of several segments come in no order: start anew when one is smaller.
        if (ids[i] < firstIds[segment]) segment = 0;
        while (ids[i] >= firstIds[segment + 1]) segment++;
        const at = query * k + i;
        hits.rows[at] = ids[i] - firstIds[segment];
        hits.segments[at] = search.firstSegment + segment;
        hits.scores[at] = sign * keys[i];
      }
    }
    return hits;
  }

  /** The hits of one query: row r of segment s is `firstIds[s] + r`. */
  #searchOne(search: IndexedSearch, query: number, firstIds: Float64Array): BoundedHeap {
    const { segments, dim, range } = search;
    const k = Math.min(search.k, firstIds[segments.length]);
    const vector = search.queries.subarray(query * dim, (query + 1) * dim);
    const best = new BoundedHeap(k);
    const below = range?.below ?? Number.POSITIVE_INFINITY;
    for (let s = 0; s < segments.length; s++) {
      const found = s === 0 ? best : new BoundedHeap(k);
      const scorer = this.#scorerOf(search, segments[s], vector);
      if (segments[s].isScanned) scanAllowed(segments[s], search, { scorer, heap: found });
      else {
        for (const index of segments[s].indexes) {
          const bound = Math.min(below, best.bound, found.bound);
          this.#searchIndex(index, search, { segment: segments[s], vector, bound, scorer, found });
        }
      }
      if (found !== best) moveTo(best, found, firstIds[s]);
    }
    return best;
  }

  #searchIndex(
    index: BuiltIndex,
    { k, effort, range }: IndexedSearch,
    one: {
      segment: IndexedSegment;
      vector: Float32Array;
      bound: number;
      scorer: RowScorer;
      found: BoundedHeap;
    },
  ): void {
    const { allowed } = one.segment;
    const search = {
      query: one.vector,
      k,
      effort,
      bound: one.bound,
      scorer: one.scorer,
      ...(allowed && { allowed, allowedCount: allowedRowsOf(index, one.segment) }),
      ...(range && { lowerBound: range.from }),
    };
    if (index.kind === "ivf") this.#ivf.search(index, search, one.found);
    else this.#graph.search(index, search, one.found);
  }

  #scorerOf(search: IndexedSearch, segment: IndexedSegment, query: Float32Array): RowScorer {
    const { vectors } = segment;
    const block = { metric: search.metric, dim: search.dim, queries: query, queryCount: 1 };
    if (vectors.place === "file") return this.#files.prepare(block, vectors);
    return this.#kernels.prepare(block, vectors.values);
  }
}

/** Scores all allowed rows of a segment. */
function scanAllowed(
  { indexes, allowed }: IndexedSegment,
  { metric, range }: IndexedSearch,
  { scorer, heap }: { scorer: RowScorer; heap: BoundedHeap },
): void {
  const { rowEnd } = indexes[indexes.length - 1];
  const lister = new RowLister({ rowStart: 0, rowEnd, ...(allowed && { allowed }) });
  const sign = keySignOf(metric);
  for (let count = lister.next(scorer.rows); count > 0; count = lister.next(scorer.rows)) {
    scorer.score(count);
    collectScores(heap, scorer, { count, query: 0, sign, range });
  }
}

/** Makes the memories of a search's vectors known in a thread that got the search from another one. */
export function adoptVectors(search: IndexedSearch): void {
  for (const { vectors } of search.segments) {
    if (vectors.place === "memory") adoptMemory(vectors.values, vectors.memory);
  }
}

/** Numbers all rows of all segments: those of segment s begin at the s-th, and end at the next. */
function firstIdsOf(segments: readonly IndexedSegment[]): Float64Array {
  const firstIds = new Float64Array(segments.length + 1);
  for (let s = 0; s < segments.length; s++) {
    const { indexes } = segments[s];
    firstIds[s + 1] = firstIds[s] + indexes[indexes.length - 1].rowEnd;
  }
  return firstIds;
}

function moveTo(best: BoundedHeap, found: BoundedHeap, firstId: number): void {
  const { keys, ids } = found.drain();
  for (let i = 0; i < ids.length && keys[i] <= best.bound; i++)
    best.push(keys[i], firstId + ids[i]);
}
