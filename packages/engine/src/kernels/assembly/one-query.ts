import { Component, fourComponents, oneComponent, shiftOf } from "./components";
import { touchRows } from "./codes";
import { accumulate, accumulateOne, COSINE, Metric, multiplyAdd, scoreOf, sumOfLanes } from "./lanes";

/** Rows that are asked for before the first of them is computed with, where they lie scattered. */
const TOUCHED_ROWS: i32 = 8;
/** So long that a row hides its own way from memory. */
const TOUCHED_BYTES: usize = 4096;

/**
 * Scores rows against one query: the `rowCount` rows whose numbers lie at `rows`, of those at `base`.
 * Four sums of four lanes hide the latency of the additions; the second four are the row's own
 * square, for the cosine.
 */
// @ts-ignore: decorator
@inline
export function scoreOneQuery(
  metric: Metric, component: Component, query: usize, base: usize, rows: usize, scores: usize, rowCount: i32, dim: i32,
): void {
  const shift = shiftOf(component);
  const step: usize = 16 >> shift;
  const queryBytes = <usize>dim << 2;
  const wideBytes = queryBytes & ~63;
  const quadBytes = queryBytes & ~15;
  const rowBytes = queryBytes >> shift;
  for (let r = 0; r < rowCount; r++) {
    if (r % TOUCHED_ROWS == 0 && rowBytes <= TOUCHED_BYTES) {
      touchScattered(base, rowBytes, rows + (<usize>r << 2), min(TOUCHED_ROWS, rowCount - r), scores + (<usize>r << 2));
    }
    const row = base + <usize>load<u32>(rows + (<usize>r << 2)) * rowBytes;
    let sum: f32 = 0, square: f32 = 0;
    let i: usize = 0;
    if (ASC_FEATURE_SIMD) {
      let s0 = f32x4.splat(0), s1 = f32x4.splat(0), s2 = f32x4.splat(0), s3 = f32x4.splat(0);
      let n0 = f32x4.splat(0), n1 = f32x4.splat(0), n2 = f32x4.splat(0), n3 = f32x4.splat(0);
      for (; i < wideBytes; i += 64) {
        const at = row + (i >> shift);
        const x0 = fourComponents(component, at), x1 = fourComponents(component, at + step);
        const x2 = fourComponents(component, at + 2 * step), x3 = fourComponents(component, at + 3 * step);
        s0 = accumulate(metric, s0, v128.load(query + i), x0);
        s1 = accumulate(metric, s1, v128.load(query + i, 16), x1);
        s2 = accumulate(metric, s2, v128.load(query + i, 32), x2);
        s3 = accumulate(metric, s3, v128.load(query + i, 48), x3);
        if (metric == COSINE) {
          n0 = multiplyAdd(n0, x0, x0);
          n1 = multiplyAdd(n1, x1, x1);
          n2 = multiplyAdd(n2, x2, x2);
          n3 = multiplyAdd(n3, x3, x3);
        }
      }
      for (; i < quadBytes; i += 16) {
        const x = fourComponents(component, row + (i >> shift));
        s0 = accumulate(metric, s0, v128.load(query + i), x);
        if (metric == COSINE) n0 = multiplyAdd(n0, x, x);
      }
      sum = sumOfLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
      if (metric == COSINE) square = sumOfLanes(f32x4.add(f32x4.add(n0, n1), f32x4.add(n2, n3)));
    }
    for (; i < queryBytes; i += 4) {
      const x = oneComponent(component, row + (i >> shift));
      sum = accumulateOne(metric, sum, load<f32>(query + i), x);
      if (metric == COSINE) square += x * x;
    }
    store<f32>(scores + (<usize>r << 2), scoreOf(metric, sum, square));
  }
}

/** Touches rows unless they follow one another: then the processor reads ahead by itself. */
function touchScattered(base: usize, rowBytes: usize, rows: usize, rowCount: i32, sink: usize): void {
  const last = load<u32>(rows + (<usize>(rowCount - 1) << 2));
  if (last - load<u32>(rows) == <u32>(rowCount - 1)) return;
  touchRows(base, <i32>rowBytes, rows, rowCount, sink);
}
