import { assert } from "../../base/assert.ts";
import { popcount } from "../../base/bitset.ts";
import { BoundedHeap } from "../../base/bounded-heap.ts";
import { EngineError } from "../../base/errors.ts";
import type { DenseMetric } from "../../base/metric.ts";
import { type DenseRows, elementBytes } from "../../kernels/dense-rows.ts";
import type { Kernels, RowScorer } from "../../kernels/kernels.ts";
import { queryCapacityOf } from "../../kernels/query-block.ts";
import type { KeyRange } from "../indexed-search.ts";
import { RowLister, type RowRange } from "./row-lister.ts";
import { createHits, keySignOf, type ScanHits, writeHits } from "./scan-hits.ts";

/** What every exact search of a range of the rows of one segment asks. */
export interface ScannedRows extends RowRange {
  readonly queryCount: number;
  /** Most hits per query, at least 1. */
  readonly k: number;
  /** Only rows with keys in this range are hits; absent: all. */
  readonly range?: KeyRange | undefined;
}

/** An exact search of dense vectors. */
export interface DenseScan extends ScannedRows {
  readonly kind: "dense";
  readonly metric: DenseMetric;
  readonly vectors: DenseRows;
  readonly dim: number;
  /** The queries, one after the other: `queryCount * dim` floats. */
  readonly queries: Float32Array;
}

/**
 * Scores every allowed row of the range against every query, and keeps the best k per query. Rows
 * without a vector must be left out by `allowed`. A score that is not a number never enters.
 *
 * Throws `cancelled` within about a millisecond when another thread makes `stop[0]`, in shared
 * memory, other than 0.
 */
export function scanFlat(kernels: Kernels, request: DenseScan, stop?: Int32Array): ScanHits {
  assertScannable(request);
  const hits = createHits(request.queryCount, request.k);
  const blockSize = queryCapacityOf(request.dim);
  for (let first = 0; first < request.queryCount; first += blockSize) {
    scanForBlock(kernels, request, { first, hits, stop });
  }
  return hits;
}

/** Scans for the queries from `first` on, as many as fit into a block. */
function scanForBlock(
  kernels: Kernels,
  request: DenseScan,
  { first, hits, stop }: { first: number; hits: ScanHits; stop: Int32Array | undefined },
): void {
  const { dim, metric, k, rowStart, rowEnd, range } = request;
  const queryCount = Math.min(queryCapacityOf(dim), request.queryCount - first);
  const queries = request.queries.subarray(first * dim, (first + queryCount) * dim);
  const scorer = kernels.prepare({ metric, dim, queries, queryCount }, request.vectors);
  const lister = new RowLister(request);
  const capacity = Math.min(k, rowEnd - rowStart);
  const heaps = Array.from({ length: queryCount }, () => new BoundedHeap(capacity));
  const sign = keySignOf(metric);

  for (let count = lister.next(scorer.rows); count > 0; count = lister.next(scorer.rows)) {
    scorer.score(count);
    for (let q = 0; q < queryCount; q++) {
      collectScores(heaps[q], scorer, { count, query: q, sign, range });
    }
    if (stop !== undefined && Atomics.load(stop, 0) !== 0) throw stoppedError();
  }
  for (let q = 0; q < queryCount; q++) writeHits(hits, first + q, { heap: heaps[q], sign });
}

/** What a scan ends with when nobody waits for it any more. */
export function stoppedError(): EngineError {
  return new EngineError("cancelled", "The scan was stopped: nobody waits for it");
}

/** Offers the scores of a block of rows to the heap of one query. */
export function collectScores(
  heap: BoundedHeap,
  scorer: RowScorer,
  block: { count: number; query: number; sign: 1 | -1; range: KeyRange | undefined },
): void {
  const { rows, scores } = scorer;
  const { count, sign, range } = block;
  const start = block.query * scorer.rowCapacity;
  let bound = heap.bound;
  for (let i = 0; i < count; i++) {
    const key = sign * scores[start + i];
    // NaN is not below any bound; a tie is the heap's to decide.
    if (key <= bound && (range === undefined || isWithin(range, key))) {
      heap.push(key, rows[i]);
      bound = heap.bound;
    }
  }
}

function isWithin({ from, below }: KeyRange, key: number): boolean {
  return key >= from && key < below;
}

/** Throws unless the request's ranges lie within its arrays. For our own mistakes, not for users'. */
export function assertScannable(request: DenseScan): void {
  const { vectors, dim, rowEnd, queries, queryCount } = request;
  assert(dim >= 1 && Number.isInteger(dim), `dim is ${dim}`);
  assertRowsScannable(request);
  assert(rowEnd * dim <= vectors.values.length, `row ${rowEnd} of ${vectors.values.length / dim}`);
  assert(queries.length >= queryCount * dim, `${queryCount} queries in ${queries.length} floats`);
}

/** The part of it that holds for scans of any vectors. */
export function assertRowsScannable({ rowStart, rowEnd, k, allowed }: ScannedRows): void {
  assert(rowStart >= 0 && rowStart <= rowEnd, `rows ${rowStart} to ${rowEnd}`);
  assert(k >= 1 && Number.isInteger(k), `k is ${k}`);
  assert(allowed === undefined || allowed.size >= rowEnd, `a filter for ${allowed?.size} rows`);
}

// Nanoseconds on one core of a virtual 2.7 GHz Xeon (Sapphire Rapids), Node 20, vectors in main
// memory, dims 4 to 1536: measured times are 0.5 to 2 times what follows from these. They are not
// measured by each process: a scan is bound by the memory's speed, which differs little more between
// machines, and to measure it takes data that does not fit the caches, and some ten milliseconds.

/** Reading a byte of a row from main memory. */
const READ_NS_PER_BYTE = 0.08;
/** Scoring a byte of a row against a query. */
const SCORE_NS_PER_BYTE = {
  relaxed: 0.02,
  simd128: 0.02,
  "wasm-scalar": 0.14,
  scalar: 0.6,
} as const;
/** Reading a row's score and comparing it with the worst that is kept. */
const COMPARE_NS = 4;
/** Entering a heap, and leaving it. */
const KEEP_NS = 150;
/** A run of rows that a filter allows: finding it, and reading where nothing has been prefetched. */
const RUN_NS = 120;

/**
 * About how long `scanFlat` takes for a request, in nanoseconds of one core. For choosing where to
 * scan, nothing finer.
 */
export function scanCost(request: DenseScan, kind: Kernels["kind"] = "simd128"): number {
  const { dim, k, queryCount, vectors } = request;
  const rowBytes = elementBytes[vectors.element] * dim;
  const rangeLength = request.rowEnd - request.rowStart;
  const rowCount = allowedCountOf(request);
  if (rowCount === 0) return 0;
  const passCount = Math.ceil(queryCount / queryCapacityOf(dim));
  // As many runs and as many newcomers as there are when allowed rows and scores lie at random.
  const runCount = rowCount * Math.max(0, 1 - rowCount / rangeLength);
  const readNs = rowCount * rowBytes * READ_NS_PER_BYTE + runCount * RUN_NS;
  // Narrow components take as long as f32: they are widened first.
  const scoreNs = rowCount * (4 * dim * SCORE_NS_PER_BYTE[kind] + COMPARE_NS);
  return passCount * readNs + queryCount * (scoreNs + keepNs(rowCount, k));
}

/** About how long it takes to keep the best k of so many rows that come in no order. */
export function keepNs(rowCount: number, k: number): number {
  return Math.min(rowCount, k * (1 + Math.log(Math.max(1, rowCount / k)))) * KEEP_NS;
}

/** Rows of the range that the filter allows, to within the range's first and last word. */
export function allowedCountOf({ allowed, rowStart, rowEnd }: RowRange): number {
  if (allowed === undefined) return rowEnd - rowStart;
  let count = 0;
  const wordEnd = (rowEnd + 31) >>> 5;
  for (let i = rowStart >>> 5; i < wordEnd; i++) count += popcount(allowed.words[i]);
  return count;
}
