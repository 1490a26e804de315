import { BoundedHeap } from "../../base/bounded-heap.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import { RowLister } from "../flat/row-lister.ts";
import { keySignOf } from "../flat/scan-hits.ts";
import type { IndexSearch, IndexSearcher } from "../vector-index.ts";
import { candidateCountFor } from "./graph-calibration.ts";
import type { GraphIndex } from "./graph-index.ts";
import { GraphPlace, type SearchRoom } from "./graph-place.ts";
import { type GraphPlan, planSearch } from "./graph-plan.ts";

/** Nodes whose codes are compared in one call, about. */
const SCAN_NODES = 256;
const SCAN_RANGE_MAX = 16_384;

/** Searches graphs, and the codes of their rows where that is faster. */
export class GraphSearcher implements IndexSearcher<GraphIndex> {
  readonly #kernels: Kernels;
  readonly #places = new WeakMap<GraphIndex, GraphPlace>();

  constructor(kernels: Kernels) {
    this.#kernels = kernels;
  }

  search(index: GraphIndex, search: IndexSearch, heap: BoundedHeap): void {
    const place = this.#placeOf(index);
    const { nodeCount } = place;
    // The number of allowed rows may be a guess: it decides how to search, not how many to find.
    const allowedCount = Math.min(nodeCount, Math.max(1, search.allowedCount ?? nodeCount));
    const k = Math.min(search.k, nodeCount);
    if (k === 0) return;
    if (search.lowerBound !== undefined && search.lowerBound > Number.NEGATIVE_INFINITY) {
      searchBeyond(place, search, { k, allowedCount }, heap);
      return;
    }
    const plan = planSearch(index, { k, effort: search.effort, allowedCount });
    const rowCount = findRows(place, search, plan);
    scoreRows(place, search, rowCount, heap);
  }

  #placeOf(index: GraphIndex): GraphPlace {
    let place = this.#places.get(index);
    if (place === undefined) {
      place = new GraphPlace(this.#kernels, index);
      this.#places.set(index, place);
    }
    return place;
  }
}

/** Lists the rows to be scored in the place's rows; answers how many. */
function findRows(place: GraphPlace, search: IndexSearch, plan: GraphPlan): number {
  const room = place.roomFor(Math.max(plan.poolSize, plan.rerankCount));
  place.writeQuery(room, search.query);
  if (search.allowed !== undefined) place.writeAllowed(room, search.allowed);
  if (plan.way === "walk") {
    const rowCount = walk(place, room, search, plan);
    // Nodes that no link leads to any more are not found on a walk.
    if (rowCount >= plan.k) return rowCount;
  }
  return scan(place, room, search, plan);
}

/** Lists the best rows that links lead to. */
function walk(place: GraphPlace, room: SearchRoom, search: IndexSearch, plan: GraphPlan): number {
  const { exports, index, nodeCount } = place;
  const { candidateCount, poolSize } = plan;
  if (search.allowed === undefined) {
    const count = exports.graphSearch(index.graph, room.scratch, room.code, candidateCount);
    return listRows(place, search, { entries: room.pool, count, limit: plan.rerankCount });
  }
  const count = exports.graphSearchAllowed(
    index.graph,
    room.scratch,
    room.code,
    candidateCount,
    Math.min(nodeCount, poolSize),
    room.allowed,
    index.rowStart & 31,
  );
  return listRows(place, search, { entries: room.results, count, limit: plan.rerankCount });
}

/** Lists the best of all rows by their codes. */
function scan(place: GraphPlace, room: SearchRoom, search: IndexSearch, plan: GraphPlan): number {
  const { exports, index, nodeCount } = place;
  const allowedCount = Math.max(1, search.allowedCount ?? nodeCount);
  const isFiltered = search.allowed !== undefined;
  const spread = isFiltered ? nodeCount / allowedCount : 1;
  const step = Math.min(SCAN_RANGE_MAX, Math.ceil(SCAN_NODES * spread));
  let count = 0;
  for (let start = 0; start < nodeCount; start += step) {
    count = exports.graphScan(
      index.graph,
      room.scratch,
      room.code,
      plan.rerankCount,
      count,
      start,
      Math.min(nodeCount, start + step),
      isFiltered ? room.allowed : 0,
      index.rowStart & 31,
    );
  }
  const rows = place.rows(count);
  for (let i = 0; i < count; i++) rows[i] = index.rowStart + (room.results[2 * i] >>> 1);
  return count;
}

/** Lists the rows of the best entries of a walk, with those of equal codes, up to a limit. */
function listRows(
  place: GraphPlace,
  { allowed }: IndexSearch,
  { entries, count, limit }: { entries: Uint32Array; count: number; limit: number },
): number {
  const { twins, nodeCount } = place;
  const { rowStart } = place.index;
  const rows = place.rows(limit);
  let rowCount = 0;
  for (let i = 0; i < count && rowCount < limit; i++) {
    let node = entries[2 * i] >>> 1;
    // As many steps as there are nodes, should damaged twins follow each other in a circle.
    for (let step = 0; node < nodeCount && step < nodeCount && rowCount < limit; step++) {
      const row = rowStart + node;
      if (allowed === undefined || allowed.has(row)) rows[rowCount++] = row;
      if (twins === undefined) break;
      node = twins[node];
    }
  }
  return rowCount;
}

/** Scores the place's first rows exactly and offers those that count; answers how many are beyond. */
function scoreRows(
  place: GraphPlace,
  search: IndexSearch,
  rowCount: number,
  heap: BoundedHeap,
): number {
  const { scorer, bound } = search;
  const lowerBound = search.lowerBound ?? Number.NEGATIVE_INFINITY;
  const sign = keySignOf(place.index.metric);
  const rows = place.rows(rowCount);
  let beyondCount = 0;
  for (let start = 0; start < rowCount; start += scorer.rowCapacity) {
    const count = Math.min(scorer.rowCapacity, rowCount - start);
    for (let i = 0; i < count; i++) scorer.rows[i] = rows[start + i];
    scorer.score(count);
    for (let i = 0; i < count; i++) {
      const key = sign * scorer.scores[i];
      if (key >= bound) beyondCount++;
      else if (key >= lowerBound && key <= heap.bound) heap.push(key, rows[start + i]);
    }
  }
  return beyondCount;
}

/** Rows behind the end of a range that a search must have met to be sure that it has passed it. */
const BEYOND_COUNT = 10;

/**
 * Searches for rows from a lower bound on: with ever more candidates, until enough of them are
 * beyond it; where that would be most of the rows, by looking at all of them.
 */
function searchBeyond(
  place: GraphPlace,
  search: IndexSearch,
  { k, allowedCount }: { k: number; allowedCount: number },
  heap: BoundedHeap,
): void {
  const { index } = place;
  const recallCount = candidateCountFor(index.calibration, search.effort, k);
  for (let ef = Math.max(recallCount, 2 * k); 8 * ef < allowedCount; ef *= 4) {
    const effort = { ...search.effort, candidateCount: ef };
    const plan = planSearch(index, { k: ef, effort, allowedCount });
    if (plan.way === "scan") break;
    const found = new BoundedHeap(k);
    const rowCount = findRows(place, search, { ...plan, rerankCount: ef });
    const beyondCount = scoreRows(place, search, rowCount, found);
    if (found.size >= k || beyondCount >= BEYOND_COUNT) {
      const { keys, ids } = found.drain();
      for (let i = 0; i < keys.length; i++) if (keys[i] <= heap.bound) heap.push(keys[i], ids[i]);
      return;
    }
  }
  scanExactly(place, search, heap);
}

function scanExactly(place: GraphPlace, search: IndexSearch, heap: BoundedHeap): void {
  const { rowStart, rowEnd } = place.index;
  const { scorer, allowed, bound, lowerBound = Number.NEGATIVE_INFINITY } = search;
  const sign = keySignOf(place.index.metric);
  const lister = new RowLister({ rowStart, rowEnd, ...(allowed && { allowed }) });
  for (let count = lister.next(scorer.rows); count > 0; count = lister.next(scorer.rows)) {
    scorer.score(count);
    for (let i = 0; i < count; i++) {
      const key = sign * scorer.scores[i];
      if (key < bound && key >= lowerBound && key <= heap.bound) heap.push(key, scorer.rows[i]);
    }
  }
}
