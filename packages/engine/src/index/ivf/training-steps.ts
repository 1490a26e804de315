import { must } from "../../base/assert.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import type { SharedVectors } from "../vector-index.ts";
import { CentroidSearch } from "./centroid-search.ts";
import { chunkRows, RowRotation } from "./row-rotation.ts";
import { rowOfSample, type TrainingSet } from "./training-set.ts";

/** Finds the mean of some rows, which is written into the set, and how far components spread. */
export interface MeasureRowsStep {
  readonly kind: "ivf-measure-rows";
  readonly source: SharedVectors;
  readonly set: TrainingSet;
  readonly rows: readonly number[];
}

/** What rows are like once they are rotated. */
export interface RowMeasures {
  /** Components differ from their mean by less than this, but for about one in a thousand. */
  readonly spread: number;
  /** The root of the mean squared norm. */
  readonly norm: number;
}

/** Makes codes of the samples `start` to `end`. */
export interface TakeSamplesStep {
  readonly kind: "ivf-take-samples";
  readonly source: SharedVectors;
  readonly set: TrainingSet;
  readonly start: number;
  readonly end: number;
}

/** Finds the nearest centroid of each of the samples `start` to `end`. */
export interface AssignSamplesStep {
  readonly kind: "ivf-assign-samples";
  readonly set: TrainingSet;
  readonly start: number;
  readonly end: number;
}

/** Moves centroids to the mean of their samples. Each has at least one. */
export interface MoveCentroidsStep {
  readonly kind: "ivf-move-centroids";
  readonly set: TrainingSet;
  readonly firstList: number;
  /** Where the samples of each list begin among the members, and where those of the last end. */
  readonly starts: Uint32Array;
}

export function measureRows(kernels: Kernels, { source, set, rows }: MeasureRowsStep): RowMeasures {
  const { paddedDim, quantizer } = set;
  const rotation = new RowRotation(kernels, set, { source, signs: quantizer.signs });
  const { memory } = rotation;
  const mean = memory.f32(quantizer.mean, paddedDim);
  const rotated = new Float32Array(rows.length * paddedDim);
  for (let start = 0; start < rows.length; start += chunkRows) {
    const chunk = rows.slice(start, start + chunkRows);
    rotation.loadRows(chunk, chunk.length);
    rotated.set(memory.f32(rotation.rotated, chunk.length * paddedDim), start * paddedDim);
  }
  const sums = new Float64Array(paddedDim);
  let square = 0;
  for (let i = 0; i < rotated.length; i++) {
    sums[i % paddedDim] += rotated[i];
    square += rotated[i] ** 2;
  }
  for (let i = 0; i < paddedDim; i++) mean[i] = sums[i] / rows.length;
  return { spread: spreadOf(rotated, mean), norm: Math.sqrt(square / rows.length) };
}

/** The 99.9th percentile of how far components differ from their mean. */
function spreadOf(rows: Float32Array, mean: Float32Array): number {
  const stride = Math.max(1, Math.floor(rows.length / 20_000)) | 1;
  const distances = new Float32Array(Math.ceil(rows.length / stride));
  for (let i = 0; i < distances.length; i++) {
    const at = i * stride;
    distances[i] = Math.abs(rows[at] - mean[at % mean.length]);
  }
  distances.sort();
  return distances[Math.floor(0.999 * (distances.length - 1))];
}

export function takeSamples(kernels: Kernels, { source, set, start, end }: TakeSamplesStep): void {
  const { paddedDim, codeBytes, scale, quantizer } = set;
  const rows = new RowRotation(kernels, set, { source, signs: quantizer.signs });
  const zero = rows.memory.scratch("ivf-zero", 4 * paddedDim);
  const numbers = new Uint32Array(chunkRows);
  for (let first = start; first < end; first += chunkRows) {
    const count = Math.min(chunkRows, end - first);
    for (let i = 0; i < count; i++) numbers[i] = rowOfSample(set, first + i);
    rows.loadRows(numbers, count);
    const codes = set.codes + first * codeBytes;
    const squares = set.squares + 4 * first;
    // biome-ignore format: a call of a kernel is one line
    rows.exports.quantize7(rows.rotated, count, paddedDim, quantizer.mean, scale, codes, squares, codeBytes);
    rows.exports.exactDistances(zero, rows.rotated, paddedDim, count, set.norms + 4 * first);
  }
}

export function assignSamples(kernels: Kernels, { set, start, end }: AssignSamplesStep): void {
  const memory = IndexMemory.over(set.memory);
  const exports = must(kernels.exportsOver(set.memory), "kernels in WebAssembly");
  const search = new CentroidSearch(exports, memory, set, set.quantizer);
  for (let first = start; first < end; first += chunkRows) {
    search.findNearest({
      codes: set.codes + first * set.codeBytes,
      squares: set.squares + 4 * first,
      count: Math.min(chunkRows, end - first),
      lists: set.assigned + 4 * first,
      distances: set.distances + 4 * first,
    });
  }
}

export function moveCentroids(kernels: Kernels, step: MoveCentroidsStep): void {
  const { set, firstList, starts } = step;
  const { codes, codeBytes, paddedDim, scale, quantizer } = set;
  const memory = IndexMemory.over(set.memory);
  const exports = must(kernels.exportsOver(memory.memory), "kernels in WebAssembly");
  const sums = memory.scratch("ivf-sums", 4 * codeBytes);
  const rowBytes = 4 * paddedDim;
  const count = starts.length - 1;
  for (let i = 0; i < count; i++) {
    const members = set.members + 4 * starts[i];
    const centroid = quantizer.centroids + (firstList + i) * rowBytes;
    const memberCount = starts[i + 1] - starts[i];
    // biome-ignore format: a call of a kernel is one line
    exports.meanOfCodes(codes, codeBytes, members, memberCount, sums, quantizer.mean, scale, paddedDim, centroid);
  }
  const centroids = quantizer.centroids + firstList * rowBytes;
  const targets = quantizer.codes + firstList * codeBytes;
  const squares = quantizer.squares + 4 * firstList;
  // biome-ignore format: a call of a kernel is one line
  exports.quantize7(centroids, count, paddedDim, quantizer.mean, scale, targets, squares, codeBytes);
  const halves = quantizer.halves + firstList * codeBytes;
  exports.halveCodes(targets, count, codeBytes, halves, quantizer.halfSquares + 4 * firstList);
}
