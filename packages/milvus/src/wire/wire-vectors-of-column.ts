import {
  type Column,
  isValid,
  type ListColumn,
  type SparseColumn,
  strideOf,
  type VectorColumn,
} from "@redkite/engine";
import type {
  WireByteVectors,
  WireSparseVectors,
  WireVectorArrays,
  WireVectors,
} from "./wire-field.ts";

/** Dense vectors of an answer, without the placeholders of null rows. */
export function wireVectors(column: VectorColumn): WireVectors {
  return vectorsOf(column, validVectors(column));
}

function vectorsOf(
  { element, dim }: Pick<VectorColumn, "element" | "dim">,
  values: VectorColumn["values"],
): WireVectors {
  if (values instanceof Float32Array) return { kind: "floatVector", dim, values };
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { kind: byteKinds[element === "float32" ? "bit" : element], dim, bytes };
}

const byteKinds = {
  float16: "float16Vector",
  bfloat16: "bfloat16Vector",
  int8: "int8Vector",
  bit: "binaryVector",
} as const satisfies Record<string, WireByteVectors["kind"]>;

function validVectors(column: VectorColumn): VectorColumn["values"] {
  const { values, validity, rowCount, element, dim } = column;
  if (validity === undefined) return values;
  const stride = strideOf(element, dim);
  const compact = values.slice();
  let end = 0;
  for (let row = 0; row < rowCount; row++) {
    if (!isValid(column, row)) continue;
    compact.set(values.subarray(row * stride, (row + 1) * stride), end);
    end += stride;
  }
  return compact.subarray(0, end);
}

/** Sparse vectors of an answer, without null rows: pairs of index and value, little-endian. */
export function wireSparse(column: SparseColumn): WireSparseVectors {
  const { indices, values, offsets } = column;
  const start = offsets[0];
  const count = offsets[column.rowCount] - start;
  const words = new Uint32Array(count * 2);
  const floats = new Float32Array(words.buffer);
  let dim = 0;
  for (let i = 0; i < count; i++) {
    const index = indices[start + i];
    words[2 * i] = index;
    floats[2 * i + 1] = values[start + i];
    if (index >= dim) dim = index + 1;
  }
  const ends = validOffsets(column, offsets).map((offset) => (offset - start) * 8);
  return { kind: "sparseFloatVector", dim, offsets: ends, bytes: new Uint8Array(words.buffer) };
}

/** The offsets of the rows that have a value; null rows hold nothing. */
function validOffsets(column: Column, offsets: Uint32Array): Uint32Array {
  if (column.validity === undefined) return offsets;
  const kept = [offsets[0]];
  for (let row = 0; row < column.rowCount; row++) {
    if (isValid(column, row)) kept.push(offsets[row + 1]);
  }
  return Uint32Array.from(kept);
}

/** Arrays of vectors of an answer, without null rows. */
export function wireVectorArrays(
  column: ListColumn,
  elements: VectorColumn,
  elementTypeId: number,
): WireVectorArrays {
  const { dim, element } = elements;
  const stride = strideOf(element, dim);
  const wire = vectorsOf(elements, elements.values);
  const width = wire.kind === "floatVector" ? stride : stride * elements.values.BYTES_PER_ELEMENT;
  const offsets = validOffsets(column, column.offsets).map((offset) => offset * width);
  return { kind: "vectorArray", dim, elementTypeId, offsets, elements: wire };
}
