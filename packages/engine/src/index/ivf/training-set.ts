import type { DenseMetric } from "../../base/metric.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import type { WasmMemory } from "../../kernels/web-assembly.ts";
import { type PresentRows, rowAt } from "../present-rows.ts";
import { placesOf, type QuantizerPlaces, type QuantizerShape } from "./ivf-quantizer.ts";

/**
 * Rows that a quantizer is trained on, in a memory that is given up afterwards: plain data. Samples
 * are 7-bit codes; sample i is row `rowOfSample(set, i)`.
 */
export interface TrainingSet extends QuantizerShape {
  readonly rows: PresentRows;
  readonly metric: DenseMetric;
  readonly sampleCount: number;
  /** Levels of the 7-bit code per unit; 1 before rows have been measured. */
  readonly scale: number;
  readonly memory: WasmMemory;
  /** Where the quantizer lies that is being trained. */
  readonly quantizer: QuantizerPlaces;
  readonly codes: number;
  readonly squares: number;
  /** The squared norms of the samples. */
  readonly norms: number;
  /** The nearest centroid of each sample, and its distance in squared levels. */
  readonly assigned: number;
  readonly distances: number;
  /** Samples by centroid: room for one more per centroid. */
  readonly members: number;
}

export function createTrainingSet(
  shape: QuantizerShape,
  rows: PresentRows,
  { metric, sampleCount }: { metric: DenseMetric; sampleCount: number },
): TrainingSet {
  const memory = IndexMemory.create();
  const { codeBytes, listCount } = shape;
  const quantizer = placesOf(shape, memory.allocate(placesOf(shape, 0).end));
  return {
    ...shape,
    rows,
    metric,
    sampleCount,
    scale: 1,
    memory: memory.memory,
    quantizer,
    codes: memory.allocate(codeBytes * sampleCount),
    squares: memory.allocate(4 * sampleCount),
    norms: memory.allocate(4 * sampleCount),
    assigned: memory.allocate(4 * sampleCount),
    distances: memory.allocate(4 * sampleCount),
    members: memory.allocate(4 * (sampleCount + listCount)),
  };
}

/**
 * Samples are spread evenly over the rows, and so are the first of them: first every fourth, then
 * those that follow these, and so on.
 */
export function rowOfSample({ rows, sampleCount }: TrainingSet, sample: number): number {
  let turn = 0;
  let place = sample;
  for (let length = turnLength(sampleCount, turn); place >= length; ) {
    place -= length;
    length = turnLength(sampleCount, ++turn);
  }
  const position = place * TURNS + turn;
  return rowAt(rows, Math.floor((position * rows.count) / sampleCount));
}

const TURNS = 4;

const samplesPerList = 64;

/** How many of so many rows so many lists are trained on. */
export function sampleCountOf(listCount: number, rowCount: number): number {
  return Math.min(rowCount, samplesPerList * listCount);
}

/** Whether a row, counted from the first that a quantizer was trained on, was a sample. */
export function isSample(
  { listCount, trainedRows }: { readonly listCount: number; readonly trainedRows: number },
  row: number,
): boolean {
  const sampleCount = sampleCountOf(listCount, trainedRows);
  const position = Math.ceil((row * sampleCount) / trainedRows);
  return Math.floor((position * trainedRows) / sampleCount) === row;
}

/** How many samples are taken in the first turn, second, third or last. */
export function turnLength(sampleCount: number, turn: number): number {
  return Math.ceil((sampleCount - turn) / TURNS);
}
