import { accumulate, accumulateOne, COSINE, Metric, multiplyAdd, scoreOf, sumOfLanes } from "./lanes";

/**
 * Scores rows against four consecutive queries, so that each component of a row is loaded once for
 * all four: the `rowCount` rows whose numbers lie at `rows`, of those at `base`. The scores of query q begin `q * scoreStride` floats on.
 */
// @ts-ignore: decorator
@inline
export function scoreFourQueries(
  metric: Metric, queries: usize, base: usize, rows: usize, scores: usize, rowCount: i32, dim: i32, scoreStride: i32,
): void {
  const rowBytes = <usize>dim << 2;
  const wideBytes = rowBytes & ~31;
  const quadBytes = rowBytes & ~15;
  const qa = queries, qb = qa + rowBytes, qc = qb + rowBytes, qd = qc + rowBytes;
  const out = <usize>scoreStride << 2;
  for (let r = 0; r < rowCount; r++) {
    const row = base + <usize>load<u32>(rows + (<usize>r << 2)) * rowBytes;
    let a: f32 = 0, b: f32 = 0, c: f32 = 0, d: f32 = 0, square: f32 = 0;
    let i: usize = 0;
    if (ASC_FEATURE_SIMD) {
      let a0 = f32x4.splat(0), b0 = f32x4.splat(0), c0 = f32x4.splat(0), d0 = f32x4.splat(0);
      let a1 = f32x4.splat(0), b1 = f32x4.splat(0), c1 = f32x4.splat(0), d1 = f32x4.splat(0);
      let n0 = f32x4.splat(0), n1 = f32x4.splat(0);
      for (; i < wideBytes; i += 32) {
        const x = v128.load(row + i), y = v128.load(row + i, 16);
        a0 = accumulate(metric, a0, v128.load(qa + i), x);
        b0 = accumulate(metric, b0, v128.load(qb + i), x);
        c0 = accumulate(metric, c0, v128.load(qc + i), x);
        d0 = accumulate(metric, d0, v128.load(qd + i), x);
        a1 = accumulate(metric, a1, v128.load(qa + i, 16), y);
        b1 = accumulate(metric, b1, v128.load(qb + i, 16), y);
        c1 = accumulate(metric, c1, v128.load(qc + i, 16), y);
        d1 = accumulate(metric, d1, v128.load(qd + i, 16), y);
        if (metric == COSINE) {
          n0 = multiplyAdd(n0, x, x);
          n1 = multiplyAdd(n1, y, y);
        }
      }
      if (i < quadBytes) {
        const x = v128.load(row + i);
        a0 = accumulate(metric, a0, v128.load(qa + i), x);
        b0 = accumulate(metric, b0, v128.load(qb + i), x);
        c0 = accumulate(metric, c0, v128.load(qc + i), x);
        d0 = accumulate(metric, d0, v128.load(qd + i), x);
        if (metric == COSINE) n0 = multiplyAdd(n0, x, x);
        i += 16;
      }
      a = sumOfLanes(f32x4.add(a0, a1));
      b = sumOfLanes(f32x4.add(b0, b1));
      c = sumOfLanes(f32x4.add(c0, c1));
      d = sumOfLanes(f32x4.add(d0, d1));
      if (metric == COSINE) square = sumOfLanes(f32x4.add(n0, n1));
    }
    for (; i < rowBytes; i += 4) {
      const x = load<f32>(row + i);
      a = accumulateOne(metric, a, load<f32>(qa + i), x);
      b = accumulateOne(metric, b, load<f32>(qb + i), x);
      c = accumulateOne(metric, c, load<f32>(qc + i), x);
      d = accumulateOne(metric, d, load<f32>(qd + i), x);
      if (metric == COSINE) square += x * x;
    }
    const at = scores + (<usize>r << 2);
    store<f32>(at, scoreOf(metric, a, square));
    store<f32>(at + out, scoreOf(metric, b, square));
    store<f32>(at + 2 * out, scoreOf(metric, c, square));
    store<f32>(at + 3 * out, scoreOf(metric, d, square));
  }
}
