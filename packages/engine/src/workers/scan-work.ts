import { must } from "../base/assert.ts";
import { Bitset } from "../base/bitset.ts";
import { type ScanRequest, scanFlat } from "../index/flat/flat-scan.ts";
import type { ScanHits } from "../index/flat/scan-hits.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { adoptMemory, memoryOf, type VectorMemory } from "../kernels/vector-memory.ts";

/** What a thread of the pool is given when it starts. */
export interface ScanWorkerData {
  /** Its slot in each vector memory. No two threads that run have the same. */
  readonly slot: number;
}

/** A {@link ScanRequest} as it goes to another thread: plain, and with no more of it than needed. */
export interface ScanTask extends Omit<ScanRequest, "allowed"> {
  /** The request's row that is row 0 of this task. */
  readonly firstRow: number;
  readonly allowedWords?: Uint32Array;
  /** Where the vectors lie. */
  readonly memory: VectorMemory;
}

/**
 * Makes a request a message. Vectors are shared, not copied: they must lie in a vector memory. Of
 * the rest only this range's part is copied, since a view would take its whole buffer along.
 */
export function taskOf(request: ScanRequest): ScanTask {
  const { allowed, rowStart, rowEnd, dim, metric, queryCount, k } = request;
  const firstRow = rowStart & ~31; // a filter is cut at a word
  return {
    firstRow,
    vectors: request.vectors.subarray(firstRow * dim, rowEnd * dim),
    dim,
    rowStart: rowStart - firstRow,
    rowEnd: rowEnd - firstRow,
    metric,
    queries: request.queries.slice(0, queryCount * dim),
    queryCount,
    k,
    memory: must(memoryOf(request.vectors), "vectors in a vector memory"),
    ...(allowed && { allowedWords: allowed.words.slice(firstRow >>> 5, (rowEnd + 31) >>> 5) }),
  };
}

/** Scans as the task says. The hits have the request's own row numbers. */
export function runTask(kernels: Kernels, task: ScanTask): ScanHits {
  const { allowedWords, firstRow, memory, ...request } = task;
  adoptMemory(request.vectors, memory);
  const allowed = allowedWords && new Bitset(request.rowEnd, allowedWords);
  const hits = scanFlat(kernels, { ...request, ...(allowed && { allowed }) });
  for (let i = 0; i < hits.rows.length; i++) hits.rows[i] += firstRow;
  return hits;
}

/**
 * Cuts the request's rows into at most `count` ranges of about the same length, in ascending order.
 */
export function splitRequest(request: ScanRequest, count: number): readonly ScanRequest[] {
  const { rowStart, rowEnd } = request;
  const length = Math.max(1, Math.ceil((rowEnd - rowStart) / count));
  const ranges: ScanRequest[] = [];
  for (let start = rowStart; start < rowEnd; start += length) {
    ranges.push({ ...request, rowStart: start, rowEnd: Math.min(start + length, rowEnd) });
  }
  return ranges;
}
