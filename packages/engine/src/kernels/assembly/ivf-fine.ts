// Fine codes of an IVF: four bits per component of a row's residual, with which its estimate by one
// bit is made better before the row itself is read. See ../../index/ivf/ivf-index.ts.

/** Sixteen levels this far apart, in standard deviations, code a normal variable best (Max, 1960). */
const STEP: f32 = 0.3352;
const MIDDLE: f32 = 7.5;

/** Codes rows of one list: see ../exports/ivf-exports.ts. `levels` is room for a byte per component. */
export function packFineRows(
  rows: usize, rowCount: i32, dim: i32, centroid: usize, mean: usize, isInnerProduct: i32, codes: usize, rowBytes: usize,
  levels: usize,
): void {
  for (let r = 0; r < rowCount; r++) {
    packFineRow(
      rows + (<usize>(r * dim) << 2), dim, centroid, mean, isInnerProduct, codes + <usize>r * rowBytes, rowBytes, levels,
    );
  }
}

function packFineRow(
  row: usize, dim: i32, centroid: usize, mean: usize, isInnerProduct: i32, code: usize, rowBytes: usize, levels: usize,
): void {
  let square: f64 = 0;
  for (let i: usize = 0; i < <usize>dim << 2; i += 4) {
    const residual = load<f32>(row + i) - load<f32>(centroid + i);
    square += residual * residual;
  }
  const step = STEP * <f32>Math.sqrt(square / <f64>dim), inverse: f32 = step > 0 ? 1 / step : 0;
  let length: f64 = 0, signed: f64 = 0, product: f64 = 0;
  for (let i = 0; i < dim; i++) {
    const at = <usize>i << 2;
    const center = load<f32>(centroid + at), residual = load<f32>(row + at) - center;
    const level = max<f32>(0, min<f32>(15, Mathf.floor(residual * inverse + 8)));
    store<u8>(levels + i, <u8>level);
    length += residual * (level - MIDDLE);
    signed += (level - MIDDLE) * (center - load<f32>(mean + at));
    product += residual * center;
  }
  storeHalves(levels, dim, code);
  const factor = length > 0 ? square / length : 0;
  const base = isInnerProduct ? factor * signed - product : square + 2 * factor * signed;
  store<f32>(code + rowBytes - 8, <f32>base);
  store<f32>(code + rowBytes - 4, <f32>(isInnerProduct ? -factor : -2 * factor));
}

/** Two levels to a byte: component i of a group of 32 in the low half of byte i, i + 16 in the high half. */
function storeHalves(levels: usize, dim: i32, code: usize): void {
  for (let group = 0; group < dim; group += 32) {
    for (let i = group; i < min(group + 16, dim); i++) {
      const high = i + 16 < dim ? <i32>load<u8>(levels + i, 16) : 0;
      store<u8>(code + (group >> 1) + (i - group), <i32>load<u8>(levels + i) | (high << 4));
    }
  }
}

/**
 * Codes q - mean with a signed byte per component, padded with zeros to a multiple of 32. `scaling`
 * gets two floats: what a level is worth, and what the middle of the rows' levels adds to each sum.
 */
export function codeFineQuery(query: usize, mean: usize, dim: i32, code: usize, scaling: usize): void {
  let largest: f32 = 0;
  for (let i: usize = 0; i < <usize>dim << 2; i += 4) {
    largest = max(largest, Mathf.abs(load<f32>(query + i) - load<f32>(mean + i)));
  }
  const inverse: f32 = largest > 0 ? 127 / largest : 0;
  let sum = 0;
  for (let i = 0; i < dim; i++) {
    const at = <usize>i << 2;
    const level = <i32>nearest<f32>((load<f32>(query + at) - load<f32>(mean + at)) * inverse);
    store<i8>(code + i, level);
    sum += level;
  }
  memory.fill(code + dim, 0, -dim & 31);
  const step = largest / <f32>127;
  store<f32>(scaling, step);
  store<f32>(scaling, <f32>sum * MIDDLE * step, 4);
}

/** The product of a query's code and a row's. What lies behind a row's code meets zeros. */
// @ts-ignore: decorator
@inline
export function fineProduct(query: usize, code: usize, dim: i32): i32 {
  if (ASC_FEATURE_SIMD) {
    let sum = i32x4.splat(0);
    for (let i = 0; i < dim; i += 32) {
      const pairs = v128.load(code + (i >> 1));
      const low = v128.and(pairs, i8x16.splat(15)), high = v128.and(i16x8.shr_u(pairs, 4), i8x16.splat(15));
      const products = i16x8.add(pairProducts(v128.load(query + i), low), pairProducts(v128.load(query + i, 16), high));
      sum = i32x4.add(sum, i32x4.extadd_pairwise_i16x8_s(products));
    }
    const pairs = i32x4.add(sum, v128.shuffle<i32>(sum, sum, 2, 3, 0, 1));
    return i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
  } else {
    let sum = 0;
    for (let i = 0; i < dim; i += 32) {
      for (let j = i; j < i + 16; j++) {
        const pair = <i32>load<u8>(code + (i >> 1) + (j - i));
        sum += <i32>load<i8>(query + j) * (pair & 15) + <i32>load<i8>(query + j, 16) * (pair >> 4);
      }
    }
    return sum;
  }
}

/** The sums of neighbouring products of signed bytes and levels. They fit: 4 * 127 * 15 < 2^15. */
// @ts-ignore: decorator
@inline
function pairProducts(query: v128, levels: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i16x8.relaxed_dot_i8x16_i7x16_s(query, levels);
  const low = i16x8.extmul_low_i8x16_s(query, levels), high = i16x8.extmul_high_i8x16_s(query, levels);
  const even = v128.shuffle<i16>(low, high, 0, 2, 4, 6, 8, 10, 12, 14);
  return i16x8.add(even, v128.shuffle<i16>(low, high, 1, 3, 5, 7, 9, 11, 13, 15));
}
