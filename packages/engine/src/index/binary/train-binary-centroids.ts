import { IndexMemory } from "../../kernels/index-memory.ts";
import { presentIn, rowAt } from "../present-rows.ts";
import type { RowRange, RunSteps } from "../vector-index.ts";
import type { BinaryCentroids, BinaryIvfMetric } from "./binary-ivf.ts";
import type { BinaryIvfStep } from "./binary-ivf-step.ts";

/** Binary vectors to build from, as they can be sent to a thread. */
export interface SharedBinaryVectors {
  /** Row r of the segment is `values[r * rowBytes .. (r + 1) * rowBytes]`, in shared memory. */
  readonly values: Uint8Array;
  /** Bits of a row, divided by 8. */
  readonly rowBytes: number;
  /** Numbers of the rows that have a vector, ascending; absent: all have one. */
  readonly present?: Uint32Array;
}

export interface BinaryTrainOptions {
  readonly metric: BinaryIvfMetric;
  /** Milvus's nlist, 1 to 65,536; no more centroids are made than there are rows. */
  readonly listCount: number;
  /** The same seed and rows give the same centroids. */
  readonly seed: number;
}

/** Rows that a centroid is trained with. More move it little. */
const ROWS_PER_CENTROID = 64;
const ROUND_COUNT = 8;

/** Comparisons of a row and a centroid in a step: about 5 ms for 768 bits. */
const COMPARISONS_PER_STEP = 2 ** 19;

/** So much counting of bits at a time, in bytes of counters. */
const COUNTER_BYTES_PER_STEP = 2 ** 18;

/**
 * Finds centroids for some rows by k-majority: Lloyd's rounds on a sample, each centroid the majority
 * of its rows, bit by bit. Throws `limit-exceeded` and what `run` throws.
 */
export async function trainBinaryCentroids(
  { values, rowBytes, present }: SharedBinaryVectors,
  range: RowRange,
  { metric, listCount, seed }: BinaryTrainOptions,
  run: RunSteps<BinaryIvfStep, void>,
): Promise<BinaryCentroids> {
  const rows = presentIn(present, range);
  const rowCount = rows.count;
  const count = Math.min(listCount, rowCount);
  const random = randomFrom(seed);
  const sampleCount = Math.min(rowCount, ROWS_PER_CENTROID * count);
  const vectors = new Uint8Array(new SharedArrayBuffer(sampleCount * rowBytes));
  spread(random, sampleCount, rowCount).forEach((place, i) => {
    const start = rowAt(rows, place) * rowBytes;
    vectors.set(values.subarray(start, start + rowBytes), i * rowBytes);
  });

  const memory = IndexMemory.create();
  const address = memory.allocate(count * rowBytes);
  const centroids = { metric, rowBytes, count, memory: memory.memory, address };
  spread(random, count, sampleCount).forEach((row, c) => {
    const start = row * rowBytes;
    memory.u8(address + c * rowBytes, rowBytes).set(vectors.subarray(start, start + rowBytes));
  });
  if (count === sampleCount) return centroids;

  const nearest = new Uint32Array(new SharedArrayBuffer(4 * sampleCount));
  for (let round = 0; round < ROUND_COUNT; round++) {
    await run(assignSteps(centroids, vectors, nearest, { from: 0, to: sampleCount }));
    const spares = new Uint32Array(new SharedArrayBuffer(4 * count));
    for (let c = 0; c < count; c++) spares[c] = Math.floor(random() * sampleCount);
    const stepLength = Math.max(1, Math.floor(COUNTER_BYTES_PER_STEP / (32 * rowBytes)));
    await run(
      cut({ from: 0, to: count }, stepLength).map((part) => ({
        kind: "binary-update",
        centroids,
        vectors,
        nearest,
        spares,
        ...part,
      })),
    );
  }
  return centroids;
}

/** The steps that write the numbers of rows' nearest centroids to `nearest`. */
export function assignSteps(
  centroids: BinaryCentroids,
  vectors: Uint8Array,
  nearest: Uint32Array,
  rows: { readonly from: number; readonly to: number },
): BinaryIvfStep[] {
  const stepLength = Math.max(1, Math.floor(COMPARISONS_PER_STEP / Math.max(64, centroids.count)));
  return cut(rows, stepLength).map((part) => ({
    kind: "binary-assign",
    centroids,
    vectors,
    nearest,
    ...part,
  }));
}

/** A range in pieces of at most `length`. */
export function cut(
  { from, to }: { readonly from: number; readonly to: number },
  length: number,
): { from: number; to: number }[] {
  const pieces: { from: number; to: number }[] = [];
  for (let start = from; start < to; start += length) {
    pieces.push({ from: start, to: Math.min(start + length, to) });
  }
  return pieces;
}

/** `count` different numbers below `end`, ascending, one from each of `count` equal parts. */
function spread(random: () => number, count: number, end: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.floor(((i + random()) * end) / count));
}

/** Numbers from 0 to below 1 (xorshift32: Marsaglia, 2003). */
function randomFrom(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
