import { assert } from "../base/assert.ts";
import { Bitset } from "../base/bitset.ts";
import type { BinaryMetric, DenseMetric, ListMetric, Metric } from "../base/metric.ts";
import type { ElementFilter } from "../filter/filter.ts";
import { measureOf } from "../index/binary/binary-measure.ts";
import type { BuiltIndex } from "../index/built-index.ts";
import { type ScanRequest, scanCost } from "../index/exact-scan.ts";
import type { RowRange } from "../index/flat/row-lister.ts";
import type {
  IndexedSearch,
  IndexedSegment,
  IndexedVectors,
  KeyRange,
} from "../index/indexed-search.ts";
import type { ListRows } from "../index/list/scan-lists.ts";
import type { QueryVectors } from "../index/query-vectors.ts";
import { segmentCost } from "../index/search-cost.ts";
import { defaultMinHashEffort, type SearchEffort } from "../index/vector-index.ts";
import type { DenseArray, DenseElement, DenseRows } from "../kernels/dense-rows.ts";
import { memoryOf } from "../kernels/vector-memory.ts";
import type { ListColumn, SparseColumn, VectorColumn, VectorElement } from "../schema/column.ts";
import type { SegmentView } from "../segment/segment.ts";
import type { SearchedColumn, SegmentVectors } from "../segment/segment-vectors.ts";
import { allowedElements } from "./found-elements.ts";
import type { MatchingRows } from "./matching-rows.ts";

/** What a search asks of every segment. */
export interface VectorQuery {
  readonly fieldId: number;
  readonly metric: Metric;
  /** Of the kind that the field's vectors are. */
  readonly queries: QueryVectors;
  readonly queryCount: number;
  readonly k: number;
  readonly effort: SearchEffort;
  readonly range?: KeyRange | undefined;
  /** Of a search among the elements of lists: which elements it is for. Absent: all. */
  readonly elementFilter?: ElementFilter | undefined;
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
    const search = { segments, firstSegment: 0, metric, queries, queryCount, k, effort, range };
    return {
      indexed: segments.length === 0 ? undefined : search,
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
  const allowed = allowedRows(match, column.validity);
  if (allowed?.isEmpty()) return;
  if (column.layout === "list" && query.queries.kind !== "list") {
    planElements(plan, segment, { view, column, allowed });
    return;
  }
  const whole = scanOf(column, query, { rowStart: 0, rowEnd: view.rowCount, allowed });
  const indexes = usableIndexes(view, query);
  const place = indexes.length === 0 ? undefined : placeOf(column);
  if (place === undefined) {
    plan.addScan(segment, whole);
    return;
  }
  const indexed = indexedSegment(indexes, { vectors: place, allowed }, query);
  const covered = indexes[indexes.length - 1].rowEnd;
  const tail =
    covered < view.rowCount
      ? scanOf(column, query, { rowStart: covered, rowEnd: view.rowCount, allowed })
      : undefined;
  const indexedNs = query.queryCount * indexed.costNs + (tail === undefined ? 0 : scanCost(tail));
  if (scanCost(whole) <= indexedNs) {
    plan.addScan(segment, whole);
    return;
  }
  plan.addIndexed(segment, indexed);
  if (tail !== undefined) plan.addScan(segment, tail);
}

/** Scans the elements of lists as if they were rows: the rows of its hits are places of elements. */
function planElements(
  plan: PlannedParts,
  segment: number,
  {
    view,
    column: { offsets, elements },
    allowed,
  }: { view: SegmentView; column: ListColumn; allowed: Bitset | undefined },
): void {
  const { query } = plan;
  assert(elements.layout === "vector", "lists of vectors");
  const rows = { rowStart: offsets[0], rowEnd: offsets[view.rowCount] };
  const places = allowedElements(view, offsets, { allowed, filter: query.elementFilter });
  if (rows.rowStart === rows.rowEnd || places?.isEmpty()) return;
  plan.addScan(segment, scanOf(elements, query, { ...rows, allowed: places }));
}

/** Reading a row from the page cache, and scoring it. */
const FILE_ROW_NS = 3_000;

/** Vectors on disk are there only where the index has all rows. Few allowed rows are read, one by one. */
function planSegmentOnDisk(
  plan: PlannedParts,
  segment: number,
  {
    match,
    vectors: { rows },
  }: { match: MatchingRows; vectors: Extract<SegmentVectors, { place: "file" }> },
): void {
  const { query } = plan;
  const { view } = match;
  const { descriptor, offset, validity } = rows;
  const exact = {
    place: "file",
    element: denseElementOf(rows.element),
    descriptor,
    offset,
  } as const;
  const parts = { vectors: exact, allowed: allowedRows(match, validity) };
  const indexed = indexedSegment(usableIndexes(view, query), parts, query);
  const readNs = (indexed.allowedCount ?? view.rowCount) * FILE_ROW_NS;
  const isScanned = readNs <= indexed.costNs;
  plan.addIndexed(segment, isScanned ? { ...indexed, isScanned, costNs: readNs } : indexed);
}

function usableIndexes(view: SegmentView, { fieldId, metric }: VectorQuery): readonly BuiltIndex[] {
  const indexes = view.indexes(fieldId);
  return indexes.length > 0 && indexes[0].metric === metric ? indexes : [];
}

/** What searches of the column's indexes need of it; `undefined` where threads can't see it. */
function placeOf(column: SearchedColumn): IndexedVectors | undefined {
  if (column.layout === "sparse") return { place: "index" };
  if (column.layout === "list") return undefined;
  const { element, values } = column;
  const memory = memoryOf(values);
  if (memory === undefined) return undefined;
  if (element === "bit") return { place: "bits", values: bitsOf(column), memory };
  return { place: "memory", ...denseRowsOf(column), memory };
}

function indexedSegment(
  indexes: readonly BuiltIndex[],
  { vectors, allowed }: Pick<IndexedSegment, "vectors" | "allowed">,
  query: VectorQuery,
): IndexedSegment {
  const allowedCount = allowed?.count();
  const costNs = segmentCost(indexes, allowedCount, query);
  return { indexes, vectors, allowed, allowedCount, costNs };
}

/** The exact search of some rows of a column. */
function scanOf(
  column: SearchedColumn,
  { metric: given, queries: vectors, queryCount, k, range, effort }: VectorQuery,
  { rowStart, rowEnd, allowed }: RowRange,
): ScanRequest {
  const rows = { rowStart, rowEnd, queryCount, k, allowed, range };
  // searched-field.ts sees to it that metrics and queries fit the field, whose columns these are.
  switch (vectors.kind) {
    case "dense": {
      const { dim, values: queries } = vectors;
      const metric = given as DenseMetric;
      return {
        kind: "dense",
        ...rows,
        metric,
        vectors: denseRowsOf(column as VectorColumn),
        dim,
        queries,
      };
    }
    case "binary": {
      const { elementBits } = effort.minHash ?? defaultMinHashEffort;
      const measure = measureOf(given as BinaryMetric, elementBits);
      const bits = bitsOf(column as VectorColumn);
      return {
        kind: "binary",
        ...rows,
        metric: measure.metric,
        measure,
        vectors: bits,
        queries: vectors,
      };
    }
    case "sparse": {
      const { offsets, indices, values } = column as SparseColumn;
      const { dropRatio = 0 } = effort.sparse ?? {};
      const sparse = { rows: { offsets, indices, values }, queries: vectors, dropRatio };
      return { kind: "sparse", ...rows, metric: "IP", ...sparse };
    }
    case "list": {
      const lists = { rows: listRowsOf(column as ListColumn), queries: vectors };
      return { kind: "list", ...rows, metric: given as ListMetric, ...lists };
    }
  }
}

/** The element of the vectors of a dense field. */
function denseElementOf(element: VectorElement): DenseElement {
  assert(element !== "bit", "dense vectors");
  return element;
}

function denseRowsOf({ element, values }: Pick<VectorColumn, "element" | "values">): DenseRows {
  // Of bits alone the values are bytes without a sign.
  return { element: denseElementOf(element), values: values as DenseArray };
}

function bitsOf({ element, values }: Pick<VectorColumn, "element" | "values">): Uint8Array {
  assert(element === "bit", "binary vectors");
  return values as Uint8Array; // as the element says
}

function listRowsOf({ offsets, elements }: ListColumn): ListRows {
  assert(elements.layout === "vector", "lists of vectors");
  if (elements.element !== "bit") return { offsets, vectors: denseRowsOf(elements) };
  return { offsets, vectors: { element: "bit", values: bitsOf(elements) } };
}

/** Rows that match and have a vector; `undefined` when those are all. */
function allowedRows(
  { view, rows }: MatchingRows,
  validity: Uint8Array | undefined,
): Bitset | undefined {
  if (validity === undefined) return rows;
  const present = Bitset.ofBytes(view.rowCount, validity);
  return rows === undefined ? present : present.and(rows);
}
