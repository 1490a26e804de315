import fc from "fast-check";
import { Bitset } from "../../../src/base/bitset.ts";
import { BoundedHeap } from "../../../src/base/bounded-heap.ts";
import {
  buildSparseInverted,
  runSparseBuildStep,
} from "../../../src/index/sparse/build-sparse-inverted.ts";
import type { SparseInverted } from "../../../src/index/sparse/sparse-inverted.ts";
import type { SparseRows, SparseVector } from "../../../src/index/sparse/sparse-rows.ts";
import type { SparseWeighting } from "../../../src/index/sparse/sparse-weighting.ts";

/** A vector as pairs of index and value. */
export type Pairs = readonly (readonly [number, number])[];

export function sparseVector(pairs: Pairs): SparseVector {
  const sorted = [...pairs].sort(([a], [b]) => a - b);
  return {
    indices: Uint32Array.from(sorted, ([index]) => index),
    values: Float32Array.from(sorted, ([, value]) => value),
  };
}

export function sparseRows(vectors: readonly Pairs[]): SparseRows {
  const rows = vectors.map(sparseVector);
  const offsets = new Uint32Array(rows.length + 1);
  rows.forEach((row, r) => {
    offsets[r + 1] = offsets[r] + row.indices.length;
  });
  return {
    offsets,
    indices: Uint32Array.from(rows.flatMap(({ indices }) => [...indices])),
    values: Float32Array.from(rows.flatMap(({ values }) => [...values])),
  };
}

export const byValue: SparseWeighting = { kind: "value" };

/** Builds in this thread, the last window first: steps may run in any order. */
export function buildInline(
  rows: SparseRows,
  {
    rowStart = 0,
    rowEnd = rows.offsets.length - 1,
    weighting = byValue,
    windowRows = 8,
  }: {
    rowStart?: number;
    rowEnd?: number;
    weighting?: SparseWeighting;
    windowRows?: number;
  } = {},
): Promise<SparseInverted> {
  return buildSparseInverted(rows, { rowStart, rowEnd }, { weighting, windowRows }, async (steps) =>
    steps.map(runSparseBuildStep),
  );
}

/** What a search found, best first. */
export function hitsOf(heap: BoundedHeap): { keys: number[]; rows: number[] } {
  const { keys, ids } = heap.drain();
  return { keys: [...keys], rows: [...ids] };
}

export const heapOf = (k: number): BoundedHeap => new BoundedHeap(k);

export function bitsetOf(size: number, members: readonly number[]): Bitset {
  const set = new Bitset(size);
  for (const row of members) if (row < size) set.add(row);
  return set;
}

/** Few indices and few values, so that rows overlap and scores tie. The largest index is among them. */
const index = fc.oneof(fc.nat(12), fc.constantFrom(4_294_967_294, 70_000, 65_536));
const value = fc.oneof(
  fc.constantFrom(0, 0.25, 0.5, 1, 2),
  fc.float({ min: 0, max: 1e6, noNaN: true }),
);

export const arbitraryPairs: fc.Arbitrary<Pairs> = fc.uniqueArray(fc.tuple(index, value), {
  selector: ([i]) => i,
  maxLength: 10,
});
