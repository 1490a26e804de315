import { popcount } from "../../base/bitset.ts";
import type { BinaryMetricCode } from "../../kernels/exports/binary-exports.ts";

/** The key of the row that begins at byte `start`: the twin of `assembly/binary-keys.ts`. */
export function binaryKey(
  code: BinaryMetricCode,
  query: Uint8Array,
  vectors: Uint8Array,
  start: number,
): number {
  switch (code) {
    case 0:
      return differingBits(query, vectors, start);
    case 1:
      return jaccardDistance(query, vectors, start);
    case 2:
      return lacksBits(query, vectors, start) ? Number.POSITIVE_INFINITY : 0;
    case 3:
      return hasOtherBits(query, vectors, start) ? Number.POSITIVE_INFINITY : 0;
    default:
      return -shareOfEqualElements(2 ** (code - 4), query, vectors, start);
  }
}

function differingBits(query: Uint8Array, vectors: Uint8Array, start: number): number {
  let count = 0;
  for (let i = 0; i < query.length; i++) count += popcount(query[i] ^ vectors[start + i]);
  return count;
}

function jaccardDistance(query: Uint8Array, vectors: Uint8Array, start: number): number {
  let both = 0;
  let either = 0;
  for (let i = 0; i < query.length; i++) {
    both += popcount(query[i] & vectors[start + i]);
    either += popcount(query[i] | vectors[start + i]);
  }
  return either === 0 ? 1 : Math.fround((either - both) / either);
}

function lacksBits(query: Uint8Array, vectors: Uint8Array, start: number): boolean {
  return query.some((byte, i) => (byte & ~vectors[start + i]) !== 0);
}

function hasOtherBits(query: Uint8Array, vectors: Uint8Array, start: number): boolean {
  return query.some((byte, i) => (vectors[start + i] & ~byte) !== 0);
}

function shareOfEqualElements(
  elementBytes: number,
  query: Uint8Array,
  vectors: Uint8Array,
  start: number,
): number {
  let equalCount = 0;
  for (let i = 0; i < query.length; i += elementBytes) {
    let isEqual = true;
    for (let j = i; j < i + elementBytes; j++) isEqual &&= query[j] === vectors[start + j];
    if (isEqual) equalCount++;
  }
  return Math.fround((equalCount * elementBytes) / query.length);
}
