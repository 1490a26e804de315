// Coding rows and packing their codes into lists: see ../exports/ivf-exports.ts.
import { packFineRows } from "./ivf-fine";

const FACTOR_BYTES: usize = 2 * 4 * 32;

export function codeRows(
  rows: usize, rowCount: i32, dim: i32, centroids: usize, lists: usize, mean: usize, isInnerProduct: i32, records: usize,
  fineBytes: i32, levels: usize,
): void {
  const rowBytes = <usize>dim << 2, signBytes = <usize>dim >> 3;
  const recordBytes = signBytes + 8 + fineBytes;
  for (let r = 0; r < rowCount; r++) {
    const row = rows + <usize>r * rowBytes, record = records + <usize>r * recordBytes;
    const centroid = centroids + <usize>load<u32>(lists + (<usize>r << 2)) * rowBytes;
    codeRow(row, dim, centroid, mean, isInnerProduct, record);
    if (fineBytes == 0) continue;
    const fine = record + signBytes + 8;
    memory.fill(fine, 0, fineBytes);
    packFineRows(row, 1, dim, centroid, mean, isInnerProduct, fine, fineBytes, levels);
  }
}

/**
 * The signs of the residual r = x - c of a row, and the two numbers with which the sum of a query's
 * components by these signs becomes an estimate: see ../../index/ivf/ivf-index.ts.
 */
function codeRow(row: usize, dim: i32, centroid: usize, mean: usize, isInnerProduct: i32, record: usize): void {
  let square: f64 = 0, length: f64 = 0, signed: f64 = 0, product: f64 = 0;
  const rowBytes = <usize>dim << 2;
  if (ASC_FEATURE_SIMD) {
    const zero = f32x4.splat(0);
    let squares = zero, lengths = zero, signeds = zero, products = zero;
    let low = 0;
    for (let i: usize = 0; i < rowBytes; i += 16) {
      const center = v128.load(centroid + i);
      const residual = f32x4.sub(v128.load(row + i), center);
      const positive = f32x4.ge(residual, zero);
      const moved = f32x4.sub(center, v128.load(mean + i));
      squares = f32x4.add(squares, f32x4.mul(residual, residual));
      lengths = f32x4.add(lengths, f32x4.abs(residual));
      signeds = f32x4.add(signeds, v128.bitselect(moved, f32x4.neg(moved), positive));
      products = f32x4.add(products, f32x4.mul(residual, center));
      const bits = i32x4.bitmask(positive);
      if (i & 16) store<u8>(record + (i >> 5), low | (bits << 4));
      else low = bits;
    }
    square = sumOf(squares);
    length = sumOf(lengths);
    signed = sumOf(signeds);
    product = sumOf(products);
  } else {
    for (let i: usize = 0; i < rowBytes; i += 32) {
      let bits = 0;
      for (let j: usize = 0; j < 8; j++) {
        const at = i + (j << 2);
        const center = load<f32>(centroid + at);
        const residual = load<f32>(row + at) - center;
        const moved = center - load<f32>(mean + at);
        if (residual >= 0) bits |= 1 << <i32>j;
        square += residual * residual;
        length += Mathf.abs(residual);
        signed += residual >= 0 ? moved : -moved;
        product += residual * center;
      }
      store<u8>(record + (i >> 5), bits);
    }
  }
  const factor = length > 0 ? square / length : 0;
  const base = isInnerProduct ? factor * signed - product : square + 2 * factor * signed;
  const slope = isInnerProduct ? -factor : -2 * factor;
  store<f32>(record + (rowBytes >> 5), <f32>base);
  store<f32>(record + (rowBytes >> 5), <f32>slope, 4);
}

// @ts-ignore: decorator
@inline
function sumOf(lanes: v128): f64 {
  return <f64>f32x4.extract_lane(lanes, 0) + <f64>f32x4.extract_lane(lanes, 1)
    + <f64>f32x4.extract_lane(lanes, 2) + <f64>f32x4.extract_lane(lanes, 3);
}

export function packRows(
  records: usize, numbers: usize, rowCount: i32, firstNumber: u32, dim: i32, blocks: usize, slot: u32, fine: usize,
  fineBytes: i32,
): void {
  const signBytes = <usize>dim >> 3, recordBytes = signBytes + 8 + fineBytes;
  const blockBytes = (<usize>dim << 2) + FACTOR_BYTES;
  for (let r = 0; r < rowCount; r++) {
    const number = load<u32>(numbers + (<usize>r << 2)) - firstNumber;
    const record = records + <usize>number * recordBytes;
    const at = slot + r;
    packRow(record, signBytes, blocks + <usize>(at >> 5) * blockBytes, at & 31);
    memory.copy(fine + <usize>at * fineBytes, record + signBytes + 8, fineBytes);
  }
}

function packRow(record: usize, signBytes: usize, block: usize, slot: u32): void {
  const codes = block + (slot & 15), left = slot >> 4 << 2;
  for (let i: usize = 0; i < signBytes; i++) {
    const bits: u32 = load<u8>(record + i), code = codes + (i << 5);
    store<u8>(code, load<u8>(code) | ((bits & 15) << left));
    store<u8>(code, load<u8>(code, 16) | (bits >> 4 << left), 16);
  }
  const factors = block + (signBytes << 5) + (<usize>slot << 2);
  store<f32>(factors, load<f32>(record + signBytes));
  store<f32>(factors, load<f32>(record + signBytes, 4), 128);
}
