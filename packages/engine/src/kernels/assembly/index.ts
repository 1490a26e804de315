// The kernels that TypeScript calls: see ../wasm-kernels.ts. Addresses are bytes into the memory of
// a column of vectors and need no alignment. One call is one block of rows, never a whole scan: V8
// replaces a function by its optimised form only when it is called again, not inside a loop.
import { COSINE, IP, L2 } from "./lanes";
import { scoreFourQueries } from "./four-queries";
import { scoreOneQuery } from "./one-query";

export function l2(
  query: usize, base: usize, rows: usize, scores: usize, rowCount: i32, dim: i32,
): void {
  scoreOneQuery(L2, query, base, rows, scores, rowCount, dim);
}

export function ip(
  query: usize, base: usize, rows: usize, scores: usize, rowCount: i32, dim: i32,
): void {
  scoreOneQuery(IP, query, base, rows, scores, rowCount, dim);
}

export function cosine(
  query: usize, base: usize, rows: usize, scores: usize, rowCount: i32, dim: i32,
): void {
  scoreOneQuery(COSINE, query, base, rows, scores, rowCount, dim);
}

export function l2x4(
  queries: usize, base: usize, rows: usize, scores: usize, rowCount: i32, dim: i32, scoreStride: i32,
): void {
  scoreFourQueries(L2, queries, base, rows, scores, rowCount, dim, scoreStride);
}

export function ipx4(
  queries: usize, base: usize, rows: usize, scores: usize, rowCount: i32, dim: i32, scoreStride: i32,
): void {
  scoreFourQueries(IP, queries, base, rows, scores, rowCount, dim, scoreStride);
}

export function cosinex4(
  queries: usize, base: usize, rows: usize, scores: usize, rowCount: i32, dim: i32, scoreStride: i32,
): void {
  scoreFourQueries(COSINE, queries, base, rows, scores, rowCount, dim, scoreStride);
}
