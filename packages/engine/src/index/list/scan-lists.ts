import { BoundedHeap } from "../../base/bounded-heap.ts";
import type { DenseMetric, ListMetric } from "../../base/metric.ts";
import { type DenseRows, elementBytes } from "../../kernels/dense-rows.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import { queryCapacityOf } from "../../kernels/query-block.ts";
import { SELECTOR_CAPACITY } from "../binary/row-selector.ts";
import { selectorOver } from "../binary/scan-binary-rows.ts";
import { keepNs, type ScannedRows, stoppedError } from "../flat/flat-scan.ts";
import { RowLister } from "../flat/row-lister.ts";
import { createHits, keySignOf, type ScanHits, writeHits } from "../flat/scan-hits.ts";
import {
  type BinaryQueries,
  binaryQueryAt,
  type DenseQueries,
  type ListQueries,
} from "../query-vectors.ts";

/** The vectors of all rows, one after the other: row r has those from `offsets[r]` to `offsets[r + 1]`. */
export interface ListRows {
  readonly offsets: Uint32Array;
  readonly vectors: DenseRows | BitRows;
}

/** Binary vectors one after the other. */
export interface BitRows {
  readonly element: "bit";
  readonly values: Uint8Array;
}

/** An exact search of lists of vectors. Rows without vectors are not found. */
export interface ListScan extends ScannedRows {
  readonly kind: "list";
  readonly metric: ListMetric;
  readonly rows: ListRows;
  readonly queries: ListQueries;
}

/** What the vectors of two lists are compared by. */
const elementMetrics: Readonly<Record<ListMetric, DenseMetric | "HAMMING" | "JACCARD">> = {
  MAX_SIM: "COSINE",
  MAX_SIM_COSINE: "COSINE",
  MAX_SIM_IP: "IP",
  MAX_SIM_L2: "L2",
  MAX_SIM_HAMMING: "HAMMING",
  MAX_SIM_JACCARD: "JACCARD",
};

/** What the vectors of lists are compared by when the lists are by this metric. */
export function elementMetricOf(metric: ListMetric): DenseMetric | "HAMMING" | "JACCARD" {
  return elementMetrics[metric];
}

/**
 * Adds up, for each vector of a query, the best score that a vector of the row has. Throws
 * `cancelled` as `scanFlat` does.
 */
export function scanLists(kernels: Kernels, request: ListScan, stop?: Int32Array): ScanHits {
  const { queries, queryCount, k, rowStart, rowEnd, metric } = request;
  const hits = createHits(queryCount, k);
  const sign = keySignOf(metric);
  for (let query = 0; query < queryCount; query++) {
    const sums = new Float64Array(rowEnd - rowStart);
    const range = { start: queries.offsets[query], end: queries.offsets[query + 1] };
    addBestKeys(kernels, request, { range, sums, stop });
    const heap = new BoundedHeap(Math.min(k, rowEnd - rowStart));
    if (range.start < range.end) offerSums(request, sums, heap);
    writeHits(hits, query, { heap, sign });
  }
  return hits;
}

function offerSums(
  { rows: { offsets }, rowStart, rowEnd, allowed, range }: ListScan,
  sums: Float64Array,
  heap: BoundedHeap,
): void {
  for (let row = rowStart; row < rowEnd; row++) {
    if (offsets[row] === offsets[row + 1]) continue;
    if (allowed !== undefined && !allowed.has(row)) continue;
    const key = Math.fround(sums[row - rowStart]);
    if (range !== undefined && !(key >= range.from && key < range.below)) continue;
    // NaN is no score: of vectors beyond the range of f32.
    if (key <= heap.bound) heap.push(key, row);
  }
}

/** Some vectors of a query, to whose sums the best keys are added. */
interface ListPass {
  readonly range: { readonly start: number; readonly end: number };
  readonly sums: Float64Array;
  readonly stop: Int32Array | undefined;
}

function addBestKeys(kernels: Kernels, request: ListScan, pass: ListPass): void {
  const { vectors: queries } = request.queries;
  const { vectors } = request.rows;
  if (queries.kind === "binary" && vectors.element === "bit") {
    addBinaryKeys(kernels, request, pass, { queries, vectors });
  } else if (queries.kind === "dense" && vectors.element !== "bit") {
    addDenseKeys(kernels, request, pass, { queries, vectors });
  }
}

function addDenseKeys(
  kernels: Kernels,
  request: ListScan,
  { range, sums, stop }: ListPass,
  { queries, vectors }: { queries: DenseQueries; vectors: DenseRows },
): void {
  const { dim } = queries;
  // Those of lists of dense vectors are.
  const metric = elementMetricOf(request.metric) as DenseMetric;
  const sign = keySignOf(metric);
  for (let start = range.start; start < range.end; start += queryCapacityOf(dim)) {
    const end = Math.min(range.end, start + queryCapacityOf(dim));
    const queryCount = end - start;
    const block = queries.values.subarray(start * dim, end * dim);
    const scorer = kernels.prepare({ metric, dim, queries: block, queryCount }, vectors);
    const best = new BestKeys(queryCount, sums, request.rowStart);
    const elements = new ElementLister(request, scorer.rowCapacity);
    for (let count = elements.next(scorer.rows); count > 0; count = elements.next(scorer.rows)) {
      scorer.score(count);
      for (let i = 0; i < count; i++) {
        best.turnTo(elements.rowOf[i]);
        for (let v = 0; v < queryCount; v++) {
          best.offer(v, sign * scorer.scores[v * scorer.rowCapacity + i]);
        }
      }
      if (stop !== undefined && Atomics.load(stop, 0) !== 0) throw stoppedError();
    }
    best.finish();
  }
}

function addBinaryKeys(
  kernels: Kernels,
  request: ListScan,
  { range, sums, stop }: ListPass,
  { queries, vectors }: { queries: BinaryQueries; vectors: BitRows },
): void {
  const { rowBytes } = queries;
  // Those of lists of binary vectors are.
  const metric = elementMetricOf(request.metric) as "HAMMING" | "JACCARD";
  const selector = selectorOver(kernels, { vectors: vectors.values, rowBytes }, { metric });
  for (let vector = range.start; vector < range.end; vector++) {
    selector.setQuery(binaryQueryAt(queries, vector));
    const best = new BestKeys(1, sums, request.rowStart);
    const elements = new ElementLister(request, SELECTOR_CAPACITY);
    for (
      let count = elements.next(selector.rows);
      count > 0;
      count = elements.next(selector.rows)
    ) {
      // With this bound it keeps all of them, in their order.
      selector.selectRows(count, Number.POSITIVE_INFINITY);
      for (let i = 0; i < count; i++) {
        best.turnTo(elements.rowOf[i]);
        best.offer(0, selector.keys[i]);
      }
      if (stop !== undefined && Atomics.load(stop, 0) !== 0) throw stoppedError();
    }
    best.finish();
  }
}

/** Lists the vectors of the allowed rows, a block at a time. */
class ElementLister {
  /** The row of each vector of a block. */
  readonly rowOf: Uint32Array;
  readonly #offsets: Uint32Array;
  readonly #lister: RowLister;
  readonly #rows = new Uint32Array(256);
  #rowCount = 0;
  #place = 0;
  /** The next vector of the row at `#place`. */
  #next = 0;

  constructor(request: ListScan, capacity: number) {
    this.rowOf = new Uint32Array(capacity);
    this.#offsets = request.rows.offsets;
    this.#lister = new RowLister(request);
  }

  /** Fills `target` with the numbers of the next vectors and answers how many, 0 at the end. */
  next(target: Uint32Array): number {
    let count = 0;
    while (count < this.rowOf.length && this.#hasRow()) {
      const row = this.#rows[this.#place];
      const end = Math.min(this.#offsets[row + 1], this.#next + this.rowOf.length - count);
      for (; this.#next < end; this.#next++) {
        this.rowOf[count] = row;
        target[count++] = this.#next;
      }
      if (this.#next >= this.#offsets[row + 1]) this.#goTo(this.#place + 1);
    }
    return count;
  }

  #hasRow(): boolean {
    if (this.#place < this.#rowCount) return true;
    this.#rowCount = this.#lister.next(this.#rows);
    this.#goTo(0);
    return this.#rowCount > 0;
  }

  #goTo(place: number): void {
    this.#place = place;
    if (place < this.#rowCount) this.#next = this.#offsets[this.#rows[place]];
  }
}

/** The best keys of one row after the other, added to its sum. */
class BestKeys {
  readonly #best: Float32Array;
  readonly #sums: Float64Array;
  readonly #rowStart: number;
  #row = -1;

  constructor(count: number, sums: Float64Array, rowStart: number) {
    this.#best = new Float32Array(count);
    this.#sums = sums;
    this.#rowStart = rowStart;
  }

  turnTo(row: number): void {
    if (row === this.#row) return;
    this.finish();
    this.#row = row;
    this.#best.fill(Number.POSITIVE_INFINITY);
  }

  offer(vector: number, key: number): void {
    if (key < this.#best[vector]) this.#best[vector] = key;
  }

  finish(): void {
    if (this.#row < 0) return;
    for (const key of this.#best) this.#sums[this.#row - this.#rowStart] += key;
  }
}

/** About how long a scan takes, in nanoseconds of one core. */
export function listScanCost({ rows, rowStart, rowEnd, queries, queryCount, k }: ListScan): number {
  const { offsets, vectors } = rows;
  const elementCount = offsets[rowEnd] - offsets[rowStart];
  const vectorCount = queries.offsets[queryCount] - queries.offsets[0];
  const bytes =
    queries.vectors.kind === "binary"
      ? queries.vectors.rowBytes
      : queries.vectors.dim * elementBytes[vectors.element === "bit" ? "int8" : vectors.element];
  return elementCount * vectorCount * (5 + 0.1 * bytes) + queryCount * keepNs(rowEnd - rowStart, k);
}
