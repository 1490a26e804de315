// Rows of two bytes or one per component against queries of f32: see ../exports/narrow-exports.ts.
import { BF16, Component, F16, INT8 } from "./components";
import { COSINE, IP, L2, Metric } from "./lanes";
import { scoreOneQuery } from "./one-query";

export function scoreF16(
  metric: Metric, query: usize, base: usize, rows: usize, scores: usize, rowCount: i32, dim: i32,
): void {
  score(F16, metric, query, base, rows, scores, rowCount, dim);
}

export function scoreBf16(
  metric: Metric, query: usize, base: usize, rows: usize, scores: usize, rowCount: i32, dim: i32,
): void {
  score(BF16, metric, query, base, rows, scores, rowCount, dim);
}

export function scoreInt8(
  metric: Metric, query: usize, base: usize, rows: usize, scores: usize, rowCount: i32, dim: i32,
): void {
  score(INT8, metric, query, base, rows, scores, rowCount, dim);
}

/** One loop for each metric: a metric that is not a constant would be asked for at each component. */
// @ts-ignore: decorator
@inline
function score(
  component: Component, metric: Metric, query: usize, base: usize, rows: usize, scores: usize, rowCount: i32, dim: i32,
): void {
  if (metric == L2) scoreOneQuery(L2, component, query, base, rows, scores, rowCount, dim);
  else if (metric == IP) scoreOneQuery(IP, component, query, base, rows, scores, rowCount, dim);
  else scoreOneQuery(COSINE, component, query, base, rows, scores, rowCount, dim);
}
