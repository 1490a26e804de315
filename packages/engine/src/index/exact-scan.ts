import { unreachable } from "../base/assert.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { memoryOf, type VectorMemory } from "../kernels/vector-memory.ts";
import { type BinaryScan, binaryScanCost, scanBinary } from "./binary/scan-binary-rows.ts";
import {
  assertRowsScannable,
  assertScannable,
  type DenseScan,
  scanCost as denseScanCost,
  scanFlat,
} from "./flat/flat-scan.ts";
import type { ScanHits } from "./flat/scan-hits.ts";
import { type ListScan, listScanCost, scanLists } from "./list/scan-lists.ts";
import { copyQueries } from "./query-vectors.ts";
import { type SparseScan, scanSparse, sparseScanCost } from "./sparse/scan-sparse-rows.ts";

/** An exact search of a range of the rows of one segment, for vectors of some kind. */
export type ScanRequest = DenseScan | BinaryScan | SparseScan | ListScan;

/**
 * Scores every allowed row of the range against every query, and keeps the best k per query. Throws
 * `cancelled` within some milliseconds when another thread makes `stop[0]`, in shared memory, other
 * than 0.
 */
export function scanRows(kernels: Kernels, request: ScanRequest, stop?: Int32Array): ScanHits {
  switch (request.kind) {
    case "dense":
      return scanFlat(kernels, request, stop);
    case "binary":
      return scanBinary(kernels, request, stop);
    case "sparse":
      return scanSparse(request, stop);
    case "list":
      return scanLists(kernels, request, stop);
    default:
      return unreachable(request);
  }
}

/**
 * About how long a scan takes, in nanoseconds of one core. For choosing where to scan, nothing
 * finer.
 */
export function scanCost(request: ScanRequest, kind: Kernels["kind"] = "simd128"): number {
  switch (request.kind) {
    case "dense":
      return denseScanCost(request, kind);
    case "binary":
      return binaryScanCost(request, kind);
    case "sparse":
      return sparseScanCost(request);
    case "list":
      return listScanCost(request);
    default:
      return unreachable(request);
  }
}

/** Throws unless a request's ranges lie within its arrays. For our own mistakes, not for users'. */
export function checkScan(request: ScanRequest): void {
  if (request.kind === "dense") assertScannable(request);
  else assertRowsScannable(request);
}

/** The memory that the scanned vectors lie in, if all threads can see it; sparse ones need none. */
export function memoryOfScan(request: ScanRequest): VectorMemory | undefined {
  const values = scannedValues(request);
  return values && memoryOf(values);
}

/** What of the scanned vectors kernels read. */
export function scannedValues(request: ScanRequest): ArrayBufferView | undefined {
  switch (request.kind) {
    case "dense":
      return request.vectors.values;
    case "binary":
      return request.vectors;
    case "list":
      return request.rows.vectors.values;
    case "sparse":
      return undefined;
    default:
      return unreachable(request);
  }
}

/** Whether threads can see the scanned vectors without a copy. */
export function isSharedScan(request: ScanRequest): boolean {
  if (request.kind !== "sparse") return memoryOfScan(request) !== undefined;
  const { indices, values } = request.rows;
  return [indices, values].every(({ buffer }) => buffer instanceof SharedArrayBuffer);
}

/**
 * A request for the same rows without those before `firstRow`, whose numbers are less by that; with
 * no more of it than a thread needs. What is not shared is copied.
 */
export function cutScan(request: ScanRequest, firstRow: number): ScanRequest {
  const { rowEnd } = request;
  const rows = { rowStart: request.rowStart - firstRow, rowEnd: rowEnd - firstRow };
  const all = { start: 0, end: request.queryCount };
  switch (request.kind) {
    case "dense": {
      const { dim, vectors, queries, allowed: _, ...rest } = request;
      const values = vectors.values.subarray(firstRow * dim, rowEnd * dim);
      return {
        ...rest,
        ...rows,
        dim,
        vectors: { element: vectors.element, values },
        queries: queries.slice(0, all.end * dim),
      };
    }
    case "binary": {
      const { vectors, queries, allowed: _, ...rest } = request;
      const { rowBytes } = queries;
      return {
        ...rest,
        ...rows,
        vectors: vectors.subarray(firstRow * rowBytes, rowEnd * rowBytes),
        queries: copyQueries(queries, all),
      };
    }
    case "sparse": {
      const { queries, allowed: _, ...rest } = request;
      const sparse = { ...rest.rows, offsets: rest.rows.offsets.slice(firstRow, rowEnd + 1) };
      return { ...rest, ...rows, rows: sparse, queries: copyQueries(queries, all) };
    }
    case "list": {
      const { queries, allowed: _, ...rest } = request;
      const lists = { ...rest.rows, offsets: rest.rows.offsets.slice(firstRow, rowEnd + 1) };
      return { ...rest, ...rows, rows: lists, queries: copyQueries(queries, all) };
    }
    default:
      return unreachable(request);
  }
}
