import { unreachable } from "../base/assert.ts";
import { BoundedHeap } from "../base/bounded-heap.ts";
import type { DenseMetric } from "../base/metric.ts";
import type { Kernels, RowScorer } from "../kernels/kernels.ts";
import { adoptMemory } from "../kernels/vector-memory.ts";
import { BinaryIvfSearcher } from "./binary/binary-ivf-searcher.ts";
import type { BuiltIndex } from "./built-index.ts";
import { FileScorers, type ReadRow } from "./file-scorer.ts";
import { collectScores } from "./flat/flat-scan.ts";
import { RowLister } from "./flat/row-lister.ts";
import { createMergedHits, keySignOf, type MergedHits, mergedHitsOver } from "./flat/scan-hits.ts";
import { GraphSearcher } from "./graph/graph-searcher.ts";
import type { IndexedSearch, IndexedSegment, KeyRange } from "./indexed-search.ts";
import { IvfSearcher } from "./ivf/ivf-searcher.ts";
import { MinHashSearcher } from "./minhash/min-hash-searcher.ts";
import {
  type BinaryQueries,
  binaryQueryAt,
  type DenseQueries,
  denseQueryAt,
  type SparseQueries,
} from "./query-vectors.ts";
import { allowedRowsOf } from "./search-cost.ts";
import { sparseVectorAt } from "./sparse/sparse-rows.ts";
import { SparseSearcher } from "./sparse/sparse-searcher.ts";
import { defaultMinHashEffort } from "./vector-index.ts";

/** Searches segments through their indexes. Belongs to one thread. */
export class IndexSearchers {
  readonly #kernels: Kernels;
  readonly #files: FileScorers;
  readonly #ivf: IvfSearcher;
  readonly #graph: GraphSearcher;
  readonly #binary: BinaryIvfSearcher;
  readonly #minHash: MinHashSearcher;
  readonly #sparse: SparseSearcher;

  constructor(kernels: Kernels, readRow: ReadRow) {
    this.#kernels = kernels;
    this.#files = new FileScorers(kernels, readRow);
    this.#ivf = new IvfSearcher(kernels);
    this.#graph = new GraphSearcher(kernels);
    this.#binary = new BinaryIvfSearcher(kernels);
    this.#minHash = new MinHashSearcher(kernels);
    this.#sparse = new SparseSearcher(kernels);
  }

  /**
   * The best k rows of all segments together, per query.
   * Of equal keys the one of the earlier segment and the smaller row is the better.
   */
  search(search: IndexedSearch): MergedHits {
    const { segments, queryCount, k, metric } = search;
    const firstIds = firstIdsOf(segments);
    const first = this.#searchOne(search, 0, firstIds);
    // The heap of a single query has the form of its hits already.
    const hits =
      queryCount === 1 && first.capacity === k
        ? mergedHitsOver(first)
        : createMergedHits(queryCount, k);
    for (let query = 0; query < queryCount; query++) {
      const best = query === 0 ? first : this.#searchOne(search, query, firstIds);
      const count = best.sort();
      const { keys, ids } = best;
      hits.counts[query] = count;
      const start = query * k;
      let segment = 0;
      for (let i = 0; i < count; i++) {
        // Ids of several segments come in no order: start anew when one is smaller.
        if (ids[i] < firstIds[segment]) segment = 0;
        while (ids[i] >= firstIds[segment + 1]) segment++;
        hits.rows[start + i] = ids[i] - firstIds[segment];
        hits.segments[start + i] = search.firstSegment + segment;
        hits.scores[start + i] = keySignOf(metric) * keys[i];
      }
    }
    return hits;
  }

  /** The hits of one query: row r of segment s is `firstIds[s] + r`. */
  #searchOne(search: IndexedSearch, query: number, firstIds: Float64Array): BoundedHeap {
    const { segments, queries, range } = search;
    const k = Math.min(search.k, firstIds[segments.length]);
    const best = new BoundedHeap(k);
    const below = range?.below ?? Number.POSITIVE_INFINITY;
    for (let s = 0; s < segments.length; s++) {
      const found = s === 0 ? best : new BoundedHeap(k);
      const one = { segment: segments[s], query, below, best, found };
      switch (queries.kind) {
        case "dense":
          this.#searchDense(search, one, queries);
          break;
        case "binary":
          this.#searchBinary(search, one, queries);
          break;
        case "sparse":
          this.#searchSparse(search, one, queries);
          break;
        case "list":
          break; // lists have no indexes
        default:
          unreachable(queries);
      }
      if (found !== best) moveTo(best, found, firstIds[s]);
    }
    return best;
  }

  #searchDense(search: IndexedSearch, one: OneSearch, queries: DenseQueries): void {
    const { segment, found } = one;
    const vector = denseQueryAt(queries, one.query);
    const scorer = this.#scorerOf(search, segment, { dim: queries.dim, vector });
    if (segment.isScanned) {
      scanAllowed(segment, search, { scorer, heap: found });
      return;
    }
    const { k, effort, range } = search;
    const { allowed } = segment;
    for (const index of segment.indexes) {
      const indexSearch = {
        query: vector,
        k,
        effort,
        bound: boundOf(one),
        scorer,
        allowed,
        allowedCount: allowed && allowedRowsOf(index, segment),
        lowerBound: range?.from,
      };
      if (index.kind === "ivf") this.#ivf.search(index, indexSearch, found);
      else if (index.kind === "graph") this.#graph.search(index, indexSearch, found);
      else misfit(index);
    }
  }

  #searchBinary(search: IndexedSearch, one: OneSearch, queries: BinaryQueries): void {
    const { segment, found } = one;
    const { k, effort, range } = search;
    const query = binaryQueryAt(queries, one.query);
    for (const index of segment.indexes) {
      const binarySearch = { query, bound: boundOf(one), ...restrictions(segment, range) };
      if (index.kind === "binary") {
        const probeCount = effort.probeCount ?? index.centroids.count;
        this.#binary.search(index, { ...binarySearch, probeCount }, found);
      } else if (index.kind === "minhash" && segment.vectors.place === "bits") {
        const { withJaccard, candidateCount } = effort.minHash ?? defaultMinHashEffort;
        const source = { values: segment.vectors.values, rowBytes: queries.rowBytes };
        const candidates = { withJaccard, candidateCount: Math.max(k, candidateCount) };
        this.#minHash.search(index, source, { ...binarySearch, ...candidates }, found);
      } else misfit(index);
    }
  }

  #searchSparse(search: IndexedSearch, one: OneSearch, queries: SparseQueries): void {
    const { segment, found } = one;
    const query = sparseVectorAt(queries.rows, one.query);
    const effort = search.effort.sparse ?? {};
    for (const index of segment.indexes) {
      if (index.kind !== "sparse") misfit(index);
      const bound = boundOf(one);
      const restricted = restrictions(segment, search.range);
      this.#sparse.search(index, { query, ...effort, bound, ...restricted }, found);
    }
  }

  #scorerOf(
    search: IndexedSearch,
    { vectors }: IndexedSegment,
    { dim, vector }: { dim: number; vector: Float32Array },
  ): RowScorer {
    // Dense vectors are compared by no other.
    const metric = search.metric as DenseMetric;
    const block = { metric, dim, queries: vector, queryCount: 1 };
    if (vectors.place === "memory") return this.#kernels.prepare(block, vectors);
    if (vectors.place === "file") return this.#files.prepare(block, vectors);
    throw new TypeError(`dense vectors in the place "${vectors.place}"`);
  }
}

/** A search for one vector in one segment. */
interface OneSearch {
  readonly segment: IndexedSegment;
  /** The number of the query. */
  readonly query: number;
  /** Where the range of keys ends. */
  readonly below: number;
  /** What was found in other segments. */
  readonly best: BoundedHeap;
  readonly found: BoundedHeap;
}

function boundOf({ below, best, found }: OneSearch): number {
  return Math.min(below, best.bound, found.bound);
}

function restrictions(
  { allowed }: IndexedSegment,
  range: KeyRange | undefined,
): Pick<IndexedSegment, "allowed"> & { readonly lowerBound: number | undefined } {
  return { allowed, lowerBound: range?.from };
}

function misfit({ kind }: BuiltIndex): never {
  throw new TypeError(`an index of the kind "${kind}" for vectors of another`);
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
    if (vectors.place === "memory" || vectors.place === "bits") {
      adoptMemory(vectors.values, vectors.memory);
    }
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
