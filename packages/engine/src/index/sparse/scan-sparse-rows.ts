import type { BoundedHeap } from "../../base/bounded-heap.ts";
import { prepareSparseQuery } from "./sparse-query.ts";
import type { SparseRows, SparseVector } from "./sparse-rows.ts";
import type { SparseSearch } from "./sparse-search.ts";
import { type SparseWeighting, saturationOf, weightOf } from "./sparse-weighting.ts";

/** Rows without an index: those that came after it, or the few that a filter allows. */
export interface SparseScanSource {
  readonly rows: SparseRows;
  readonly rowStart: number;
  readonly rowEnd: number;
  readonly weighting: SparseWeighting;
}

/**
 * Scores every allowed row and offers the hits to `heap`, as a search of an index does: the same
 * rows, with the same scores but for the order in which f32 sums are rounded. Throws
 * `invalid-parameter` when the query is no sparse vector.
 */
export function scanSparseRows(
  source: SparseScanSource,
  search: Omit<SparseSearch, "algorithm" | "boundRatio">,
  heap: BoundedHeap,
): void {
  const query = tableOf(prepareSparseQuery(search.query, search.dropRatio ?? 0));
  const { allowed, bound, lowerBound = Number.NEGATIVE_INFINITY } = search;
  for (let row = source.rowStart; row < source.rowEnd; row++) {
    if (allowed !== undefined && !allowed.has(row)) continue;
    const score = scoreOf(source, row, query);
    const key = -score;
    if (score > 0 && key < bound && key >= lowerBound) heap.push(key, row);
  }
}

/** No index of a vector. */
const EMPTY = 0xffffffff;

/** The values of a query by index: an open hash table, so empty that most look-ups end at once. */
interface QueryTable {
  /** The indices, EMPTY between them. */
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}

function tableOf(query: SparseVector): QueryTable {
  const capacity = 2 ** Math.ceil(Math.log2(8 * query.indices.length + 8));
  const indices = new Uint32Array(capacity).fill(EMPTY);
  const values = new Float32Array(capacity);
  query.indices.forEach((index, i) => {
    const slot = slotOf(indices, index);
    indices[slot] = index;
    values[slot] = query.values[i];
  });
  return { indices, values };
}

/** The slot of an index, or the empty one where it belongs. */
function slotOf(indices: Uint32Array, index: number): number {
  const mask = indices.length - 1;
  const hash = Math.imul(index, 0x9e3779b1);
  let slot = (hash ^ (hash >>> 15)) & mask;
  while (indices[slot] !== index && indices[slot] !== EMPTY) slot = (slot + 1) & mask;
  return slot;
}

function scoreOf({ rows, weighting }: SparseScanSource, row: number, query: QueryTable): number {
  const { indices, values } = rows;
  const start = rows.offsets[row];
  const end = rows.offsets[row + 1];
  const saturation = saturationOf(weighting, values, { start, end });
  let score = 0;
  for (let i = start; i < end; i++) {
    const slot = slotOf(query.indices, indices[i]);
    if (query.indices[slot] === EMPTY) continue;
    const weight = Math.fround(weightOf(weighting, values[i], saturation));
    score = Math.fround(score + Math.fround(query.values[slot] * weight));
  }
  return score;
}
