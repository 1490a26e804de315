// The kernels that TypeScript calls: see ../wasm-kernels.ts. Addresses are bytes into the module's
// memory and need no alignment. One call is one block of rows, never a whole scan: V8 replaces a
// function by its optimised form only when it is called again, not inside a running loop.
import { COSINE, IP, L2 } from "./lanes";
import { scoreFourQueries } from "./four-queries";
import { scoreOneQuery } from "./one-query";

export function l2(query: usize, rows: usize, scores: usize, rowCount: i32, dim: i32): void {
  scoreOneQuery(L2, query, rows, scores, rowCount, dim);
}

export function ip(query: usize, rows: usize, scores: usize, rowCount: i32, dim: i32): void {
  scoreOneQuery(IP, query, rows, scores, rowCount, dim);
}

export function cosine(query: usize, rows: usize, scores: usize, rowCount: i32, dim: i32): void {
  scoreOneQuery(COSINE, query, rows, scores, rowCount, dim);
}

export function l2x4(
  queries: usize, rows: usize, scores: usize, rowCount: i32, dim: i32, scoreStride: i32,
): void {
  scoreFourQueries(L2, queries, rows, scores, rowCount, dim, scoreStride);
}

export function ipx4(
  queries: usize, rows: usize, scores: usize, rowCount: i32, dim: i32, scoreStride: i32,
): void {
  scoreFourQueries(IP, queries, rows, scores, rowCount, dim, scoreStride);
}

export function cosinex4(
  queries: usize, rows: usize, scores: usize, rowCount: i32, dim: i32, scoreStride: i32,
): void {
  scoreFourQueries(COSINE, queries, rows, scores, rowCount, dim, scoreStride);
}
