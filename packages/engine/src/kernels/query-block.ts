import type { QueryBlock } from "./kernels.ts";

// A block of rows and a block of queries lie in the second-level cache together (1 MiB and more on
// the servers of the last ten years), so that each row is read from main memory once for all queries.
// Queries, scores and row numbers of a block fit into a thread's slot of a vector memory.
const ROW_BLOCK_BYTES = 192 * 1024;
const QUERY_BLOCK_BYTES = 192 * 1024;
const ROW_COUNT_MAX = 1024;
const QUERY_COUNT_MAX = 64;

/** How many rows are scored at a time. */
export function rowCapacityOf(dim: number): number {
  return clamp(Math.floor(ROW_BLOCK_BYTES / (4 * dim)), ROW_COUNT_MAX);
}

/** How many queries rows are scored against at a time. */
export function queryCapacityOf(dim: number): number {
  return clamp(Math.floor(QUERY_BLOCK_BYTES / (4 * dim)), QUERY_COUNT_MAX);
}

/**
 * Copies a block's queries into a kernel's memory. For COSINE they are scaled to norm 1, so that
 * the kernel divides by the norm of the row only; a query of norm 0 becomes all zeros.
 */
export function writeQueries(target: Float32Array, block: QueryBlock): void {
  const { dim, queries, queryCount } = block;
  if (block.metric !== "COSINE") {
    target.set(
      queryCount * dim === queries.length ? queries : queries.subarray(0, queryCount * dim),
    );
    return;
  }
  for (let start = 0; start < queryCount * dim; start += dim) {
    const norm = normOf(queries, start, dim);
    const scale = norm === 0 ? 0 : 1 / norm;
    for (let i = start; i < start + dim; i++) target[i] = queries[i] * scale;
  }
}

function normOf(vectors: Float32Array, start: number, dim: number): number {
  let square = 0;
  for (let i = start; i < start + dim; i++) square += vectors[i] * vectors[i];
  return Math.sqrt(square);
}

function clamp(count: number, countMax: number): number {
  return Math.max(1, Math.min(count, countMax));
}
