// Distances between codes of 7 and of 4 bits per component: see ../exports/code-exports.ts for the
// formats. They are exact integers, the same in every build.

/** Rows whose cache lines are asked for before the first of them is computed with. */
const TOUCHED_ROWS: i32 = 16;

export function distances7(
  query: usize, querySquare: i32, codes: usize, squares: usize, codeBytes: i32, rows: usize, rowCount: i32,
  distances: usize,
): void {
  for (let r = 0; r < rowCount; r += TOUCHED_ROWS) {
    const at = <usize>r << 2;
    const count = min(TOUCHED_ROWS, rowCount - r);
    touchRows(codes, codeBytes, rows + at, count, distances + at);
    nearDistances7(query, querySquare, codes, squares, codeBytes, rows + at, count, distances + at);
  }
}

export function distances4(
  query: usize, querySquare: i32, codes4: usize, squares4: usize, codeBytes: i32, rows: usize, rowCount: i32,
  distances: usize,
): void {
  for (let r = 0; r < rowCount; r += TOUCHED_ROWS) {
    const at = <usize>r << 2;
    const count = min(TOUCHED_ROWS, rowCount - r);
    touchRows(codes4, codeBytes >> 1, rows + at, count, distances + at);
    nearDistances4(query, querySquare, codes4, squares4, codeBytes, rows + at, count, distances + at);
  }
}

/** {@link distances7} of rows that are in a cache. */
export function nearDistances7(
  query: usize, querySquare: i32, codes: usize, squares: usize, codeBytes: i32, rows: usize, rowCount: i32,
  distances: usize,
): void {
  distancesOf(7, query, querySquare, codes, squares, codeBytes, rows, rowCount, distances);
}

/** {@link distances4} of rows that are in a cache. */
export function nearDistances4(
  query: usize, querySquare: i32, codes4: usize, squares4: usize, codeBytes: i32, rows: usize, rowCount: i32,
  distances: usize,
): void {
  distancesOf(4, query, querySquare, codes4, squares4, codeBytes, rows, rowCount, distances);
}

/**
 * Loads a word of each cache line of rows, so that all of them come from main memory at the same
 * time, not one after the other: WebAssembly has no prefetch. `sink` is where four bytes may be
 * overwritten, without which the loads would be removed.
 */
export function touchRows(base: usize, rowBytes: i32, rows: usize, rowCount: i32, sink: usize): void {
  let words: u32 = 0;
  for (let r = 0; r < rowCount; r++) {
    const row = rowAt(base, rowBytes, rows + (<usize>r << 2));
    for (let i = 0; i < rowBytes; i += 64) words ^= load<u32>(row + i);
  }
  store<u32>(sink, words);
}

/** `bits`, a constant, is 7 or 4. A step of a 4-bit code is eight levels: products count that much. */
// @ts-ignore: decorator
@inline
function distancesOf(
  bits: i32, query: usize, querySquare: i32, codes: usize, squares: usize, codeBytes: i32, rows: usize, rowCount: i32,
  distances: usize,
): void {
  const rowBytes = bits == 7 ? codeBytes : codeBytes >> 1;
  const shift = bits == 7 ? 1 : 4;
  let r = 0;
  if (ASC_FEATURE_SIMD) {
    for (; r + 4 <= rowCount; r += 4) {
      const at = rows + (<usize>r << 2);
      const a = rowAt(codes, rowBytes, at), b = rowAt(codes, rowBytes, at + 4);
      const c = rowAt(codes, rowBytes, at + 8), d = rowAt(codes, rowBytes, at + 12);
      const dots = bits == 7 ? fourDots7(query, a, b, c, d, codeBytes) : fourDots4(query, a, b, c, d, codeBytes);
      const sums = i32x4.add(i32x4.splat(querySquare), fourSquares(squares, at));
      v128.store(distances + (<usize>r << 2), i32x4.sub(sums, i32x4.shl(dots, shift)));
    }
  }
  for (; r < rowCount; r++) {
    const at = rows + (<usize>r << 2);
    const row = rowAt(codes, rowBytes, at);
    const dot = bits == 7 ? dot7(query, row, codeBytes) : dot4(query, row, codeBytes);
    store<i32>(distances + (<usize>r << 2), querySquare + squareAt(squares, at) - (dot << shift));
  }
}

/** The product of two 7-bit codes. */
export function dot7(a: usize, b: usize, codeBytes: i32): i32 {
  if (ASC_FEATURE_SIMD) {
    let sum = i32x4.splat(0), other = i32x4.splat(0);
    for (let i = 0; i < codeBytes; i += 32) {
      sum = addProducts7(sum, v128.load(a + i), v128.load(b + i));
      other = addProducts7(other, v128.load(a + i, 16), v128.load(b + i, 16));
    }
    return sumOfIntegers(i32x4.add(sum, other));
  } else {
    let sum = 0;
    for (let i = 0; i < codeBytes; i++) sum += <i32>load<u8>(a + i) * <i32>load<u8>(b + i);
    return sum;
  }
}

/** The product of a 7-bit query and a 4-bit code. */
function dot4(query: usize, code4: usize, codeBytes: i32): i32 {
  if (ASC_FEATURE_SIMD) {
    let sum = i32x4.splat(0);
    for (let i = 0; i < codeBytes; i += 32) {
      sum = addProducts4(sum, v128.load(query + i), v128.load(query + i, 16), v128.load(code4 + (i >> 1)));
    }
    return sumOfIntegers(sum);
  } else {
    let sum = 0;
    for (let i = 0; i < codeBytes; i += 32) {
      for (let j = 0; j < 16; j++) {
        const pair = <i32>load<u8>(code4 + (i >> 1) + j);
        sum += <i32>load<u8>(query + i + j) * (pair & 15) + <i32>load<u8>(query + i + j, 16) * (pair >> 4);
      }
    }
    return sum;
  }
}

/** The products of a 7-bit code and four others. Only in builds with SIMD. */
// @ts-ignore: decorator
@inline
export function fourDots7(query: usize, a: usize, b: usize, c: usize, d: usize, codeBytes: i32): v128 {
  let sa = i32x4.splat(0), sb = i32x4.splat(0), sc = i32x4.splat(0), sd = i32x4.splat(0);
  for (let i = 0; i < codeBytes; i += 32) {
    const x = v128.load(query + i), y = v128.load(query + i, 16);
    sa = addProducts7(addProducts7(sa, x, v128.load(a + i)), y, v128.load(a + i, 16));
    sb = addProducts7(addProducts7(sb, x, v128.load(b + i)), y, v128.load(b + i, 16));
    sc = addProducts7(addProducts7(sc, x, v128.load(c + i)), y, v128.load(c + i, 16));
    sd = addProducts7(addProducts7(sd, x, v128.load(d + i)), y, v128.load(d + i, 16));
  }
  return sumsOfIntegers(sa, sb, sc, sd);
}

/** So many components have sums of at most 4 * 4 * 127 * 15 in each lane: these fit into 16 bits. */
const NARROW_COMPONENTS: i32 = 128;

/** The products of a 7-bit query and four 4-bit codes. Only in builds with SIMD. */
// @ts-ignore: decorator
@inline
function fourDots4(query: usize, a: usize, b: usize, c: usize, d: usize, codeBytes: i32): v128 {
  let sa = i32x4.splat(0), sb = i32x4.splat(0), sc = i32x4.splat(0), sd = i32x4.splat(0);
  if (ASC_FEATURE_RELAXED_SIMD) {
    const ones = i16x8.splat(1);
    for (let i = 0; i < codeBytes; ) {
      const end = min(codeBytes, i + NARROW_COMPONENTS);
      let na = i16x8.splat(0), nb = i16x8.splat(0), nc = i16x8.splat(0), nd = i16x8.splat(0);
      for (; i < end; i += 32) {
        const x = v128.load(query + i), y = v128.load(query + i, 16);
        const at = i >> 1;
        na = i16x8.add(na, narrowProducts4(x, y, v128.load(a + at)));
        nb = i16x8.add(nb, narrowProducts4(x, y, v128.load(b + at)));
        nc = i16x8.add(nc, narrowProducts4(x, y, v128.load(c + at)));
        nd = i16x8.add(nd, narrowProducts4(x, y, v128.load(d + at)));
      }
      sa = i32x4.add(sa, i32x4.dot_i16x8_s(na, ones));
      sb = i32x4.add(sb, i32x4.dot_i16x8_s(nb, ones));
      sc = i32x4.add(sc, i32x4.dot_i16x8_s(nc, ones));
      sd = i32x4.add(sd, i32x4.dot_i16x8_s(nd, ones));
    }
  } else {
    for (let i = 0; i < codeBytes; i += 32) {
      const x = v128.load(query + i), y = v128.load(query + i, 16);
      const at = i >> 1;
      sa = addProducts4(sa, x, y, v128.load(a + at));
      sb = addProducts4(sb, x, y, v128.load(b + at));
      sc = addProducts4(sc, x, y, v128.load(c + at));
      sd = addProducts4(sd, x, y, v128.load(d + at));
    }
  }
  return sumsOfIntegers(sa, sb, sc, sd);
}

/**
 * Adds the products of sixteen bytes of at most 127. The instruction with the addition built in,
 * `i32x4.relaxed_dot_i8x16_i7x16_add_s`, gives wrong sums in the baseline compiler of V8 11.3.
 */
// @ts-ignore: decorator
@inline
export function addProducts7(sum: v128, x: v128, y: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return i32x4.add(sum, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(x, y), i16x8.splat(1)));
  } else {
    const even = i32x4.dot_i16x8_s(evenBytes(x), evenBytes(y));
    return i32x4.add(sum, i32x4.add(even, i32x4.dot_i16x8_s(oddBytes(x), oddBytes(y))));
  }
}

/** Adds the products of 32 bytes of at most 127 with the low and then the high halves of sixteen. */
// @ts-ignore: decorator
@inline
function addProducts4(sum: v128, x: v128, y: v128, pairs: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return i32x4.add(sum, i32x4.dot_i16x8_s(narrowProducts4(x, y, pairs), i16x8.splat(1)));
  } else {
    return addProducts7(addProducts7(sum, x, lowHalves(pairs)), y, highHalves(pairs));
  }
}

/** The same products, four to each sum of 16 bits. Only with relaxed SIMD. */
// @ts-ignore: decorator
@inline
function narrowProducts4(x: v128, y: v128, pairs: v128): v128 {
  const low = i16x8.relaxed_dot_i8x16_i7x16_s(x, lowHalves(pairs));
  return i16x8.add(low, i16x8.relaxed_dot_i8x16_i7x16_s(y, highHalves(pairs)));
}

// @ts-ignore: decorator
@inline
function lowHalves(pairs: v128): v128 {
  return v128.and(pairs, i8x16.splat(15));
}

// @ts-ignore: decorator
@inline
function highHalves(pairs: v128): v128 {
  return v128.and(i16x8.shr_u(pairs, 4), i8x16.splat(15));
}

// @ts-ignore: decorator
@inline
export function evenBytes(bytes: v128): v128 {
  return v128.and(bytes, i16x8.splat(255));
}

// @ts-ignore: decorator
@inline
export function oddBytes(bytes: v128): v128 {
  return i16x8.shr_u(bytes, 8);
}

/** The row whose number lies at an address. */
// @ts-ignore: decorator
@inline
function rowAt(base: usize, rowBytes: i32, at: usize): usize {
  return base + <usize>load<u32>(at) * <usize>rowBytes;
}

// @ts-ignore: decorator
@inline
function squareAt(squares: usize, at: usize): i32 {
  return load<i32>(squares + (<usize>load<u32>(at) << 2));
}

// @ts-ignore: decorator
@inline
function fourSquares(squares: usize, at: usize): v128 {
  let lanes = i32x4.splat(squareAt(squares, at));
  lanes = i32x4.replace_lane(lanes, 1, squareAt(squares, at + 4));
  lanes = i32x4.replace_lane(lanes, 2, squareAt(squares, at + 8));
  return i32x4.replace_lane(lanes, 3, squareAt(squares, at + 12));
}

// @ts-ignore: decorator
@inline
export function sumOfIntegers(lanes: v128): i32 {
  const pairs = i32x4.add(lanes, v128.shuffle<i32>(lanes, lanes, 2, 3, 0, 1));
  return i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
}

/** The sum of the lanes of each of four vectors. */
// @ts-ignore: decorator
@inline
export function sumsOfIntegers(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7));
}
