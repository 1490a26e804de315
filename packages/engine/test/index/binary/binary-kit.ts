import fc from "fast-check";
import { must } from "../../../src/base/assert.ts";
import { Bitset } from "../../../src/base/bitset.ts";
import { BoundedHeap } from "../../../src/base/bounded-heap.ts";
import type { BinaryMeasure } from "../../../src/index/binary/binary-measure.ts";
import type { BinarySearch } from "../../../src/index/binary/binary-search.ts";
import type { Kernels } from "../../../src/kernels/kernels.ts";
import { createScalarKernels } from "../../../src/kernels/scalar-kernels.ts";
import { allocateVectorBytes } from "../../../src/kernels/vector-memory.ts";
import { createWasmKernels } from "../../../src/kernels/wasm-kernels.ts";

export const wasmKernels: readonly Kernels[] = (["relaxed", "simd128", "wasm-scalar"] as const).map(
  (kind) => must(createWasmKernels(kind), `this runtime has ${kind}`),
);
export const allKernels: readonly Kernels[] = [...wasmKernels, createScalarKernels()];

/** The rows one after the other, in a memory of their own. */
export function binaryRows(rows: readonly Uint8Array[], rowBytes: number): Uint8Array {
  const values = allocateVectorBytes(rows.length * rowBytes);
  rows.forEach((row, r) => {
    values.set(row, r * rowBytes);
  });
  return values;
}

export interface Hits {
  readonly keys: readonly number[];
  readonly rows: readonly number[];
}

export function hitsOf(heap: BoundedHeap): Hits {
  const { keys, ids } = heap.drain();
  return { keys: [...keys], rows: [...ids] };
}

/** A key by its definition, on bits; undefined for a row that is never found. */
export function keyByDefinition(
  measure: BinaryMeasure,
  query: Uint8Array,
  row: Uint8Array,
): number | undefined {
  const a = bitsOf(query);
  const b = bitsOf(row);
  const both = a.filter((bit, i) => bit && b[i]).length;
  const either = a.filter((bit, i) => bit || b[i]).length;
  switch (measure.metric) {
    case "HAMMING":
      return either - both;
    case "JACCARD":
      return either === 0 ? 1 : Math.fround(1 - both / either);
    case "SUBSTRUCTURE":
      return a.every((bit, i) => !bit || b[i]) ? 0 : undefined;
    case "SUPERSTRUCTURE":
      return b.every((bit, i) => !bit || a[i]) ? 0 : undefined;
    case "MHJACCARD": {
      const bytes = measure.elementBits / 8;
      const count = query.length / bytes;
      const equal = Array.from({ length: count }, (_, i) => i * bytes).filter((at) =>
        query.slice(at, at + bytes).every((byte, j) => byte === row[at + j]),
      ).length;
      return equal === 0 ? undefined : -Math.fround(equal / count);
    }
  }
}

function bitsOf(bytes: Uint8Array): boolean[] {
  return Array.from({ length: 8 * bytes.length }, (_, i) => ((bytes[i >> 3] >> (i & 7)) & 1) === 1);
}

/** The k best of the rows by the definition; ties by the smaller row. */
export function bestByDefinition(
  rows: readonly Uint8Array[],
  search: BinarySearch & { readonly measure: BinaryMeasure },
  k: number,
): Hits {
  const { measure, query, allowed, bound, lowerBound = Number.NEGATIVE_INFINITY } = search;
  const hits = rows
    .map((row, r) => ({ key: keyByDefinition(measure, query, row), row: r }))
    .filter((hit): hit is { key: number; row: number } => hit.key !== undefined)
    .filter(({ key, row }) => key < bound && key >= lowerBound && allowed?.has(row) !== false)
    .sort((a, b) => a.key - b.key || a.row - b.row)
    .slice(0, k);
  return { keys: hits.map(({ key }) => key), rows: hits.map(({ row }) => row) };
}

export function bitsetOf(size: number, members: readonly number[]): Bitset {
  const set = new Bitset(size);
  for (const row of members) if (row < size) set.add(row);
  return set;
}

/** Few different bytes, so that rows overlap, contain each other and tie. */
export function arbitraryRow(rowBytes: number): fc.Arbitrary<Uint8Array> {
  const byte = fc.oneof(fc.constantFrom(0, 1, 3, 0xff), fc.nat(255));
  return fc
    .array(byte, { minLength: rowBytes, maxLength: rowBytes })
    .map((b) => Uint8Array.from(b));
}

export const heapOf = (k: number): BoundedHeap => new BoundedHeap(k);
