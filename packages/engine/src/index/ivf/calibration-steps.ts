import { BoundedHeap } from "../../base/bounded-heap.ts";
import { floatsOfRow } from "../../kernels/dense-rows.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import { adoptMemory } from "../../kernels/vector-memory.ts";
import { timeSearches } from "../search-time.ts";
import type { SharedVectors } from "../vector-index.ts";
import type { IvfIndex } from "./ivf-index.ts";
import type { Probing } from "./ivf-plan.ts";
import { IvfSearcher } from "./ivf-searcher.ts";
import { QueryPreparer } from "./query-preparer.ts";

/** Searches for the neighbours of some rows of an index, all alike. */
interface SearchesOfRows {
  readonly source: SharedVectors;
  readonly index: IvfIndex;
  /** Numbers of the rows, none of which is a neighbour of itself. */
  readonly rows: readonly number[];
  readonly k: number;
}

/**
 * Finds the k nearest rows of each row, and within which reach of it their lists are. Answers
 * {@link NeighbourReaches}.
 */
export interface FindNeighboursStep extends SearchesOfRows {
  readonly kind: "ivf-find-neighbours";
  /** The list of each row of the index, in shared memory. */
  readonly assigned: Uint32Array;
  /** In lists within this reach. */
  readonly reach: number;
}

/** Of some rows, one after the other. */
export interface NeighbourReaches {
  /** The least reach with which a neighbour's list is looked into: `k` for each row, the nearest first. */
  readonly reaches: Float32Array;
  /** The key of each neighbour. */
  readonly keys: Float64Array;
}

/** Counts the lists that searches look into: answers the sum over all rows, for each reach. */
export interface CountProbesStep extends Omit<SearchesOfRows, "k"> {
  readonly kind: "ivf-count-probes";
  readonly reaches: readonly number[];
}

/** Counts the hits that are as near as neighbours are: answers the sum. */
export interface CountHitsStep extends SearchesOfRows {
  readonly kind: "ivf-count-hits";
  readonly probing: Probing;
  /** The key of the k-th neighbour of each row. */
  readonly worstKeys: readonly number[];
}

/** Answers how long a search takes, in nanoseconds. */
export interface TimeSearchesStep extends SearchesOfRows {
  readonly kind: "ivf-time-searches";
  readonly probing: Probing;
}

export function findNeighbours(kernels: Kernels, step: FindNeighboursStep): NeighbourReaches {
  const { source, index, rows, k, assigned, reach } = step;
  const { quantizer, rowStart } = index;
  const probing = { most: quantizer.listCount, reach };
  // What the bounds of codes lose is mostly among the farthest of those that are looked for.
  const search = searchOf(kernels, { source, index, k: 2 * k + 20, probing });
  const preparer = new QueryPreparer(kernels, quantizer);
  const reaches = new Float32Array(rows.length * k);
  const keys = new Float64Array(rows.length * k);
  for (const [i, row] of rows.entries()) {
    const found = search(row);
    const reachOf = preparer.reachesOf(queryOf(source, row));
    // Where fewer are found, those that are not are as far away as can be.
    reaches.fill(
      reachOf.reduce((most, reach) => Math.max(most, reach)),
      i * k,
      (i + 1) * k,
    );
    keys.fill(Number.POSITIVE_INFINITY, i * k, (i + 1) * k);
    for (let j = 0; j < k && j < found.ids.length; j++) {
      reaches[i * k + j] = reachOf[assigned[found.ids[j] - rowStart]];
      keys[i * k + j] = found.keys[j];
    }
  }
  return { reaches, keys };
}

export function countProbes(kernels: Kernels, step: CountProbesStep): readonly number[] {
  const { source, index, rows, reaches } = step;
  adoptMemory(source.values, source.memory);
  const preparer = new QueryPreparer(kernels, index.quantizer);
  const counts = reaches.map(() => 0);
  for (const row of rows) {
    const reachOf = preparer.reachesOf(queryOf(source, row)).toSorted();
    for (const [i, reach] of reaches.entries()) {
      const end = reachOf.findIndex((each) => each > reach);
      counts[i] += end < 0 ? reachOf.length : Math.max(1, end);
    }
  }
  return counts;
}

/** Rows that are scored in batches may have sums in another order. */
const rounding = 1e-6;

export function countHits(kernels: Kernels, step: CountHitsStep): number {
  const search = searchOf(kernels, step);
  let count = 0;
  for (const [i, row] of step.rows.entries()) {
    const worst = step.worstKeys[i] + rounding * Math.abs(step.worstKeys[i]);
    const { keys } = search(row);
    for (let j = 0; j < keys.length && j < step.k; j++) if (keys[j] <= worst) count++;
  }
  return count;
}

export function timeSearchesOfRows(
  kernels: Kernels,
  step: TimeSearchesStep,
  nowMs: () => number,
): number {
  const search = searchOf(kernels, step);
  return timeSearches(
    step.rows.map((row) => () => search(row)),
    nowMs,
  );
}

/** The best other rows, best first. */
interface OtherRows {
  readonly ids: readonly number[];
  readonly keys: readonly number[];
}

/** A function that searches for the k rows that are nearest to a row. */
function searchOf(
  kernels: Kernels,
  {
    source,
    index,
    k,
    probing,
  }: Pick<SearchesOfRows, "source" | "index" | "k"> & { readonly probing: Probing },
): (row: number) => OtherRows {
  const { values, dim, memory } = source;
  adoptMemory(values, memory);
  const searcher = new IvfSearcher(kernels);
  const bound = Number.POSITIVE_INFINITY;
  const effort = { recall: 1 };
  return (row) => {
    const query = queryOf(source, row);
    const block = { metric: index.metric, dim, queries: query, queryCount: 1 };
    const scorer = kernels.prepare(block, source);
    // The row itself comes in addition.
    const heap = new BoundedHeap(k + 1);
    searcher.searchLists(
      index,
      { query, k: k + 1, effort, bound, scorer },
      { first: 0, probing },
      heap,
    );
    const { ids, keys } = heap.drain();
    const isOther = (_: number, i: number): boolean => ids[i] !== row;
    return { ids: Array.from(ids).filter(isOther), keys: Array.from(keys).filter(isOther) };
  };
}

function queryOf(source: SharedVectors, row: number): Float32Array {
  return floatsOfRow(source, source.dim, row);
}
