import { Bitset } from "../base/bitset.ts";
import {
  checkScan,
  cutScan,
  isSharedScan,
  memoryOfScan,
  type ScanRequest,
  scanCost,
  scannedValues,
  scanRows,
} from "../index/exact-scan.ts";
import { asMergedHits, mergeHits, type ScanHits } from "../index/flat/scan-hits.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { adoptMemory, type VectorMemory } from "../kernels/vector-memory.ts";
import type { ForegroundWork } from "./foreground-work.ts";

/** How a pool scans: long scans are cut into ranges of rows. */
export const scanWork: ForegroundWork<ScanRequest, ScanTask, ScanHits> = {
  check: checkScan,
  costNs: scanCost,
  isShared: isSharedScan,
  split: splitByRows,
  taskOf,
  runHere: scanRows,
  join(request, parts) {
    // Their ranges ascend; a segment's number means nothing here.
    const numbered = parts.map((hits) => asMergedHits({ hits, segment: 0 }));
    return mergeHits(request.metric, numbered, request.queryCount, request.k);
  },
};

/** A {@link ScanRequest} as it goes to another thread: plain, and with no more of it than needed. */
export interface ScanTask {
  readonly kind: "scan";
  /** Of the rows of this range only, without a filter. */
  readonly request: ScanRequest;
  /** The number of its row 0 in what was asked for. */
  readonly firstRow: number;
  readonly allowedWords?: Uint32Array;
  /** Where the vectors lie, if kernels read them. */
  readonly memory?: VectorMemory;
}

/**
 * Makes a request a message. Vectors are shared, not copied: they must lie in shared memory. Of the
 * rest only this range's part is copied, since a view would take its whole buffer along.
 */
function taskOf(request: ScanRequest): ScanTask {
  const { allowed, rowStart, rowEnd } = request;
  const firstRow = rowStart & ~31; // a filter is cut at a word
  const memory = memoryOfScan(request);
  return {
    kind: "scan",
    request: cutScan(request, firstRow),
    firstRow,
    ...(memory && { memory }),
    ...(allowed && { allowedWords: allowed.words.slice(firstRow >>> 5, (rowEnd + 31) >>> 5) }),
  };
}

/** Scans as the task says. The hits have the request's own row numbers. */
export function runScanTask(kernels: Kernels, task: ScanTask, stop: Int32Array): ScanHits {
  const { request, allowedWords, firstRow, memory } = task;
  const values = scannedValues(request);
  if (values !== undefined && memory !== undefined) adoptMemory(values, memory);
  const allowed = allowedWords && new Bitset(request.rowEnd, allowedWords);
  const hits = scanRows(kernels, { ...request, ...(allowed && { allowed }) }, stop);
  for (let i = 0; i < hits.rows.length; i++) hits.rows[i] += firstRow;
  return hits;
}

/**
 * Cuts the request's rows into at most `count` ranges of about the same length, in ascending order.
 */
function splitByRows(request: ScanRequest, count: number): readonly ScanRequest[] {
  const { rowStart, rowEnd } = request;
  const length = Math.max(1, Math.ceil((rowEnd - rowStart) / count));
  const ranges: ScanRequest[] = [];
  for (let start = rowStart; start < rowEnd; start += length) {
    ranges.push({ ...request, rowStart: start, rowEnd: Math.min(start + length, rowEnd) });
  }
  return ranges;
}
