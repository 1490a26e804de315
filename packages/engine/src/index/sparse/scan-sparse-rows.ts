import { BoundedHeap } from "../../base/bounded-heap.ts";
import { allowedCountOf, keepNs, type ScannedRows, stoppedError } from "../flat/flat-scan.ts";
import { createHits, type ScanHits, writeHits } from "../flat/scan-hits.ts";
import type { SparseQueries } from "../query-vectors.ts";
import { prepareSparseQuery } from "./sparse-query.ts";
import { type SparseRows, type SparseVector, sparseVectorAt } from "./sparse-rows.ts";
import type { SparseSearch } from "./sparse-search.ts";
import { type SparseWeighting, saturationOf, weightOf } from "./sparse-weighting.ts";

/** An exact search of sparse vectors, by inner product. Rows with scores above 0 are found. */
export interface SparseScan extends ScannedRows {
  readonly kind: "sparse";
  readonly metric: "IP";
  readonly rows: SparseRows;
  readonly queries: SparseQueries;
  /** As in {@link SparseSearch}. */
  readonly dropRatio: number;
}

/** Rows that are scanned between two looks at whether anybody still waits: about a millisecond. */
const PIECE_ROWS = 2048;

/** Keeps the best k per query. Throws `cancelled` as `scanFlat` does. */
export function scanSparse(request: SparseScan, stop?: Int32Array): ScanHits {
  const { rows, queries, queryCount, k, rowStart, rowEnd, allowed, range, dropRatio } = request;
  const hits = createHits(queryCount, k);
  for (let q = 0; q < queryCount; q++) {
    const heap = new BoundedHeap(Math.min(k, rowEnd - rowStart));
    const search = {
      query: sparseVectorAt(queries.rows, q),
      dropRatio,
      bound: range?.below ?? Number.POSITIVE_INFINITY,
      ...(range && { lowerBound: range.from }),
      ...(allowed && { allowed }),
    };
    for (let start = rowStart; start < rowEnd; start += PIECE_ROWS) {
      const end = Math.min(rowEnd, start + PIECE_ROWS);
      const source = { rows, rowStart: start, rowEnd: end, weighting: byValue };
      scanSparseRows(source, search, heap);
      if (stop !== undefined && Atomics.load(stop, 0) !== 0) throw stoppedError();
    }
    writeHits(hits, q, { heap, sign: -1 });
  }
  return hits;
}

const byValue: SparseWeighting = { kind: "value" };

// Nanoseconds as in flat-scan.ts: skipping a row, beginning one, and looking up an element.
const SKIP_NS = 2;
const ROW_NS = 10;
const ELEMENT_NS = 3;

/** About how long a scan takes, in nanoseconds of one core. */
export function sparseScanCost(request: SparseScan): number {
  const { rows, rowStart, rowEnd, queryCount, k } = request;
  const rangeLength = rowEnd - rowStart;
  if (rangeLength === 0) return 0;
  const rowCount = allowedCountOf(request);
  const elementCount = (rows.offsets[rowEnd] - rows.offsets[rowStart]) * (rowCount / rangeLength);
  const ns = rangeLength * SKIP_NS + rowCount * ROW_NS + elementCount * ELEMENT_NS;
  return queryCount * (ns + keepNs(rowCount, k));
}

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
