// How far a binary row is from a binary query, as a key: smaller is nearer.
//
// `metric` is always a constant where this is called, and everything is inlined: the compiler drops
// the branches that do not apply. Bits are counted 64 at a time in two sums: measured on x86-64 as
// fast as `i8x16.popcnt` at 1,024 bits and 1.5 times as fast at 256, and the same in every build.

/** What `binary-exports.ts` calls a `BinaryMetricCode`. */
export type BinaryMetric = i32;
export const HAMMING: BinaryMetric = 0;
export const JACCARD: BinaryMetric = 1;
export const SUBSTRUCTURE: BinaryMetric = 2;
export const SUPERSTRUCTURE: BinaryMetric = 3;
/** From here on: MinHash signatures, with elements of 1, 2, 4 and 8 bytes. */
export const MINHASH_8: BinaryMetric = 4;
export const MINHASH_16: BinaryMetric = 5;
export const MINHASH_32: BinaryMetric = 6;
export const MINHASH_64: BinaryMetric = 7;

// @ts-ignore: decorator
@inline
export function keyOf(metric: BinaryMetric, query: usize, row: usize, rowBytes: usize): f32 {
  if (metric == HAMMING) return <f32>differingBits(query, row, rowBytes);
  if (metric == JACCARD) return jaccardDistance(query, row, rowBytes);
  if (metric == SUBSTRUCTURE) return isSubset(query, row, rowBytes) ? 0 : <f32>Infinity;
  if (metric == SUPERSTRUCTURE) return isSubset(row, query, rowBytes) ? 0 : <f32>Infinity;
  if (metric == MINHASH_8) return -<f32>equalElements<u8>(query, row, rowBytes) / <f32>rowBytes;
  if (metric == MINHASH_16) return -<f32>equalElements<u16>(query, row, rowBytes) / <f32>(rowBytes >> 1);
  if (metric == MINHASH_32) return -<f32>equalElements<u32>(query, row, rowBytes) / <f32>(rowBytes >> 2);
  return -<f32>equalElements<u64>(query, row, rowBytes) / <f32>(rowBytes >> 3);
}

// @ts-ignore: decorator
@inline
function differingBits(a: usize, b: usize, byteLength: usize): i32 {
  let even: i64 = 0, odd: i64 = 0;
  let i: usize = 0;
  for (; i + 16 <= byteLength; i += 16) {
    even += popcnt<i64>(load<i64>(a + i) ^ load<i64>(b + i));
    odd += popcnt<i64>(load<i64>(a + i, 8) ^ load<i64>(b + i, 8));
  }
  for (; i < byteLength; i++) even += popcnt<i64>(<i64>(load<u8>(a + i) ^ load<u8>(b + i)));
  return <i32>(even + odd);
}

/** 1 - |a & b| / |a | b|; 1 for two rows without a bit, as Milvus has it. */
// @ts-ignore: decorator
@inline
function jaccardDistance(a: usize, b: usize, byteLength: usize): f32 {
  let both: i64 = 0, either: i64 = 0;
  let i: usize = 0;
  for (; i + 8 <= byteLength; i += 8) {
    const x = load<i64>(a + i), y = load<i64>(b + i);
    both += popcnt<i64>(x & y);
    either += popcnt<i64>(x | y);
  }
  for (; i < byteLength; i++) {
    const x = <i64>load<u8>(a + i), y = <i64>load<u8>(b + i);
    both += popcnt<i64>(x & y);
    either += popcnt<i64>(x | y);
  }
  return either == 0 ? 1 : <f32>(either - both) / <f32>either;
}

/** Whether all bits of `a` are in `b` too. */
// @ts-ignore: decorator
@inline
function isSubset(a: usize, b: usize, byteLength: usize): bool {
  let i: usize = 0;
  for (; i + 8 <= byteLength; i += 8) {
    if ((load<u64>(a + i) & ~load<u64>(b + i)) != 0) return false;
  }
  for (; i < byteLength; i++) {
    if ((load<u8>(a + i) & ~load<u8>(b + i)) != 0) return false;
  }
  return true;
}

// @ts-ignore: decorator
@inline
function equalElements<T>(a: usize, b: usize, byteLength: usize): i32 {
  let count: i32 = 0;
  let i: usize = 0;
  if (ASC_FEATURE_SIMD) {
    for (; i + 16 <= byteLength; i += 16) {
      count += popcnt<i32>(v128.bitmask<T>(v128.eq<T>(v128.load(a + i), v128.load(b + i))));
    }
  }
  for (; i < byteLength; i += sizeof<T>()) count += <i32>(load<T>(a + i) == load<T>(b + i));
  return count;
}
