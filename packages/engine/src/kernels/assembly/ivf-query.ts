// Preparing a query for the scan of lists: see ../exports/ivf-exports.ts.
import { dot7, fourDots7 } from "./codes";
import { entryOf, keyIn, keyOf, rowIn, sortEntries, valueOf } from "./ivf-entries";
import { squaredDistance } from "./lanes";

export function codeDistances(
  query: usize, querySquare: i32, codes: usize, squares: usize, codeBytes: i32, count: i32, unit: f32, distances: usize,
): void {
  let i = 0;
  if (ASC_FEATURE_SIMD) {
    for (; i + 4 <= count; i += 4) {
      const code = codes + <usize>i * codeBytes, at = <usize>i << 2;
      const products = fourDots7(
        query, code, code + codeBytes, code + <usize>codeBytes * 2, code + <usize>codeBytes * 3, codeBytes,
      );
      const sums = i32x4.add(i32x4.splat(querySquare), v128.load(squares + at));
      const units = f32x4.convert_i32x4_s(i32x4.sub(sums, i32x4.shl(products, 1)));
      v128.store(distances + at, f32x4.mul(units, f32x4.splat(unit)));
    }
  }
  for (; i < count; i++) {
    const product = dot7(query, codes + <usize>i * codeBytes, codeBytes), at = <usize>i << 2;
    store<f32>(distances + at, <f32>(querySquare + load<i32>(squares + at) - 2 * product) * unit);
  }
}

export function exactDistances(query: usize, rows: usize, dim: i32, count: i32, distances: usize): void {
  const rowBytes = <usize>dim << 2;
  for (let i = 0; i < count; i++) {
    store<f32>(distances + (<usize>i << 2), squaredDistance(query, rows + <usize>i * rowBytes, dim));
  }
}

/** So many of the nearest lists tell how far away near lists are: see {@link rankLists}. */
const NEAREST_LISTS: i32 = 4;

export function rankLists(
  distances: usize, count: i32, most: i32, reach: f32, penalties: usize, norms: usize, querySquare: f32, entries: usize,
  probes: usize,
): i32 {
  for (let i = 0; i < count; i++) {
    const at = <usize>i << 2;
    const gap = gapOf(load<f32>(distances + at), norms, at, querySquare);
    store<u64>(entries + (<usize>i << 3), entryOf(keyOf(gap + load<f32>(penalties + at)), i));
  }
  const wanted = min(most, countWithin(reach, entries, count));
  sortEntries(entries, count, wanted);
  for (let i = 0; i < wanted; i++) {
    const list = rowIn(load<u64>(entries + (<usize>i << 3)));
    const at = <usize>list << 2, probe = probes + <usize>i * 12;
    const distance = load<f32>(distances + at);
    store<u32>(probe, list);
    store<f32>(probe, gapOf(distance, norms, at, querySquare), 4);
    store<f32>(probe, <f32>Math.sqrt(<f64>max<f32>(0, distance)), 8);
  }
  return wanted;
}

/** How many lists are at most `reach` behind the mean of the nearest: one at least. Sorts these. */
function countWithin(reach: f32, entries: usize, count: i32): i32 {
  if (reach == Infinity) return count;
  const nearest = min(NEAREST_LISTS, count);
  sortEntries(entries, count, nearest);
  let sum: f32 = 0;
  for (let i = 0; i < nearest; i++) sum += valueOf(keyIn(load<u64>(entries + (<usize>i << 3))));
  const limit = keyOf(sum / <f32>nearest + reach);
  let within = 0;
  for (let i = 0; i < count; i++) within += <i32>(keyIn(load<u64>(entries + (<usize>i << 3))) <= limit);
  return max(1, within);
}

/**
 * What the keys of a list's rows have in common: the squared distance of the query to its centroid,
 * or, where there are `norms`, their inner product times -1, by the law of cosines.
 */
// @ts-ignore: decorator
@inline
function gapOf(distance: f32, norms: usize, at: usize, querySquare: f32): f32 {
  return norms ? (distance - querySquare - load<f32>(norms + at)) * 0.5 : distance;
}

export function fillTable(query: usize, mean: usize, dim: i32, table: usize, scaling: usize): void {
  let largest: f32 = 0, offset: f32 = 0;
  for (let i = 0; i < dim; i += 4) {
    let sum: f32 = 0;
    for (let j = i; j < i + 4; j++) sum += Mathf.abs(component(query, mean, j));
    largest = max(largest, sum);
    offset -= sum;
  }
  const step: f32 = largest / <f32>63.5, inverse: f32 = largest > 0 ? <f32>63.5 / largest : 0;
  for (let i = 0; i < dim; i += 4) {
    const a = component(query, mean, i) * inverse, b = component(query, mean, i + 1) * inverse;
    const c = component(query, mean, i + 2) * inverse, d = component(query, mean, i + 3) * inverse;
    // The lowest sum is level 0; half a level is for rounding.
    const lowest = Mathf.abs(a) + Mathf.abs(b) + Mathf.abs(c) + Mathf.abs(d) - a - b - c - d + <f32>0.5;
    fillGroup(table + (<usize>i << 2), lowest, 2 * a, 2 * b, 2 * c, 2 * d);
  }
  store<f32>(scaling, step);
  store<f32>(scaling, offset, 4);
}

/** Levels of the sixteen sums: bit j of an entry's number tells that component j counts. */
// @ts-ignore: decorator
@inline
function fillGroup(entries: usize, lowest: f32, a: f32, b: f32, c: f32, d: f32): void {
  if (ASC_FEATURE_SIMD) {
    let first = f32x4.splat(lowest);
    first = f32x4.replace_lane(first, 1, lowest + a);
    first = f32x4.replace_lane(first, 2, lowest + b);
    first = f32x4.replace_lane(first, 3, lowest + a + b);
    const second = f32x4.add(first, f32x4.splat(c)), third = f32x4.add(first, f32x4.splat(d));
    const fourth = f32x4.add(second, f32x4.splat(d));
    const low = i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(first), i32x4.trunc_sat_f32x4_s(second));
    const high = i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(third), i32x4.trunc_sat_f32x4_s(fourth));
    v128.store(entries, i8x16.min_u(i8x16.narrow_i16x8_u(low, high), i8x16.splat(127)));
  } else {
    for (let i = 0; i < 16; i++) {
      let level = lowest;
      if (i & 1) level += a;
      if (i & 2) level += b;
      if (i & 4) level += c;
      if (i & 8) level += d;
      store<u8>(entries + i, <i32>max<f32>(0, min<f32>(127, level)));
    }
  }
}

// @ts-ignore: decorator
@inline
function component(query: usize, mean: usize, i: i32): f32 {
  const at = <usize>i << 2;
  return load<f32>(query + at) - load<f32>(mean + at);
}
