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
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, sum);
  else return f32x4.add(sum, f32x4.mul(a, b));
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

/** The squared distance of two vectors, at any address. */
export function squaredDistance(a: usize, b: usize, dim: i32): f32 {
  return sumOver(L2, a, b, dim);
}

/** The inner product of two vectors, at any address. */
export function innerProduct(a: usize, b: usize, dim: i32): f32 {
  return sumOver(IP, a, b, dim);
}

// @ts-ignore: decorator
@inline
function sumOver(metric: Metric, a: usize, b: usize, dim: i32): f32 {
  const byteLength = <usize>dim << 2;
  let sum: f32 = 0;
  let i: usize = 0;
  if (ASC_FEATURE_SIMD) {
    let s0 = f32x4.splat(0), s1 = f32x4.splat(0), s2 = f32x4.splat(0), s3 = f32x4.splat(0);
    for (; i + 64 <= byteLength; i += 64) {
      s0 = accumulate(metric, s0, v128.load(a + i), v128.load(b + i));
      s1 = accumulate(metric, s1, v128.load(a + i, 16), v128.load(b + i, 16));
      s2 = accumulate(metric, s2, v128.load(a + i, 32), v128.load(b + i, 32));
      s3 = accumulate(metric, s3, v128.load(a + i, 48), v128.load(b + i, 48));
    }
    for (; i + 16 <= byteLength; i += 16) {
      s0 = accumulate(metric, s0, v128.load(a + i), v128.load(b + i));
    }
    sum = sumOfLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  }
  for (; i < byteLength; i += 4) sum = accumulateOne(metric, sum, load<f32>(a + i), load<f32>(b + i));
  return sum;
}
