import { must, unreachable } from "../../base/assert.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import type { WasmMemory } from "../../kernels/web-assembly.ts";
import type { BinaryCentroids } from "./binary-ivf.ts";

/** A part of the building of a BinaryIvf, of some milliseconds. Arrays lie in shared memory. */
export type BinaryIvfStep = AssignStep | UpdateStep | CopyStep;

/** Finds the nearest centroids of the rows `from` to `to`. */
interface AssignStep {
  readonly kind: "binary-assign";
  readonly centroids: BinaryCentroids;
  readonly vectors: Uint8Array;
  readonly from: number;
  readonly to: number;
  /** One number for each row of `vectors`. */
  readonly nearest: Uint32Array;
}

/** Moves the centroids `from` to `to` into the middle of their rows. */
interface UpdateStep {
  readonly kind: "binary-update";
  readonly centroids: BinaryCentroids;
  readonly vectors: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly nearest: Uint32Array;
  /** The row, by its number, that a centroid without rows moves to: one for each centroid. */
  readonly spares: Uint32Array;
}

/** Copies the vectors at the places `from` to `to` of the lists. */
interface CopyStep {
  readonly kind: "binary-copy";
  readonly memory: WasmMemory;
  readonly vectors: Uint8Array;
  readonly rowBytes: number;
  readonly from: number;
  readonly to: number;
  /** Addresses of the row numbers and of the vectors, as in BinaryIvf. */
  readonly rows: number;
  readonly target: number;
}

/** Rows that are copied into the memory of the centroids at a time. */
const CHUNK_ROWS = 256;

/** Runs a step in the thread of these kernels. */
export function runBinaryIvfStep(kernels: Kernels, step: BinaryIvfStep): void {
  switch (step.kind) {
    case "binary-assign":
      assignRows(kernels, step);
      break;
    case "binary-update":
      moveCentroids(step);
      break;
    case "binary-copy":
      copyRows(step);
      break;
    default:
      unreachable(step);
  }
}

function assignRows(kernels: Kernels, { centroids, vectors, from, to, nearest }: AssignStep): void {
  const { rowBytes, count, address, metric } = centroids;
  const memory = IndexMemory.over(centroids.memory);
  const exports = must(kernels.exportsOver(centroids.memory), "indexes need WebAssembly");
  const chunk = memory.scratch("binary-rows", CHUNK_ROWS * rowBytes);
  const found = memory.scratch("binary-nearest", CHUNK_ROWS * 4);
  const chunkBytes = memory.u8(chunk, CHUNK_ROWS * rowBytes);
  const foundNumbers = memory.u32(found, CHUNK_ROWS);
  const code = metric === "HAMMING" ? 0 : 1;
  for (let row = from; row < to; row += CHUNK_ROWS) {
    const rowCount = Math.min(CHUNK_ROWS, to - row);
    chunkBytes.set(vectors.subarray(row * rowBytes, (row + rowCount) * rowBytes));
    exports.nearestBinaryCentroids(code, chunk, rowCount, rowBytes, address, count, found);
    nearest.set(foundNumbers.subarray(0, rowCount), row);
  }
}

/** A bit of a centroid is what most of its rows have there: their median under Hamming distance. */
function moveCentroids({ centroids, vectors, from, to, nearest, spares }: UpdateStep): void {
  const { rowBytes } = centroids;
  const dim = 8 * rowBytes;
  const bitCounts = new Uint32Array((to - from) * dim);
  const rowCounts = new Uint32Array(to - from);
  for (let row = 0; row < nearest.length; row++) {
    const centroid = nearest[row];
    if (centroid < from || centroid >= to) continue;
    rowCounts[centroid - from]++;
    const vector = vectors.subarray(row * rowBytes, (row + 1) * rowBytes);
    countBits(vector, bitCounts.subarray((centroid - from) * dim, (centroid - from + 1) * dim));
  }
  const memory = IndexMemory.over(centroids.memory);
  for (let centroid = from; centroid < to; centroid++) {
    const i = centroid - from;
    const target = memory.u8(centroids.address + centroid * rowBytes, rowBytes);
    if (rowCounts[i] === 0) {
      const spare = spares[centroid];
      target.set(vectors.subarray(spare * rowBytes, (spare + 1) * rowBytes));
    } else {
      writeMajority(bitCounts.subarray(i * dim, (i + 1) * dim), rowCounts[i], target);
    }
  }
}

function countBits(vector: Uint8Array, counts: Uint32Array): void {
  for (let i = 0; i < vector.length; i++) {
    for (let byte = vector[i]; byte !== 0; byte &= byte - 1) {
      counts[8 * i + 31 - Math.clz32(byte & -byte)]++;
    }
  }
}

function writeMajority(counts: Uint32Array, rowCount: number, target: Uint8Array): void {
  for (let i = 0; i < target.length; i++) {
    let byte = 0;
    for (let b = 0; b < 8; b++) if (2 * counts[8 * i + b] > rowCount) byte |= 1 << b;
    target[i] = byte;
  }
}

function copyRows({ memory, vectors, rowBytes, from, to, rows, target }: CopyStep): void {
  const over = IndexMemory.over(memory);
  const numbers = over.u32(rows, to);
  const bytes = over.u8(target, to * rowBytes);
  for (let i = from; i < to; i++) {
    const start = numbers[i] * rowBytes;
    bytes.set(vectors.subarray(start, start + rowBytes), i * rowBytes);
  }
}
