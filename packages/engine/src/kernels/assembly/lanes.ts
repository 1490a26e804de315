// The arithmetic of the kernels, on four f32 lanes at a time.
//
// `metric` is always a constant where these are called, and everything is inlined: the compiler
// drops the branches that do not apply, so each exported kernel is one straight loop.

export type Metric = i32;
export const L2: Metric = 0;
export const IP: Metric = 1;
export const COSINE: Metric = 2;

// @ts-ignore: decorator
@inline
export function multiplyAdd(sum: v128, a: v128, b: v128): v128 {
  return f32x4.add(sum, f32x4.mul(a, b));
}

/** Adds what four components contribute: squared differences for L2, products otherwise. */
// @ts-ignore: decorator
@inline
export function accumulate(metric: Metric, sum: v128, query: v128, row: v128): v128 {
  if (metric != L2) return multiplyAdd(sum, query, row);
  const difference = f32x4.sub(query, row);
  return multiplyAdd(sum, difference, difference);
}

/** {@link accumulate} for a single component, at the end of a row. */
// @ts-ignore: decorator
@inline
export function accumulateOne(metric: Metric, sum: f32, query: f32, row: f32): f32 {
  if (metric != L2) return sum + query * row;
  const difference = query - row;
  return sum + difference * difference;
}

// @ts-ignore: decorator
@inline
export function sumOfLanes(lanes: v128): f32 {
  const pairs = f32x4.add(lanes, v128.shuffle<i32>(lanes, lanes, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** The score of a row from its sum. A row without direction has cosine 0 to everything. */
// @ts-ignore: decorator
@inline
export function scoreOf(metric: Metric, sum: f32, rowSquare: f32): f32 {
  if (metric != COSINE) return sum;
  return rowSquare == 0 ? 0 : <f32>(<f64>sum / Math.sqrt(<f64>rowSquare));
}
