import { Bitset } from "../../base/bitset.ts";
import { BoundedHeap } from "../../base/bounded-heap.ts";
import type { Metric } from "../../base/metric.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import { adoptMemory } from "../../kernels/vector-memory.ts";
import { scanFlat } from "../flat/flat-scan.ts";
import type { ScanHits } from "../flat/scan-hits.ts";
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
  readonly metric: Metric;
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

export interface ProbeResult {
  readonly recall: number;
  /** The mean time of a search. */
  readonly searchNs: number;
}

/** The exact neighbours of the sample among rows, as row numbers of the source. */
export function findTruth(
  kernels: Kernels,
  { source, start, end, metric, sample }: TruthTask,
): ScanHits {
  const { values, dim, memory } = source;
  adoptMemory(values, memory);
  const queries = new Float32Array(sample.length * dim);
  const allowed = Bitset.full(end - start);
  for (let i = 0; i < sample.length; i++) {
    const row = sample[i];
    queries.set(values.subarray(row * dim, (row + 1) * dim), i * dim);
    if (row >= start && row < end) allowed.delete(row - start);
  }
  const hits = scanFlat(kernels, {
    vectors: values.subarray(start * dim, end * dim),
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

/** Searches for the sample's neighbours, and compares what is found with what there is. */
export function probe(
  kernels: Kernels,
  { source, index, ef, k, sample, truth }: ProbeTask,
  nowMs: () => number,
): ProbeResult {
  const { values, dim } = source;
  adoptMemory(values, source.memory);
  const searcher = new GraphSearcher(kernels);
  let foundCount = 0;
  let searchNs = 0;
  for (let q = 0; q < sample.length; q++) {
    const query = values.slice(sample[q] * dim, (sample[q] + 1) * dim);
    const block = { metric: index.metric, dim, queries: query, queryCount: 1 };
    const heap = new BoundedHeap(k);
    const effort = { recall: 1, candidateCount: ef };
    const bound = Number.POSITIVE_INFINITY;
    const begin = nowMs();
    const scorer = kernels.prepare(block, values);
    searcher.search(index, { query, k, effort, bound, scorer }, heap);
    searchNs += (nowMs() - begin) * 1e6;
    const neighbours = truth.subarray(q * TRUTH_COUNT, q * TRUTH_COUNT + k);
    for (const row of heap.drain().ids) if (neighbours.includes(row)) foundCount++;
  }
  return { recall: foundCount / (k * sample.length), searchNs: searchNs / sample.length };
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
  const first = index.rowStart * index.dim;
  place.writeQuery(room, source.values.subarray(first, first + index.dim));
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
