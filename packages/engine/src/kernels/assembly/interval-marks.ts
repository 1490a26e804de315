// Which values of a column lie in one of some intervals, a bit for each. Bounds are included, and have
// the type of the values; NaN lies in no interval.

/** How values lie in memory: see ../number-values.ts. */
const UINT8: i32 = 0;
const INT8: i32 = 1;
const INT16: i32 = 2;
const INT32: i32 = 3;
const INT64: i32 = 4;
const FLOAT32: i32 = 5;

/** The bits are added to those that are there: so each interval is one straight loop. */
export function markIntervals(
  kind: i32, values: usize, words: usize, wordCount: i32, bounds: usize, intervalCount: i32,
): void {
  for (let i = 0; i < intervalCount; i++) {
    if (kind == UINT8) markInterval<u8>(values, words, wordCount, bounds, i);
    else if (kind == INT8) markInterval<i8>(values, words, wordCount, bounds, i);
    else if (kind == INT16) markInterval<i16>(values, words, wordCount, bounds, i);
    else if (kind == INT32) markInterval<i32>(values, words, wordCount, bounds, i);
    else if (kind == INT64) markInterval<i64>(values, words, wordCount, bounds, i);
    else if (kind == FLOAT32) markInterval<f32>(values, words, wordCount, bounds, i);
    else markInterval<f64>(values, words, wordCount, bounds, i);
  }
}

function markInterval<T>(values: usize, words: usize, wordCount: i32, bounds: usize, index: i32): void {
  const at = bounds + <usize>index * 2 * sizeof<T>();
  const low = load<T>(at);
  const high = load<T>(at, sizeof<T>());
  if (!(low <= high)) return;
  const end = words + (<usize>wordCount << 2);
  if (ASC_FEATURE_SIMD) {
    // Integers: from `low` on, modulo their range, values inside are those up to `high - low` without a
    // sign. There is no such comparison of 64 bits: with the upper bit turned over it is one with a sign.
    const turn = isFloat<T>() ? <T>0 : <T>1 << <T>(8 * sizeof<T>() - 1);
    const lows = v128.splat<T>(isFloat<T>() ? low : <T>(low - turn));
    const highs = v128.splat<T>(isFloat<T>() ? high : <T>(high - low + turn));
    for (; words < end; words += 4, values += 32 * sizeof<T>()) {
      const first = i8x16.bitmask(of16<T>(values, lows, highs));
      const second = i8x16.bitmask(of16<T>(values + 16 * sizeof<T>(), lows, highs));
      const found = first | (second << 16);
      store<u32>(words, load<u32>(words) | (isFloat<T>() ? found : ~found));
    }
  } else {
    for (; words < end; words += 4, values += 32 * sizeof<T>()) {
      let found: u32 = 0;
      for (let i: u32 = 0; i < 32; i++) {
        const value = load<T>(values + <usize>i * sizeof<T>());
        found |= (<u32>(value >= low) & <u32>(value <= high)) << i;
      }
      store<u32>(words, load<u32>(words) | found);
    }
  }
}

/** Sixteen lanes of a byte, of which those are set that `lanesOf` sets. */
// @ts-ignore: decorator
@inline
function of16<T>(at: usize, low: v128, high: v128): v128 {
  if (sizeof<T>() == 1) return lanesOf<T>(at, low, high);
  return i8x16.narrow_i16x8_s(of8<T>(at, low, high), of8<T>(at + 8 * sizeof<T>(), low, high));
}

/** Eight lanes of two bytes. */
// @ts-ignore: decorator
@inline
function of8<T>(at: usize, low: v128, high: v128): v128 {
  if (sizeof<T>() == 2) return lanesOf<T>(at, low, high);
  return i16x8.narrow_i32x4_s(of4<T>(at, low, high), of4<T>(at + 4 * sizeof<T>(), low, high));
}

/** Four lanes of four bytes. */
// @ts-ignore: decorator
@inline
function of4<T>(at: usize, low: v128, high: v128): v128 {
  if (sizeof<T>() == 4) return lanesOf<T>(at, low, high);
  // Both halves of a wide lane say the same.
  return v128.shuffle<i32>(lanesOf<T>(at, low, high), lanesOf<T>(at + 16, low, high), 0, 2, 4, 6);
}

/**
 * As many lanes as a register has: of floats those inside of the interval, since NaN is in none, of
 * integers those outside, since there is no instruction for "at most".
 */
// @ts-ignore: decorator
@inline
function lanesOf<T>(at: usize, low: v128, high: v128): v128 {
  const value = v128.load(at);
  if (isFloat<T>()) return v128.and(v128.ge<T>(value, low), v128.le<T>(value, high));
  const above = v128.sub<T>(value, low);
  // The bytes of a Uint8Array are the only ones without a sign.
  return isSigned<T>() ? v128.gt<T>(above, high) : i8x16.gt_s(above, high);
}
