import { must } from "../../../src/base/assert.ts";
import type { Bitset } from "../../../src/base/bitset.ts";
import { BoundedHeap } from "../../../src/base/bounded-heap.ts";
import type { DenseMetric } from "../../../src/base/metric.ts";
import { scanFlat } from "../../../src/index/flat/flat-scan.ts";
import { buildGraph, type GraphOptions } from "../../../src/index/graph/build-graph.ts";
import type { GraphIndex } from "../../../src/index/graph/graph-index.ts";
import { GraphSearcher } from "../../../src/index/graph/graph-searcher.ts";
import { type GraphStep, runGraphStep } from "../../../src/index/graph/graph-step.ts";
import type { IndexSearch, RunSteps, SharedVectors } from "../../../src/index/vector-index.ts";
import type { Kernels } from "../../../src/kernels/kernels.ts";
import { loadKernels } from "../../../src/kernels/load-kernels.ts";
import { allocateVectorBytes, memoryOf } from "../../../src/kernels/vector-memory.ts";

export const kernels = loadKernels();

/** A stream of numbers from 0 to 1 that is the same in each run. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export function normalFrom(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export function sharedVectors(
  values: Float32Array,
  dim: number,
): SharedVectors & { readonly values: Float32Array } {
  const bytes = allocateVectorBytes(values.byteLength);
  const shared = new Float32Array(bytes.buffer, 0, values.length);
  shared.set(values);
  return {
    element: "float32",
    values: shared,
    dim,
    memory: must(memoryOf(shared), "a vector memory"),
  };
}

/** Rows around random centres, in few directions, as embeddings are; norms differ when asked. */
export function clusteredRows(
  rowCount: number,
  dim: number,
  { seed = 1, normSpread = 0 }: { seed?: number; normSpread?: number } = {},
): Float32Array {
  const normal = normalFrom(randomFrom(seed));
  const random = randomFrom(seed + 1);
  const latentDim = Math.min(dim, 24);
  const centres = Float32Array.from({ length: 50 * latentDim }, () => normal());
  const directions = Float32Array.from(
    { length: latentDim * dim },
    () => normal() / Math.sqrt(dim),
  );
  const rows = new Float32Array(rowCount * dim);
  const latent = new Float32Array(latentDim);
  for (let r = 0; r < rowCount; r++) {
    const centre = Math.floor(random() * 50) * latentDim;
    for (let j = 0; j < latentDim; j++) latent[j] = centres[centre + j] + 0.8 * normal();
    const norm = Math.exp(normSpread * normal());
    for (let i = 0; i < dim; i++) {
      let sum = 0.02 * normal();
      for (let j = 0; j < latentDim; j++) sum += latent[j] * directions[j * dim + i];
      rows[r * dim + i] = norm * sum;
    }
  }
  return rows;
}

export function runInline(withKernels: Kernels = kernels): RunSteps<GraphStep, unknown> {
  return async (steps) => steps.map((step) => runGraphStep(withKernels, step));
}

export function build(
  source: SharedVectors,
  options: Omit<GraphOptions, "seed">,
  rows: { rowStart: number; rowEnd: number } = {
    rowStart: 0,
    rowEnd: source.values.length / source.dim,
  },
): Promise<GraphIndex> {
  return buildGraph(source, rows, { seed: 5, ...options }, runInline());
}

/** What a search finds, best first. */
export function search(
  index: GraphIndex,
  source: SharedVectors,
  request: Partial<IndexSearch> & Pick<IndexSearch, "query" | "k">,
  withKernels: Kernels = kernels,
): { rows: number[]; keys: number[] } {
  const { query, k, allowed } = request;
  const block = { metric: index.metric, dim: index.dim, queries: query, queryCount: 1 };
  const heap = new BoundedHeap(k);
  const full: IndexSearch = {
    effort: { recall: 0.95 },
    bound: Number.POSITIVE_INFINITY,
    scorer: withKernels.prepare(block, source),
    ...(allowed && { allowedCount: countIn(allowed, index) }),
    ...request,
  };
  new GraphSearcher(withKernels).search(index, full, heap);
  const { ids, keys } = heap.drain();
  return { rows: [...ids], keys: [...keys] };
}

function countIn(allowed: Bitset, { rowStart, rowEnd }: GraphIndex): number {
  let count = 0;
  for (let row = rowStart; row < rowEnd; row++) if (allowed.has(row)) count++;
  return count;
}

/** The true neighbours, best first. */
export function exact(
  source: SharedVectors,
  request: { metric: DenseMetric; query: Float32Array; k: number; allowed?: Bitset },
): { rows: number[]; scores: number[] } {
  const { values, dim } = source;
  const { query, ...rest } = request;
  const rowEnd = values.length / dim;
  const hits = scanFlat(kernels, {
    kind: "dense",
    vectors: source,
    dim,
    rowStart: 0,
    rowEnd,
    queries: query,
    queryCount: 1,
    ...rest,
  });
  const [count] = hits.counts;
  return { rows: [...hits.rows.subarray(0, count)], scores: [...hits.scores.subarray(0, count)] };
}

/** The mean share of k rows as near as the true k nearest that searches for some vectors find. */
export function recallOf(
  index: GraphIndex,
  source: SharedVectors,
  queries: Float32Array,
  request: Omit<Partial<IndexSearch>, "query"> & { k: number },
  withKernels: Kernels = kernels,
): number {
  const { dim, metric } = index;
  const { k, allowed } = request;
  const sign = metric === "L2" ? 1 : -1;
  let found = 0;
  let wanted = 0;
  for (let at = 0; at < queries.length; at += dim) {
    const query = queries.slice(at, at + dim);
    const { scores } = exact(source, { metric, query, k, ...(allowed && { allowed }) });
    const worst = sign * scores[scores.length - 1];
    wanted += scores.length;
    const { keys } = search(index, source, { ...request, query }, withKernels);
    found += keys.filter((key) => key <= worst + 1e-5 * Math.abs(worst)).length;
  }
  return found / wanted;
}
