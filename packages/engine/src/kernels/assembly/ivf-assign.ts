// Training and assignment of rows to centroids, on codes: see ../exports/ivf-exports.ts.
import { evenBytes, oddBytes, sumsOfIntegers } from "./codes";
import { entryOf, keyIn, rowIn } from "./ivf-entries";

export function halveCodes(codes: usize, count: i32, codeBytes: i32, halves: usize, squares: usize): void {
  for (let r = 0; r < count; r++) {
    const from = codes + <usize>r * codeBytes, to = halves + <usize>r * codeBytes;
    let square = 0;
    for (let i: usize = 0; i < <usize>codeBytes; i++) {
      const half = min<i32>(63, (<i32>load<u8>(from + i) + 1) >> 1);
      store<u8>(to + i, half);
      square += 4 * half * half;
    }
    store<i32>(squares + (<usize>r << 2), square);
  }
}

export function assignRows(
  codes: usize, squares: usize, rowCount: i32, codeBytes: i32, halves: usize, halfSquares: usize, listCount: i32,
  assigned: usize, distances: usize,
): void {
  let r = 0;
  for (; r + 2 <= rowCount; r += 2) {
    const at = <usize>r << 2, a = codes + <usize>r * codeBytes, b = a + codeBytes;
    assignTwo(a, b, squares + at, codeBytes, halves, halfSquares, listCount, assigned + at, distances + at);
  }
  if (r < rowCount) {
    const at = <usize>r << 2, a = codes + <usize>r * codeBytes;
    assignOne(a, squares + at, codeBytes, halves, halfSquares, 0, listCount, u64.MAX_VALUE, assigned + at, distances + at);
  }
}

/** Two rows at a time: a centroid's code is loaded once for both. */
function assignTwo(
  a: usize, b: usize, squares: usize, codeBytes: i32, halves: usize, halfSquares: usize, listCount: i32, assigned: usize,
  distances: usize,
): void {
  let bestA = u64.MAX_VALUE, bestB = u64.MAX_VALUE;
  let list = 0;
  if (ASC_FEATURE_SIMD) {
    const squareA = i32x4.splat(load<i32>(squares)), squareB = i32x4.splat(load<i32>(squares, 4));
    for (; list + 4 <= listCount; list += 4) {
      const c = halves + <usize>list * codeBytes, d = c + codeBytes, e = d + codeBytes, f = e + codeBytes;
      let ac = i32x4.splat(0), ad = i32x4.splat(0), ae = i32x4.splat(0), af = i32x4.splat(0);
      let bc = i32x4.splat(0), bd = i32x4.splat(0), be = i32x4.splat(0), bf = i32x4.splat(0);
      for (let i: usize = 0; i < <usize>codeBytes; i += 32) {
        const a0 = v128.load(a + i), a1 = v128.load(a + i, 16), b0 = v128.load(b + i), b1 = v128.load(b + i, 16);
        const c0 = v128.load(c + i), c1 = v128.load(c + i, 16);
        ac = addProducts(ac, a0, a1, c0, c1);
        bc = addProducts(bc, b0, b1, c0, c1);
        const d0 = v128.load(d + i), d1 = v128.load(d + i, 16);
        ad = addProducts(ad, a0, a1, d0, d1);
        bd = addProducts(bd, b0, b1, d0, d1);
        const e0 = v128.load(e + i), e1 = v128.load(e + i, 16);
        ae = addProducts(ae, a0, a1, e0, e1);
        be = addProducts(be, b0, b1, e0, e1);
        const f0 = v128.load(f + i), f1 = v128.load(f + i, 16);
        af = addProducts(af, a0, a1, f0, f1);
        bf = addProducts(bf, b0, b1, f0, f1);
      }
      const centroids = v128.load(halfSquares + (<usize>list << 2));
      bestA = better(bestA, distancesOf(squareA, centroids, sumsOfIntegers(ac, ad, ae, af)), list);
      bestB = better(bestB, distancesOf(squareB, centroids, sumsOfIntegers(bc, bd, be, bf)), list);
    }
  }
  assignOne(a, squares, codeBytes, halves, halfSquares, list, listCount, bestA, assigned, distances);
  assignOne(b, squares + 4, codeBytes, halves, halfSquares, list, listCount, bestB, assigned + 4, distances + 4);
}

/** Goes on with the lists from `start`, when `best` is the best of those before. */
export function assignOne(
  code: usize, square: usize, codeBytes: i32, halves: usize, halfSquares: usize, start: i32, listCount: i32, best: u64,
  assigned: usize, distance: usize,
): void {
  for (let list = start; list < listCount; list++) {
    const half = halves + <usize>list * codeBytes;
    let product = 0;
    for (let i: usize = 0; i < <usize>codeBytes; i++) product += <i32>load<u8>(code + i) * <i32>load<u8>(half + i);
    const sum = load<i32>(square) + load<i32>(halfSquares + (<usize>list << 2));
    best = min(best, entryOf(sum - 4 * product, list));
  }
  store<u32>(assigned, rowIn(best));
  store<u32>(distance, keyIn(best));
}

/** Adds the products of 32 bytes of at most 127 with bytes of at most 63: two pairs fit into 16 bits. */
// @ts-ignore: decorator
@inline
export function addProducts(sum: v128, x0: v128, x1: v128, y0: v128, y1: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    const products = i16x8.add(i16x8.relaxed_dot_i8x16_i7x16_s(x0, y0), i16x8.relaxed_dot_i8x16_i7x16_s(x1, y1));
    return i32x4.add(sum, i32x4.dot_i16x8_s(products, i16x8.splat(1)));
  } else {
    const even = i32x4.add(i32x4.dot_i16x8_s(evenBytes(x0), evenBytes(y0)), i32x4.dot_i16x8_s(evenBytes(x1), evenBytes(y1)));
    const odd = i32x4.add(i32x4.dot_i16x8_s(oddBytes(x0), oddBytes(y0)), i32x4.dot_i16x8_s(oddBytes(x1), oddBytes(y1)));
    return i32x4.add(sum, i32x4.add(even, odd));
  }
}

// @ts-ignore: decorator
@inline
function distancesOf(square: v128, centroidSquares: v128, products: v128): v128 {
  return i32x4.sub(i32x4.add(square, centroidSquares), i32x4.shl(products, 2));
}

/** The best of an entry and of four lists with these distances. */
// @ts-ignore: decorator
@inline
function better(entry: u64, distances: v128, list: i32): u64 {
  let best = min(entry, entryOf(i32x4.extract_lane(distances, 0), list));
  best = min(best, entryOf(i32x4.extract_lane(distances, 1), list + 1));
  best = min(best, entryOf(i32x4.extract_lane(distances, 2), list + 2));
  return min(best, entryOf(i32x4.extract_lane(distances, 3), list + 3));
}

export function meanOfCodes(
  codes: usize, codeBytes: i32, rows: usize, rowCount: i32, sums: usize, mean: usize, scale: f32, dim: i32, centroid: usize,
): void {
  memory.fill(sums, 0, <usize>codeBytes << 2);
  for (let r = 0; r < rowCount; r++) {
    addCode(sums, codes + <usize>load<u32>(rows + (<usize>r << 2)) * codeBytes, codeBytes);
  }
  const share: f32 = 1 / <f32>rowCount, unit: f32 = 1 / scale;
  for (let i = 0; i < dim; i++) {
    const at = <usize>i << 2;
    const level = <f32>load<u32>(sums + at) * share - 64;
    store<f32>(centroid + at, level * unit + load<f32>(mean + at));
  }
}

/** Adds the bytes of a code to words. */
// @ts-ignore: decorator
@inline
function addCode(sums: usize, code: usize, codeBytes: i32): void {
  let i: usize = 0;
  if (ASC_FEATURE_SIMD) {
    for (; i < <usize>codeBytes; i += 16) {
      const bytes = v128.load(code + i), at = sums + (i << 2);
      const low = i16x8.extend_low_i8x16_u(bytes), high = i16x8.extend_high_i8x16_u(bytes);
      v128.store(at, i32x4.add(v128.load(at), i32x4.extend_low_i16x8_u(low)));
      v128.store(at, i32x4.add(v128.load(at, 16), i32x4.extend_high_i16x8_u(low)), 16);
      v128.store(at, i32x4.add(v128.load(at, 32), i32x4.extend_low_i16x8_u(high)), 32);
      v128.store(at, i32x4.add(v128.load(at, 48), i32x4.extend_high_i16x8_u(high)), 48);
    }
  }
  for (; i < <usize>codeBytes; i++) {
    const at = sums + (i << 2);
    store<u32>(at, load<u32>(at) + load<u8>(code + i));
  }
}
