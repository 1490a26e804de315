// Packing rows into lists: see ../exports/ivf-exports.ts.

const FACTOR_BYTES: usize = 2 * 4 * 32;

export function packRows(
  rows: usize, rowCount: i32, dim: i32, centroid: usize, mean: usize, isInnerProduct: i32, blocks: usize, slot: u32,
): void {
  const blockBytes = (<usize>dim << 2) + FACTOR_BYTES;
  for (let r = 0; r < rowCount; r++) {
    const at = slot + r;
    const block = blocks + <usize>(at >> 5) * blockBytes;
    packRow(rows + (<usize>(r * dim) << 2), dim, centroid, mean, isInnerProduct, block, at & 31);
  }
}

/**
 * The signs of the residual r = x - c of a row, and the two numbers with which the sum of a query's
 * components by these signs becomes an estimate: see ../../index/ivf/ivf-index.ts.
 */
function packRow(
  row: usize, dim: i32, centroid: usize, mean: usize, isInnerProduct: i32, block: usize, slot: u32,
): void {
  const codes = block + (slot & 15), left = slot >> 4 << 2;
  let square: f64 = 0, length: f64 = 0, signed: f64 = 0, product: f64 = 0;
  const rowBytes = <usize>dim << 2;
  if (ASC_FEATURE_SIMD) {
    const zero = f32x4.splat(0);
    let squares = zero, lengths = zero, signeds = zero, products = zero;
    for (let i: usize = 0; i < rowBytes; i += 16) {
      const center = v128.load(centroid + i);
      const residual = f32x4.sub(v128.load(row + i), center);
      const positive = f32x4.ge(residual, zero);
      const moved = f32x4.sub(center, v128.load(mean + i));
      squares = f32x4.add(squares, f32x4.mul(residual, residual));
      lengths = f32x4.add(lengths, f32x4.abs(residual));
      signeds = f32x4.add(signeds, v128.bitselect(moved, f32x4.neg(moved), positive));
      products = f32x4.add(products, f32x4.mul(residual, center));
      const code = codes + i;
      store<u8>(code, load<u8>(code) | (i32x4.bitmask(positive) << left));
    }
    square = sumOf(squares);
    length = sumOf(lengths);
    signed = sumOf(signeds);
    product = sumOf(products);
  } else {
    for (let i: usize = 0; i < rowBytes; i += 16) {
      let bits = 0;
      for (let j: usize = 0; j < 4; j++) {
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
      const code = codes + i;
      store<u8>(code, load<u8>(code) | (bits << left));
    }
  }
  const factor = length > 0 ? square / length : 0;
  const base = isInnerProduct ? factor * signed - product : square + 2 * factor * signed;
  const slope = isInnerProduct ? -factor : -2 * factor;
  const factors = block + rowBytes + (<usize>slot << 2);
  store<f32>(factors, <f32>base);
  store<f32>(factors, <f32>slope, 128);
}

// @ts-ignore: decorator
@inline
function sumOf(lanes: v128): f64 {
  return <f64>f32x4.extract_lane(lanes, 0) + <f64>f32x4.extract_lane(lanes, 1)
    + <f64>f32x4.extract_lane(lanes, 2) + <f64>f32x4.extract_lane(lanes, 3);
}
