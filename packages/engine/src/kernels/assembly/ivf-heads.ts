// Finding the nearest of many centroids in two stages: see ../exports/ivf-exports.ts. Rows are
// rotated at random, so the first components of a difference tell how long all of it is: few lists
// are left to be compared in full.
import { addProducts7, sumOfIntegers, sumsOfIntegers } from "./codes";
import { addProducts, assignOne } from "./ivf-assign";
import { entryOf } from "./ivf-entries";

/** Components of a head. Measured: with half of them 1 % of the rows go to a list that is not the nearest. */
const HEAD: usize = 128;
/**
 * Lists are dealt out to so many stripes. All lists are compared in full whose heads are at most as far as
 * the best of each stripe: about STRIPES * ln(STRIPES) lists, whatever the data, and no sorting.
 */
const STRIPES: i32 = 16;

/** The squares of the heads of centroids' halves, in levels of the 7-bit codes. */
export function squareHeads(halves: usize, count: i32, codeBytes: i32, squares: usize): void {
  for (let r = 0; r < count; r++) {
    const half = halves + <usize>r * codeBytes;
    store<i32>(squares + (<usize>r << 2), 4 * dotOf(half, half, HEAD));
  }
}

export function assignRowsByHeads(
  codes: usize, squares: usize, rowCount: i32, codeBytes: i32, halves: usize, halfSquares: usize, listCount: i32,
  headSquares: usize, scratch: usize, assigned: usize, distances: usize,
): void {
  // Room for the distances of two rows' heads, and for candidates.
  const fourLists = listCount & ~3;
  const headsB = scratch + (<usize>listCount << 2), candidates = headsB + (<usize>listCount << 2);
  for (let r = 0; r < rowCount; r += 2) {
    const a = codes + <usize>r * codeBytes, at = <usize>r << 2;
    // The last row of an odd number is taken twice.
    const hasTwo = r + 1 < rowCount, b = hasTwo ? a + codeBytes : a;
    compareHeads(a, b, codeBytes, halves, headSquares, fourLists, scratch, headsB);
    const bestA = bestOfNear(a, squares + at, codeBytes, halves, halfSquares, fourLists, headSquares, scratch, candidates);
    assignOne(a, squares + at, codeBytes, halves, halfSquares, fourLists, listCount, bestA, assigned + at, distances + at);
    if (!hasTwo) return;
    const to = at + 4;
    const bestB = bestOfNear(b, squares + to, codeBytes, halves, halfSquares, fourLists, headSquares, headsB, candidates);
    assignOne(b, squares + to, codeBytes, halves, halfSquares, fourLists, listCount, bestB, assigned + to, distances + to);
  }
}

/** The distances of two rows' heads to those of centroids, less the squares of the rows' own. */
function compareHeads(
  a: usize, b: usize, codeBytes: i32, halves: usize, headSquares: usize, listCount: i32, headsA: usize, headsB: usize,
): void {
  for (let list = 0; list < listCount; list += 4) {
    const at = <usize>list << 2;
    const c = halves + <usize>list * codeBytes, d = c + codeBytes, e = d + codeBytes, f = e + codeBytes;
    if (ASC_FEATURE_SIMD) {
      let ac = i32x4.splat(0), ad = i32x4.splat(0), ae = i32x4.splat(0), af = i32x4.splat(0);
      let bc = i32x4.splat(0), bd = i32x4.splat(0), be = i32x4.splat(0), bf = i32x4.splat(0);
      for (let i: usize = 0; i < HEAD; i += 32) {
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
      const centroids = v128.load(headSquares + at);
      v128.store(headsA + at, i32x4.sub(centroids, i32x4.shl(sumsOfIntegers(ac, ad, ae, af), 2)));
      v128.store(headsB + at, i32x4.sub(centroids, i32x4.shl(sumsOfIntegers(bc, bd, be, bf), 2)));
    } else {
      for (let lane: usize = 0; lane < 4; lane++) {
        const half = c + lane * codeBytes, to = at + (lane << 2);
        let dotA = 0, dotB = 0;
        for (let i: usize = 0; i < HEAD; i++) {
          dotA += <i32>load<u8>(a + i) * <i32>load<u8>(half + i);
          dotB += <i32>load<u8>(b + i) * <i32>load<u8>(half + i);
        }
        store<i32>(headsA + to, load<i32>(headSquares + to) - 4 * dotA);
        store<i32>(headsB + to, load<i32>(headSquares + to) - 4 * dotB);
      }
    }
  }
}

/** The nearest of the lists whose heads are near: the rest of them is compared. */
function bestOfNear(
  code: usize, square: usize, codeBytes: i32, halves: usize, halfSquares: usize, listCount: i32, headSquares: usize,
  heads: usize, candidates: usize,
): u64 {
  const count = nearHeads(heads, listCount, candidates);
  const restBytes = <usize>codeBytes - HEAD, rest = code + HEAD, rests = halves + HEAD;
  // What distances have in common; those of heads are less the squares of the heads.
  const own = load<i32>(square);
  let best = u64.MAX_VALUE;
  for (let i = 0; i < count; i += 4) {
    const at = candidates + (<usize>i << 2);
    const c = load<u32>(at), d = load<u32>(at, 4), e = load<u32>(at, 8), f = load<u32>(at, 12);
    const c0 = rests + <usize>c * codeBytes, d0 = rests + <usize>d * codeBytes;
    const e0 = rests + <usize>e * codeBytes, f0 = rests + <usize>f * codeBytes;
    if (ASC_FEATURE_SIMD) {
      let cs = i32x4.splat(0), ds = i32x4.splat(0), es = i32x4.splat(0), fs = i32x4.splat(0);
      for (let j: usize = 0; j < restBytes; j += 32) {
        const x = v128.load(rest + j), y = v128.load(rest + j, 16);
        cs = addProducts(cs, x, y, v128.load(c0 + j), v128.load(c0 + j, 16));
        ds = addProducts(ds, x, y, v128.load(d0 + j), v128.load(d0 + j, 16));
        es = addProducts(es, x, y, v128.load(e0 + j), v128.load(e0 + j, 16));
        fs = addProducts(fs, x, y, v128.load(f0 + j), v128.load(f0 + j, 16));
      }
      const dots = sumsOfIntegers(cs, ds, es, fs);
      best = min(best, entryFor(own - 4 * i32x4.extract_lane(dots, 0), halfSquares, headSquares, heads, c));
      best = min(best, entryFor(own - 4 * i32x4.extract_lane(dots, 1), halfSquares, headSquares, heads, d));
      best = min(best, entryFor(own - 4 * i32x4.extract_lane(dots, 2), halfSquares, headSquares, heads, e));
      best = min(best, entryFor(own - 4 * i32x4.extract_lane(dots, 3), halfSquares, headSquares, heads, f));
    } else {
      best = min(best, entryFor(own - 4 * dotOf(rest, c0, restBytes), halfSquares, headSquares, heads, c));
      best = min(best, entryFor(own - 4 * dotOf(rest, d0, restBytes), halfSquares, headSquares, heads, d));
      best = min(best, entryFor(own - 4 * dotOf(rest, e0, restBytes), halfSquares, headSquares, heads, e));
      best = min(best, entryFor(own - 4 * dotOf(rest, f0, restBytes), halfSquares, headSquares, heads, f));
    }
  }
  return best;
}

function dotOf(a: usize, b: usize, byteLength: usize): i32 {
  if (ASC_FEATURE_SIMD) {
    let sums = i32x4.splat(0);
    for (let i: usize = 0; i < byteLength; i += 16) sums = addProducts7(sums, v128.load(a + i), v128.load(b + i));
    return sumOfIntegers(sums);
  }
  let dot = 0;
  for (let i: usize = 0; i < byteLength; i++) dot += <i32>load<u8>(a + i) * <i32>load<u8>(b + i);
  return dot;
}

// @ts-ignore: decorator
@inline
function entryFor(rest: i32, halfSquares: usize, headSquares: usize, heads: usize, list: u32): u64 {
  const at = <usize>list << 2;
  const square = load<i32>(halfSquares + at) - load<i32>(headSquares + at);
  return entryOf(rest + square + load<i32>(heads + at), list);
}

/**
 * Writes down the lists whose heads are no farther than the best of each stripe, and answers how many they
 * are. The first is repeated behind the last, up to a multiple of four.
 */
function nearHeads(heads: usize, listCount: i32, candidates: usize): i32 {
  const limit = worstOfStripes(heads, listCount);
  let count = 0;
  if (ASC_FEATURE_SIMD) {
    const limits = i32x4.splat(limit);
    for (let list = 0; list < listCount; list += 4) {
      let near = i32x4.bitmask(i32x4.le_s(v128.load(heads + (<usize>list << 2)), limits));
      for (; near != 0; near &= near - 1) store<u32>(candidates + (<usize>(count++) << 2), list + ctz(near));
    }
  } else {
    for (let list = 0; list < listCount; list++) {
      if (load<i32>(heads + (<usize>list << 2)) <= limit) store<u32>(candidates + (<usize>(count++) << 2), list);
    }
  }
  for (let i = count; (i & 3) != 0; i++) store<u32>(candidates + (<usize>i << 2), load<u32>(candidates));
  return count;
}

/** The largest of the stripes' smallest distances. List l is in the stripe l % STRIPES. */
function worstOfStripes(heads: usize, listCount: i32): i32 {
  let worst = i32.MIN_VALUE;
  if (ASC_FEATURE_SIMD) {
    let a = i32x4.splat(i32.MAX_VALUE), b = a, c = a, d = a;
    // Lists behind the last whole row of stripes are candidates, but set no limit.
    for (let list = 0; list + STRIPES <= listCount; list += STRIPES) {
      const at = heads + (<usize>list << 2);
      a = i32x4.min_s(a, v128.load(at));
      b = i32x4.min_s(b, v128.load(at, 16));
      c = i32x4.min_s(c, v128.load(at, 32));
      d = i32x4.min_s(d, v128.load(at, 48));
    }
    const lanes = i32x4.max_s(i32x4.max_s(a, b), i32x4.max_s(c, d));
    worst = max(i32x4.extract_lane(lanes, 0), i32x4.extract_lane(lanes, 1));
    return max(worst, max(i32x4.extract_lane(lanes, 2), i32x4.extract_lane(lanes, 3)));
  }
  const inRows = listCount - listCount % STRIPES;
  for (let stripe = 0; stripe < STRIPES; stripe++) {
    let best = i32.MAX_VALUE;
    for (let list = stripe; list < inRows; list += STRIPES) best = min(best, load<i32>(heads + (<usize>list << 2)));
    worst = max(worst, best);
  }
  return worst;
}
