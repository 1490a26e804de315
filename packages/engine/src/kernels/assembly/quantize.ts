// Makes codes: see ../exports/code-exports.ts for the formats. No fused multiply-add here: codes are
// the same in every build.
import { addProducts7, sumOfIntegers } from "./codes";

export function quantize7(
  source: usize, rowCount: i32, dim: i32, mean: usize, scale: f32, codes: usize, squares: usize, codeBytes: i32,
): void {
  for (let r = 0; r < rowCount; r++) {
    const row = source + (<usize>r * <usize>dim << 2), code = codes + <usize>r * <usize>codeBytes;
    let square = 0;
    let i = 0;
    if (ASC_FEATURE_SIMD) {
      let sums = i32x4.splat(0);
      for (; i + 16 <= dim; i += 16) {
        const at = row + (<usize>i << 2), center = mean + (<usize>i << 2);
        const low = i16x8.narrow_i32x4_s(levels(at, center, scale), levels(at + 16, center + 16, scale));
        const high = i16x8.narrow_i32x4_s(levels(at + 32, center + 32, scale), levels(at + 48, center + 48, scale));
        v128.store(code + i, i8x16.narrow_i16x8_u(low, high));
        sums = i32x4.add(sums, i32x4.add(i32x4.dot_i16x8_s(low, low), i32x4.dot_i16x8_s(high, high)));
      }
      square = sumOfIntegers(sums);
    }
    for (; i < dim; i++) {
      const at = <usize>i << 2;
      const level = levelOf(load<f32>(row + at), load<f32>(mean + at), scale);
      store<u8>(code + i, level);
      square += level * level;
    }
    memory.fill(code + dim, 0, codeBytes - dim);
    store<i32>(squares + (<usize>r << 2), square);
  }
}

export function pack4(
  codes7: usize, rowCount: i32, dim: i32, codeBytes: i32, codes4: usize, squares4: usize,
): void {
  // The zeros behind a code stand for 4, like all that are less than 8.
  const paddingSquare = (codeBytes - dim) * 16;
  for (let r = 0; r < rowCount; r++) {
    const code7 = codes7 + <usize>r * <usize>codeBytes, code4 = codes4 + <usize>r * <usize>(codeBytes >> 1);
    let square = -paddingSquare;
    if (ASC_FEATURE_SIMD) {
      let sums = i32x4.splat(0);
      for (let i = 0; i < codeBytes; i += 32) {
        const x = v128.load(code7 + i), y = v128.load(code7 + i, 16);
        const low = v128.and(i16x8.shr_u(x, 3), i8x16.splat(15)), high = v128.and(i16x8.shl(y, 1), i8x16.splat(-16));
        v128.store(code4 + (i >> 1), v128.or(low, high));
        sums = addProducts7(addProducts7(sums, middles(x), middles(x)), middles(y), middles(y));
      }
      square += sumOfIntegers(sums);
    } else {
      for (let i = 0; i < codeBytes; i += 32) {
        for (let j = i; j < i + 16; j++) {
          const x: i32 = load<u8>(code7 + j), y: i32 = load<u8>(code7 + j, 16);
          store<u8>(code4 + (i >> 1) + (j - i), (x >> 3) | ((y >> 3) << 4));
          square += middle(x) * middle(x) + middle(y) * middle(y);
        }
      }
    }
    store<i32>(squares4 + (<usize>r << 2), square);
  }
}

// @ts-ignore: decorator
@inline
function levels(at: usize, center: usize, scale: f32): v128 {
  const moved = f32x4.sub(v128.load(at), v128.load(center));
  const level = f32x4.add(f32x4.mul(moved, f32x4.splat(scale)), f32x4.splat(64.5));
  return i32x4.trunc_sat_f32x4_s(f32x4.pmin(f32x4.splat(127), f32x4.pmax(f32x4.splat(0), level)));
}

// @ts-ignore: decorator
@inline
function levelOf(x: f32, center: f32, scale: f32): i32 {
  const level = (x - center) * scale + 64.5;
  return level > 0 ? <i32>min<f32>(127, level) : 0;
}

/** What 4-bit components stand for: the middle of the eight levels that became one. */
// @ts-ignore: decorator
@inline
function middles(levels: v128): v128 {
  return v128.or(v128.and(levels, i8x16.splat(0x78)), i8x16.splat(4));
}

// @ts-ignore: decorator
@inline
function middle(level: i32): i32 {
  return (level & 0x78) | 4;
}
