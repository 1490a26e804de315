import { assert } from "../../base/assert.ts";
import type { DenseMetric } from "../../base/metric.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import { presentIn, spreadRows } from "../present-rows.ts";
import type { RowRange, RunSteps, SharedVectors } from "../vector-index.ts";
import { type IvfQuantizer, quantizerShapeOf } from "./ivf-quantizer.ts";
import type { IvfStep } from "./ivf-steps.ts";
import { fillWithSigns } from "./random-signs.ts";
import { createTrainingSet, sampleCountOf, type TrainingSet, turnLength } from "./training-set.ts";
import type { RowMeasures } from "./training-steps.ts";

export interface TrainIvfOptions {
  readonly metric: DenseMetric;
  /** The source of all randomness, 32 bits. */
  readonly seed: number;
  /** Rows that the lists are to be good for, if they are more than those that are trained on. */
  readonly expectedRows?: number;
  /** 1 to 65,536; absent: what suits the rows. */
  readonly listCount?: number;
}

type Run = RunSteps<IvfStep, unknown>;

const rowsMeasured = 1024;
/** The last rounds are on all samples, those before on the first turn of them: they need not be exact. */
const rounds = 7;
const coarseRounds = 5;
const listsPerStep = 64;
const rowsPerStep = 1024;

/**
 * Finds the centroids for a field from some of its vectors, at least one; how many lists to look into is
 * for the first index to measure. Rejects as `run` does, and
 * with `limit-exceeded` when memory is short. `onProgress` is told the share of the work that is
 * done.
 */
export async function trainIvf(
  source: SharedVectors,
  range: RowRange,
  options: TrainIvfOptions,
  run: Run,
  onProgress: (share: number) => void = () => {},
): Promise<IvfQuantizer> {
  const rows = presentIn(source.present, range);
  const rowCount = rows.count;
  assert(rowCount >= 1, `training on ${rowCount} rows`);
  const { metric, seed } = options;
  const listCount =
    options.listCount ?? listCountFor(Math.max(rowCount, options.expectedRows ?? 0));
  const shape = quantizerShapeOf(source.dim, listCount);
  const sampleCount = sampleCountOf(listCount, rowCount);
  const unscaled = createTrainingSet(shape, rows, { metric, sampleCount });
  const memory = IndexMemory.over(unscaled.memory);
  fillWithSigns(memory.f32(unscaled.quantizer.signs, 4 * shape.paddedDim), seed);

  const { spread, norm } = await measure(source, unscaled, run);
  // 63 levels on either side; a single row has no spread, and any scale is right.
  const set: TrainingSet = { ...unscaled, scale: spread > 0 ? 63 / spread : 1 };
  await run(samplingSteps(source, set));
  let starts = startWithSamples(set);
  for (let round = 1; round <= rounds; round++) {
    await run(moveSteps(set, starts));
    const count = round <= coarseRounds ? turnLength(sampleCount, 0) : sampleCount;
    await run(assignmentSteps(set, count));
    starts = groupSamples(set, count);
    onProgress(round / rounds);
  }
  return finish(set, norm);
}

/** The power of two next to 2.3 times the root of the rows: measured, see docs/performance.md. */
function listCountFor(rowCount: number): number {
  const exponent = Math.round(Math.log2(2.3 * Math.sqrt(rowCount)));
  return 2 ** Math.min(16, Math.max(4, exponent));
}

async function measure(source: SharedVectors, set: TrainingSet, run: Run): Promise<RowMeasures> {
  const rows = spreadRows(set.rows, rowsMeasured);
  const [measures] = await run([{ kind: "ivf-measure-rows", source, set, rows }]);
  return measures as RowMeasures; // what the step answers
}

function samplingSteps(source: SharedVectors, set: TrainingSet): IvfStep[] {
  return rangesOf(set.sampleCount, rowsPerStep).map(({ start, end }) => {
    return { kind: "ivf-take-samples", source, set, start, end };
  });
}

function assignmentSteps(set: TrainingSet, count: number): IvfStep[] {
  return rangesOf(count, rowsPerStep / 2).map(({ start, end }) => {
    return { kind: "ivf-assign-samples", set, start, end };
  });
}

function moveSteps(set: TrainingSet, starts: Uint32Array): IvfStep[] {
  return rangesOf(set.listCount, listsPerStep).map(({ start, end }) => {
    const part = starts.slice(start, end + 1);
    return { kind: "ivf-move-centroids", set, firstList: start, starts: part };
  });
}

/** Makes each list one of a sample. Answers where the members of each begin. */
function startWithSamples(set: TrainingSet): Uint32Array {
  const { listCount, sampleCount } = set;
  const members = IndexMemory.over(set.memory).u32(set.members, listCount);
  for (let list = 0; list < listCount; list++) {
    members[list] = Math.floor((list * sampleCount) / listCount);
  }
  return Uint32Array.from({ length: listCount + 1 }, (_, list) => list);
}

/**
 * Orders the first samples by the list that they are assigned to. A list without samples gets one that is
 * as good as random. Answers where the members of each list begin.
 */
function groupSamples(set: TrainingSet, sampleCount: number): Uint32Array {
  const { listCount } = set;
  const memory = IndexMemory.over(set.memory);
  const assigned = memory.u32(set.assigned, sampleCount).slice();
  const members = new Uint32Array(sampleCount + listCount);
  const lengths = lengthsOf(set, sampleCount);
  const starts = new Uint32Array(listCount + 1);
  for (let list = 0; list < listCount; list++) {
    starts[list + 1] = starts[list] + Math.max(1, lengths[list]);
  }
  const next = starts.slice();
  for (let sample = 0; sample < sampleCount; sample++) members[next[assigned[sample]]++] = sample;
  for (let list = 0; list < listCount; list++) {
    if (lengths[list] === 0) members[starts[list]] = (list * 7919 + sampleCount) % sampleCount;
  }
  memory.u32(set.members, members.length).set(members);
  return starts;
}

function lengthsOf({ memory, assigned, listCount }: TrainingSet, sampleCount: number): Uint32Array {
  const lengths = new Uint32Array(listCount);
  // A copy: loops over shared memory are slow.
  const lists = IndexMemory.over(memory).u32(assigned, sampleCount).slice();
  for (let sample = 0; sample < sampleCount; sample++) lengths[lists[sample]]++;
  return lengths;
}

/** Makes the quantizer: decides how to rank the lists. */
function finish(set: TrainingSet, queryNorm: number): IvfQuantizer {
  const { metric, listCount, sampleCount } = set;
  const { spreads, residualSquare } = spreadsOf(set, lengthsOf(set, sampleCount));
  writeNorms(set);
  const penalties = IndexMemory.over(set.memory).f32(set.quantizer.penalties, listCount);
  for (let list = 0; list < listCount; list++) {
    penalties[list] = penaltyOf(metric, spreads[list], queryNorm);
  }
  return keep(set, { queryNorm, residualSquare });
}

/**
 * What is added to the gap of a list whose rows have this mean squared distance to the centroid.
 * Lists whose rows lie far from it are larger, and have a smaller share of what is near to a query
 * that is as far away. Under IP they reach out further, to rows of larger products.
 *
 * The weights: on words, images and synthetic vectors they need 10 to 25 % (IP: 20 to 60 %) fewer
 * rows for recall 0.95 than none, and at most 1 % more than the best for each of the data.
 */
function penaltyOf(metric: DenseMetric, spread: number, queryNorm: number): number {
  return metric === "IP" ? -0.3 * queryNorm * Math.sqrt(spread) : 0.3 * spread;
}

/** The mean squared distance of each list's samples to the centroid; the overall mean if it has none. */
function spreadsOf(
  set: TrainingSet,
  lengths: Uint32Array,
): { spreads: Float32Array; residualSquare: number } {
  const { scale, sampleCount } = set;
  const memory = IndexMemory.over(set.memory);
  const assigned = memory.u32(set.assigned, sampleCount).slice();
  const distances = memory.u32(set.distances, sampleCount).slice();
  const sums = new Float64Array(lengths.length);
  let total = 0;
  for (let sample = 0; sample < sampleCount; sample++) {
    sums[assigned[sample]] += distances[sample] / scale ** 2;
    total += distances[sample] / scale ** 2;
  }
  const residualSquare = total / sampleCount;
  const spreads = Float32Array.from(sums, (sum, list) =>
    lengths[list] > 0 ? sum / lengths[list] : residualSquare,
  );
  return { spreads, residualSquare };
}

/** The squared norms of the centroids. */
function writeNorms({ memory, quantizer, listCount, paddedDim }: TrainingSet): void {
  const view = IndexMemory.over(memory);
  const centroids = view.f32(quantizer.centroids, listCount * paddedDim);
  const norms = view.f32(quantizer.norms, listCount);
  for (let list = 0; list < listCount; list++) {
    let square = 0;
    for (let i = list * paddedDim; i < (list + 1) * paddedDim; i++) square += centroids[i] ** 2;
    norms[list] = square;
  }
}

/** Copies the quantizer out of the training's memory. */
function keep(
  set: TrainingSet,
  found: { queryNorm: number; residualSquare: number },
): IvfQuantizer {
  const { dim, paddedDim, codeBytes, listCount, metric, scale } = set;
  const from = set.quantizer;
  const source = IndexMemory.over(set.memory);
  const memory = IndexMemory.create();
  const byteLength = from.end - from.signs;
  const address = memory.allocate(byteLength);
  memory.u8(address, byteLength).set(source.u8(from.signs, byteLength));
  return {
    id: hashOf(memory.u32(address, byteLength / 4)),
    dim,
    paddedDim,
    codeBytes,
    listCount,
    metric,
    scale,
    ...found,
    trainedRows: set.rows.count,
    curves: [],
    memory: memory.memory,
    address,
  };
}

/** 53 bits that differ whenever anything does: FNV-1a, over words, twice. */
function hashOf(words: Uint32Array): number {
  let low = 0x811c9dc5;
  let high = 0x01000193;
  for (const word of words) {
    low = Math.imul(low ^ word, 0x01000193);
    high = Math.imul(high ^ (word >>> 7) ^ low, 0x01000193);
  }
  return (low >>> 0) + (high >>> 11) * 2 ** 32;
}

function rangesOf(count: number, length: number): { start: number; end: number }[] {
  const ranges: { start: number; end: number }[] = [];
  for (let start = 0; start < count; start += length) {
    ranges.push({ start, end: Math.min(count, start + length) });
  }
  return ranges;
}
