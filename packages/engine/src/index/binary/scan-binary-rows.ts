import { assert, must } from "../../base/assert.ts";
import { BoundedHeap } from "../../base/bounded-heap.ts";
import type { BinaryMetric } from "../../base/metric.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import { memoryOf, slotAddress, slotBytes } from "../../kernels/vector-memory.ts";
import { allowedCountOf, keepNs, type ScannedRows, stoppedError } from "../flat/flat-scan.ts";
import { RowLister } from "../flat/row-lister.ts";
import { createHits, keySignOf, type ScanHits, writeHits } from "../flat/scan-hits.ts";
import { type BinaryQueries, binaryQueryAt } from "../query-vectors.ts";
import { type BinaryMeasure, codeOf, keyLimitOf } from "./binary-measure.ts";
import { type BinarySearch, HitCollector } from "./binary-search.ts";
import {
  type RowSelector,
  ScalarRowSelector,
  SELECTOR_CAPACITY,
  selectorBytes,
  WasmRowSelector,
} from "./row-selector.ts";

/** Rows to be scanned. */
export interface BinaryScanSource {
  /** Row r is `vectors[r * rowBytes .. (r + 1) * rowBytes]`, in a memory of `allocateVectorBytes`. */
  readonly vectors: Uint8Array;
  /** A row's bytes: its dimension divided by 8. */
  readonly rowBytes: number;
  readonly rowStart: number;
  readonly rowEnd: number;
}

/** An exact search of binary vectors. */
export interface BinaryScan extends ScannedRows {
  readonly kind: "binary";
  readonly metric: BinaryMetric;
  /** The metric, with what it needs to know. */
  readonly measure: BinaryMeasure;
  /** As in {@link BinaryScanSource}. */
  readonly vectors: Uint8Array;
  readonly queries: BinaryQueries;
}

/** Rows that are scanned for all queries before the next: they stay in the caches meanwhile. */
const PIECE_BYTES = 262_144;

/** Keeps the best k per query. Throws `cancelled` as `scanFlat` does. */
export function scanBinary(kernels: Kernels, request: BinaryScan, stop?: Int32Array): ScanHits {
  const { vectors, queries, queryCount, k, rowStart, rowEnd, measure, allowed, range } = request;
  const { rowBytes } = queries;
  const hits = createHits(queryCount, k);
  const capacity = Math.min(k, rowEnd - rowStart);
  const heaps = Array.from({ length: queryCount }, () => new BoundedHeap(capacity));
  const bounds = {
    bound: range?.below ?? Number.POSITIVE_INFINITY,
    ...(range && { lowerBound: range.from }),
    ...(allowed && { allowed }),
  };
  const pieceRows = Math.max(SELECTOR_CAPACITY, Math.floor(PIECE_BYTES / rowBytes));
  for (let start = rowStart; start < rowEnd; start += pieceRows) {
    const end = Math.min(rowEnd, start + pieceRows);
    const source = { vectors, rowBytes, rowStart: start, rowEnd: end };
    for (let q = 0; q < queryCount; q++) {
      const search = { ...bounds, measure, query: binaryQueryAt(queries, q) };
      scanBinaryRows(kernels, source, search, heaps[q]);
      if (stop !== undefined && Atomics.load(stop, 0) !== 0) throw stoppedError();
    }
  }
  const sign = keySignOf(measure.metric);
  for (let q = 0; q < queryCount; q++) writeHits(hits, q, { heap: heaps[q], sign });
  return hits;
}

// Nanoseconds as in flat-scan.ts.
const ROW_NS = 1.5;
const BYTE_NS = { relaxed: 0.2, simd128: 0.2, "wasm-scalar": 0.4, scalar: 8 } as const;

/** About how long a scan takes, in nanoseconds of one core. */
export function binaryScanCost(request: BinaryScan, kind: Kernels["kind"]): number {
  const { queries, queryCount, k } = request;
  const rowCount = allowedCountOf(request);
  const rowNs = ROW_NS + BYTE_NS[kind] * queries.rowBytes;
  return queryCount * (rowCount * rowNs + keepNs(rowCount, k));
}

/** Scans rows of binary vectors exactly: this is BIN_FLAT, and what growing segments do. */
export function scanBinaryRows(
  kernels: Kernels,
  source: BinaryScanSource,
  { measure, ...search }: BinarySearch & { readonly measure: BinaryMeasure },
  heap: BoundedHeap,
): void {
  const { rowStart, rowEnd, rowBytes } = source;
  assert(search.query.length === rowBytes, `${search.query.length} bytes of ${rowBytes}`);
  if (heap.capacity === 0) return;
  const selector = selectorOver(kernels, source, measure);
  selector.setQuery(search.query);
  const hits = new HitCollector(heap, search, keyLimitOf(measure.metric));
  if (search.allowed === undefined) {
    for (let row = rowStart; row < rowEnd; row += SELECTOR_CAPACITY) {
      const count = Math.min(SELECTOR_CAPACITY, rowEnd - row);
      hits.take(selector, selector.selectRange(row, count, hits.bound));
    }
    return;
  }
  const lister = new RowLister({ rowStart, rowEnd, allowed: search.allowed });
  for (let count = lister.next(selector.rows); count > 0; count = lister.next(selector.rows)) {
    hits.take(selector, selector.selectRows(count, hits.bound));
  }
}

/** What picks rows of a column of vectors, in WebAssembly where they lie there. */
export function selectorOver(
  kernels: Kernels,
  { vectors, rowBytes }: Pick<BinaryScanSource, "vectors" | "rowBytes">,
  measure: BinaryMeasure,
): RowSelector {
  const code = codeOf(measure);
  const place = memoryOf(vectors);
  if (place === undefined || kernels.kind === "scalar") {
    return new ScalarRowSelector(code, rowBytes, vectors);
  }
  assert(selectorBytes(rowBytes) <= slotBytes, `rows of ${rowBytes} bytes`);
  const scratch = slotAddress(place, kernels.slot);
  return new WasmRowSelector(code, rowBytes, {
    exports: must(kernels.exportsOver(place.memory), "kernels in WebAssembly"),
    buffer: place.memory.buffer,
    base: vectors.byteOffset,
    scratch,
  });
}
