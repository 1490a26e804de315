import { Bitset } from "../base/bitset.ts";
import type { Metric } from "../base/metric.ts";
import type { BuiltIndex } from "../index/built-index.ts";
import { type ScanRequest, scanCost } from "../index/flat/flat-scan.ts";
import type { IndexedSearch, IndexedSegment, KeyRange } from "../index/indexed-search.ts";
import { segmentCost } from "../index/search-cost.ts";
import type { ExactVectors, SearchEffort } from "../index/vector-index.ts";
import { memoryOf } from "../kernels/vector-memory.ts";
import { isValid, type VectorColumn } from "../schema/column.ts";
import type { SegmentView } from "../segment/segment.ts";
import type { SegmentVectors } from "../segment/segment-vectors.ts";
import type { MatchingRows } from "./matching-rows.ts";

/** What a search asks of every segment. */
export interface VectorQuery {
  readonly fieldId: number;
  readonly metric: Metric;
  readonly queries: Float32Array;
  readonly queryCount: number;
  readonly k: number;
  readonly effort: SearchEffort;
  readonly range?: KeyRange;
}

/** How a search is carried out: through indexes, by exact scans, or both. */
export interface SearchPlan {
  readonly indexed: IndexedSearch | undefined;
  /** The number of the segment, among those matched, of each indexed part and of each scan. */
  readonly indexedFrom: readonly number[];
  readonly scans: readonly ScanRequest[];
  readonly scannedFrom: readonly number[];
}

/**
 * Decides for each segment what is faster: its indexes, then a scan of the rows that they have not,
 * or an exact scan of all rows that are allowed. Few allowed rows are scanned.
 */
export function planSearch(matches: readonly MatchingRows[], query: VectorQuery): SearchPlan {
  const plan = new PlannedParts(query);
  for (const [i, match] of matches.entries()) {
    if (match.view.rowCount > 0) planSegment(plan, i, match);
  }
  return plan.finish();
}

/** Parts of a plan, as they come together. */
class PlannedParts {
  readonly query: VectorQuery;
  readonly #segments: IndexedSegment[] = [];
  readonly #indexedFrom: number[] = [];
  readonly #scans: ScanRequest[] = [];
  readonly #scannedFrom: number[] = [];

  constructor(query: VectorQuery) {
    this.query = query;
  }

  addScan(segment: number, scan: ScanRequest): void {
    this.#scans.push(scan);
    this.#scannedFrom.push(segment);
  }

  addIndexed(segment: number, indexed: IndexedSegment): void {
    this.#segments.push(indexed);
    this.#indexedFrom.push(segment);
  }

  finish(): SearchPlan {
    const { metric, queries, queryCount, k, effort, range } = this.query;
    const segments = this.#segments;
    const shared = { metric, dim: queries.length / queryCount, queries, queryCount, k, effort };
    return {
      indexed:
        segments.length === 0
          ? undefined
          : { segments, firstSegment: 0, ...shared, ...(range && { range }) },
      indexedFrom: this.#indexedFrom,
      scans: this.#scans,
      scannedFrom: this.#scannedFrom,
    };
  }
}

function planSegment(plan: PlannedParts, segment: number, match: MatchingRows): void {
  const { query } = plan;
  const { view } = match;
  const vectors = view.vectors(query.fieldId);
  if (vectors.place === "file") {
    planSegmentOnDisk(plan, segment, { match, vectors });
    return;
  }
  const { column } = vectors;
  const allowed = allowedRows(match, column);
  const whole = scanOf(column, query, { rowStart: 0, rowEnd: view.rowCount }, allowed);
  const memory = memoryOf(column.values);
  const indexes = usableIndexes(view, query);
  if (memory === undefined || indexes.length === 0) {
    plan.addScan(segment, whole);
    return;
  }
  const exact = { place: "memory", values: column.values, memory } as const;
  const indexed = indexedSegment(indexes, exact, allowed);
  const covered = indexes[indexes.length - 1].rowEnd;
  const tail = scanOf(column, query, { rowStart: covered, rowEnd: view.rowCount }, allowed);
  if (scanCost(whole) <= costOf(indexed, query) + scanCost(tail)) {
    plan.addScan(segment, whole);
    return;
  }
  plan.addIndexed(segment, indexed);
  if (covered < view.rowCount) plan.addScan(segment, tail);
}

/** Reading a row from the page cache, and scoring it. */
const FILE_ROW_NS = 3_000;

/** Vectors on disk are there only where the index has all rows. Few allowed rows are read, one by one. */
function planSegmentOnDisk(
  plan: PlannedParts,
  segment: number,
  {
    match: { view, rows },
    vectors,
  }: { match: MatchingRows; vectors: Extract<SegmentVectors, { place: "file" }> },
): void {
  const { query } = plan;
  const { descriptor, offset } = vectors.rows;
  const exact = { place: "file", descriptor, offset } as const;
  const indexed = indexedSegment(usableIndexes(view, query), exact, rows);
  const readNs = (indexed.allowedCount ?? view.rowCount) * FILE_ROW_NS * query.queryCount;
  const isScanned = readNs <= costOf(indexed, query);
  plan.addIndexed(segment, isScanned ? { ...indexed, isScanned } : indexed);
}

function usableIndexes(view: SegmentView, { fieldId, metric }: VectorQuery): readonly BuiltIndex[] {
  const indexes = view.indexes(fieldId);
  return indexes.length > 0 && indexes[0].metric === metric ? indexes : [];
}

function indexedSegment(
  indexes: readonly BuiltIndex[],
  vectors: ExactVectors,
  allowed: Bitset | undefined,
): IndexedSegment {
  if (allowed === undefined) return { indexes, vectors };
  return { indexes, vectors, allowed, allowedCount: allowed.count() };
}

function costOf(segment: IndexedSegment, { k, effort, queryCount }: VectorQuery): number {
  return segmentCost(segment, { k, effort }) * queryCount;
}

function scanOf(
  column: VectorColumn,
  { metric, queries, queryCount, k, range }: VectorQuery,
  rows: { rowStart: number; rowEnd: number },
  allowed: Bitset | undefined,
): ScanRequest {
  return {
    vectors: column.values,
    dim: column.dim,
    ...rows,
    metric,
    queries,
    queryCount,
    k,
    ...(allowed && { allowed }),
    ...(range && { range }),
  };
}

/** Rows that match and have a vector; `undefined` when those are all. */
function allowedRows({ view, rows }: MatchingRows, column: VectorColumn): Bitset | undefined {
  if (column.validity === undefined) return rows;
  const allowed = (rows ?? Bitset.full(view.rowCount)).clone();
  allowed.forEach((row) => {
    if (!isValid(column, row)) allowed.delete(row);
  });
  return allowed;
}
