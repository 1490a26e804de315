import { Bitset } from "../../base/bitset.ts";
import { BoundedHeap } from "../../base/bounded-heap.ts";
import type { DenseMetric } from "../../base/metric.ts";
import { copyFloats, floatsOfRow } from "../../kernels/dense-rows.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import { adoptMemory } from "../../kernels/vector-memory.ts";
import { scanFlat } from "../flat/flat-scan.ts";
import type { ScanHits } from "../flat/scan-hits.ts";
import { presentIn, rowAt } from "../present-rows.ts";
import { timeSearches } from "../search-time.ts";
import type { SharedVectors } from "../vector-index.ts";
import type { GraphIndex } from "./graph-index.ts";
import { GraphPlace } from "./graph-place.ts";
import { GraphSearcher } from "./graph-searcher.ts";

/** Exact neighbours that are looked for per row of the sample. */
export const TRUTH_COUNT = 100;

/** Neighbours to be found among the rows `start` to `end` of the source. */
export interface TruthTask {
  readonly source: SharedVectors;
  readonly start: number;
  readonly end: number;
  readonly metric: DenseMetric;
  /** The rows whose neighbours are looked for, which do not count as neighbours themselves. */
  readonly sample: Uint32Array;
}

/** Searches whose results are to be compared with the truth. */
export interface ProbeTask {
  readonly source: SharedVectors;
  readonly index: GraphIndex;
  readonly ef: number;
  readonly k: number;
  readonly sample: Uint32Array;
  /** `TRUTH_COUNT` neighbours of each row of the sample. */
  readonly truth: Uint32Array;
}

/** Searches for the neighbours of rows of the index that are timed. */
export interface TimeSearchesTask {
  readonly source: SharedVectors;
  readonly index: GraphIndex;
  readonly ef: number;
  readonly k: number;
  readonly rows: readonly number[];
}

/** The exact neighbours of the sample among rows, as row numbers of the source. */
export function findTruth(
  kernels: Kernels,
  { source, start, end, metric, sample }: TruthTask,
): ScanHits {
  const { values, dim, memory, element } = source;
  adoptMemory(values, memory);
  const queries = new Float32Array(sample.length * dim);
  const allowed = presentFrom(source, start, end);
  for (let i = 0; i < sample.length; i++) {
    const row = sample[i];
    copyFloats(source, { start: row * dim, end: (row + 1) * dim }, queries, i * dim);
    if (row >= start && row < end) allowed.delete(row - start);
  }
  const hits = scanFlat(kernels, {
    kind: "dense",
    vectors: { element, values: values.subarray(start * dim, end * dim) },
    dim,
    rowStart: 0,
    rowEnd: end - start,
    metric,
    queries,
    queryCount: sample.length,
    k: TRUTH_COUNT,
    allowed,
  });
  for (let i = 0; i < hits.rows.length; i++) hits.rows[i] += start;
  return hits;
}

/** The rows `start` to `end` that have a vector, counted from `start`. */
function presentFrom({ present }: SharedVectors, start: number, end: number): Bitset {
  if (present === undefined) return Bitset.full(end - start);
  const rows = new Bitset(end - start);
  const range = presentIn(present, { rowStart: start, rowEnd: end });
  for (let i = 0; i < range.count; i++) rows.add(rowAt(range, i) - start);
  return rows;
}

/** Searches for the sample's neighbours, and answers the share that is found of those that there are. */
export function probe(
  kernels: Kernels,
  { source, index, ef, k, sample, truth }: ProbeTask,
): number {
  const search = searchOf(kernels, { source, index, ef, k });
  let foundCount = 0;
  for (let q = 0; q < sample.length; q++) {
    const neighbours = truth.subarray(q * TRUTH_COUNT, q * TRUTH_COUNT + k);
    for (const row of search(sample[q])) if (neighbours.includes(row)) foundCount++;
  }
  return foundCount / (k * sample.length);
}

/** The nanoseconds that a search takes. */
export function timeSearchesOfRows(
  kernels: Kernels,
  task: TimeSearchesTask,
  nowMs: () => number,
): number {
  const search = searchOf(kernels, task);
  return timeSearches(
    task.rows.map((row) => () => search(row)),
    nowMs,
  );
}

/** A function that answers the k rows that are found nearest to a row of the source. */
function searchOf(
  kernels: Kernels,
  { source, index, ef, k }: Omit<TimeSearchesTask, "rows">,
): (row: number) => readonly number[] {
  const { values, dim } = source;
  adoptMemory(values, source.memory);
  const searcher = new GraphSearcher(kernels);
  const effort = { recall: 1, candidateCount: ef };
  const bound = Number.POSITIVE_INFINITY;
  return (row) => {
    const query = floatsOfRow(source, dim, row);
    const block = { metric: index.metric, dim, queries: query, queryCount: 1 };
    const scorer = kernels.prepare(block, source);
    const heap = new BoundedHeap(k);
    searcher.search(index, { query, k, effort, bound, scorer }, heap);
    return [...heap.drain().ids];
  };
}

/** Rows that are compared to measure how long that takes, and of how many one of them is. */
const TIMED_ROWS = 4096;
const TIMED_SPREAD = 16;

/** How long it takes to compare the code of a row, as one of a filter that leaves few. */
export function timeScan(
  kernels: Kernels,
  { source, index }: { readonly source: SharedVectors; readonly index: GraphIndex },
  nowMs: () => number,
): number {
  const place = new GraphPlace(kernels, index);
  const { exports, nodeCount } = place;
  const range = Math.min(nodeCount, TIMED_ROWS * TIMED_SPREAD);
  const keep = 40;
  const room = place.roomFor(keep);
  const { scratch, code, allowed } = room;
  const firstRow = rowAt(presentIn(source.present, index), 0);
  place.writeQuery(room, floatsOfRow(source, index.dim, firstRow));
  room.allowedWords.fill(0x00010001);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const begin = nowMs();
    let count = 0;
    for (let start = 0; start < range; start += TIMED_ROWS) {
      const end = Math.min(range, start + TIMED_ROWS);
      count = exports.graphScan(index.graph, scratch, code, keep, count, start, end, allowed, 0);
    }
    best = Math.min(best, nowMs() - begin);
  }
  return (best * 1e6) / Math.ceil(range / TIMED_SPREAD);
}
