import {
  type Column,
  createVectorArray,
  EngineError,
  type FixedArray,
  strideOf,
  type VectorColumn,
  vectorByteLength,
} from "@redkite/engine";

/** Bytes that the vectors of one request's field may take: a null takes as much as a vector. */
const expandedBytesMax = 2 ** 30;

/** Spreads the valid rows over all rows: row i is null where `valid[i]` is 0. */
export function expandColumn(compact: Column, valid: Uint8Array): Column {
  const rowCount = valid.length;
  if (compact.rowCount === rowCount) return compact;
  const validity = bitmapOf(valid);
  switch (compact.layout) {
    case "fixed":
      return { ...compact, rowCount, values: expandValues(compact.values, valid), validity };
    case "bytes":
    case "list":
    case "sparse":
      return { ...compact, rowCount, offsets: expandOffsets(compact.offsets, valid), validity };
    case "vector":
      return { ...compact, rowCount, values: expandVectors(compact, valid), validity };
  }
}

function bitmapOf(valid: Uint8Array): Uint8Array {
  const bitmap = new Uint8Array((valid.length + 7) >>> 3);
  for (let row = 0; row < valid.length; row++) bitmap[row >>> 3] |= valid[row] << (row & 7);
  return bitmap;
}

function expandValues(values: FixedArray, valid: Uint8Array): FixedArray {
  // Typed arrays construct their own kind, which the compiler doesn't know.
  const Kind = values.constructor as new (length: number) => FixedArray;
  const expanded = new Kind(valid.length);
  let from = 0;
  for (let row = 0; row < valid.length; row++) {
    if (valid[row] !== 0) expanded[row] = values[from++];
  }
  return expanded;
}

function expandVectors(compact: VectorColumn, valid: Uint8Array): VectorColumn["values"] {
  const { element, dim, values } = compact;
  const size = valid.length * vectorByteLength(element, dim);
  if (size > expandedBytesMax) {
    throw new EngineError(
      "limit-exceeded",
      `${valid.length} vectors of ${dim} dimensions take ${size} bytes, more than ${expandedBytesMax}`,
    );
  }
  const stride = strideOf(element, dim);
  const expanded = createVectorArray(compact, valid.length);
  let from = 0;
  for (let row = 0; row < valid.length; row++) {
    if (valid[row] === 0) continue;
    expanded.set(values.subarray(from, from + stride), row * stride);
    from += stride;
  }
  return expanded;
}

/** Null rows are empty. */
function expandOffsets(offsets: Uint32Array, valid: Uint8Array): Uint32Array {
  const expanded = new Uint32Array(valid.length + 1);
  let from = 0;
  expanded[0] = offsets[0];
  for (let row = 0; row < valid.length; row++) {
    from += valid[row];
    expanded[row + 1] = offsets[from];
  }
  return expanded;
}
