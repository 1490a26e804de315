// Prepares rows of floats for codes: see ../exports/code-exports.ts. No fused multiply-add in the
// rotation: it gives the same floats in every build.
import { innerProduct } from "./lanes";

export function rotate(rows: usize, rowCount: i32, dim: i32, signs: usize): void {
  const width = 1 << (31 - clz(dim));
  const scale: f32 = <f32>(1 / Math.sqrt(<f64>width));
  const rowBytes = <usize>dim << 2, windowBytes = <usize>width << 2;
  for (let r = 0; r < rowCount; r++) {
    const row = rows + <usize>r * rowBytes;
    for (let round = 0; round < 4; round++) {
      multiply(row, signs + <usize>round * rowBytes, rowBytes);
      transform(round & 1 ? row + rowBytes - windowBytes : row, windowBytes, scale);
    }
  }
}

export function padRows(
  source: usize, rowCount: i32, dim: i32, target: usize, paddedDim: i32, normalize: i32,
): void {
  const rowBytes = <usize>dim << 2, paddedBytes = <usize>paddedDim << 2;
  for (let r = 0; r < rowCount; r++) {
    const from = source + <usize>r * rowBytes, to = target + <usize>r * paddedBytes;
    memory.copy(to, from, rowBytes);
    memory.fill(to + rowBytes, 0, paddedBytes - rowBytes);
    if (normalize) {
      const square = innerProduct(from, from, dim);
      scaleBy(to, square == 0 ? 0 : <f32>(1 / Math.sqrt(<f64>square)), rowBytes);
    }
  }
}

/** The Walsh-Hadamard transform of floats times `scale`, in place: 16 of them at least. */
// @ts-ignore: decorator
@inline
function transform(values: usize, byteLength: usize, scale: f32): void {
  if (ASC_FEATURE_SIMD) {
    for (let at = values; at < values + byteLength; at += 16) {
      v128.store(at, transformLanes(f32x4.mul(v128.load(at), f32x4.splat(scale))));
    }
    let half: usize = 16;
    if (ctz(byteLength) & 1) { // an odd number of levels is left
      transformPairs(values, byteLength, half);
      half <<= 1;
    }
    for (; half < byteLength; half <<= 2) transformQuads(values, byteLength, half);
  } else {
    scaleBy(values, scale, byteLength);
    for (let half: usize = 4; half < byteLength; half <<= 1) transformPairs(values, byteLength, half);
  }
}

/** The first two levels: four floats that lie side by side. */
// @ts-ignore: decorator
@inline
function transformLanes(x: v128): v128 {
  const pairs = f32x4.add(v128.shuffle<i32>(x, x, 1, 0, 3, 2), f32x4.mul(x, f32x4(1, -1, 1, -1)));
  return f32x4.add(v128.shuffle<i32>(pairs, pairs, 2, 3, 0, 1), f32x4.mul(pairs, f32x4(1, 1, -1, -1)));
}

/** One level: floats that lie `half` bytes apart. */
// @ts-ignore: decorator
@inline
function transformPairs(values: usize, byteLength: usize, half: usize): void {
  for (let start = values; start < values + byteLength; start += half << 1) {
    if (ASC_FEATURE_SIMD) {
      for (let at = start; at < start + half; at += 16) {
        const a = v128.load(at), b = v128.load(at + half);
        v128.store(at, f32x4.add(a, b));
        v128.store(at + half, f32x4.sub(a, b));
      }
    } else {
      for (let at = start; at < start + half; at += 4) {
        const a = load<f32>(at), b = load<f32>(at + half);
        store<f32>(at, a + b);
        store<f32>(at + half, a - b);
      }
    }
  }
}

/** Two levels, so that each float is loaded and stored once for both. */
// @ts-ignore: decorator
@inline
function transformQuads(values: usize, byteLength: usize, half: usize): void {
  for (let start = values; start < values + byteLength; start += half << 2) {
    for (let at = start; at < start + half; at += 16) {
      const bt = at + half, ct = bt + half, dt = ct + half;
      const a = v128.load(at), b = v128.load(bt), c = v128.load(ct), d = v128.load(dt);
      const sumAB = f32x4.add(a, b), sumCD = f32x4.add(c, d);
      const restAB = f32x4.sub(a, b), restCD = f32x4.sub(c, d);
      v128.store(at, f32x4.add(sumAB, sumCD));
      v128.store(bt, f32x4.add(restAB, restCD));
      v128.store(ct, f32x4.sub(sumAB, sumCD));
      v128.store(dt, f32x4.sub(restAB, restCD));
    }
  }
}

/** Multiplies floats by others, in place. */
// @ts-ignore: decorator
@inline
function multiply(values: usize, factors: usize, byteLength: usize): void {
  let i: usize = 0;
  if (ASC_FEATURE_SIMD) {
    for (; i + 16 <= byteLength; i += 16) {
      v128.store(values + i, f32x4.mul(v128.load(values + i), v128.load(factors + i)));
    }
  }
  for (; i < byteLength; i += 4) store<f32>(values + i, load<f32>(values + i) * load<f32>(factors + i));
}

/** Multiplies floats by a number, in place. */
// @ts-ignore: decorator
@inline
function scaleBy(values: usize, factor: f32, byteLength: usize): void {
  let i: usize = 0;
  if (ASC_FEATURE_SIMD) {
    for (; i + 16 <= byteLength; i += 16) {
      v128.store(values + i, f32x4.mul(v128.load(values + i), f32x4.splat(factor)));
    }
  }
  for (; i < byteLength; i += 4) store<f32>(values + i, load<f32>(values + i) * factor);
}
