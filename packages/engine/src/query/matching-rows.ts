import { Bitset } from "../base/bitset.ts";
import type { Timestamp } from "../base/clock.ts";
import { EngineError } from "../base/errors.ts";
import { type BoundFilter, compileFilter, evaluateFilter, keysOf } from "../filter/filter.ts";
import type { Column } from "../schema/column.ts";
import { columnOf } from "../schema/column-of-values.ts";
import { primaryKeyOf, searchedFieldsOf } from "../schema/define-schema.ts";
import {
  fieldsOfExpiry,
  type Segment,
  SegmentView,
  timestampFieldId,
  type ViewedFields,
  visibleRows,
} from "../segment/segment.ts";
import type { ReadSource } from "./read-source.ts";
import type { ReadRequest } from "./request.ts";
import { timedColumns } from "./timed-columns.ts";

/** The rows that a read may answer with. */
export interface MatchingRows {
  readonly view: SegmentView;
  /** Absent: all rows of the view. */
  readonly rows?: Bitset | undefined;
}

/** What a read has to do with. */
export interface MatchedRows {
  readonly matches: readonly MatchingRows[];
  /** The moment that is read. */
  readonly at: Timestamp;
  readonly filter: BoundFilter | undefined;
}

/** Compiles a request's filter; `undefined` when there is none. Throws `filter-invalid`. */
export function filterOf(
  source: ReadSource,
  request: Pick<ReadRequest, "filter" | "templates" | "timeZone">,
): BoundFilter | undefined {
  const { filter = "", templates, timeZone } = request;
  if (filter.trim() === "") return undefined;
  const options = { ...source.filterOptions(), ...(timeZone !== undefined && { timeZone }) };
  return compileFilter(filter, source.schema, templates, options);
}

/**
 * Loads the columns that are needed, of vector fields also their indexes, fixes the moment of the
 * read, and finds the visible rows that match the filter, segment by segment: at once where all is
 * in memory already. `checkFilter` may refuse the filter before.
 */
export function matchRows(
  source: ReadSource,
  request: ReadRequest,
  fieldIds: readonly number[],
  checkFilter?: (filter: BoundFilter | undefined) => void,
): MatchedRows | Promise<MatchedRows> {
  const filter = filterOf(source, request);
  checkFilter?.(filter);
  const wanted = { request, needed: neededFields(source, fieldIds, filter), filter };
  const segments = segmentsOf(source, request, filter);
  return areLoaded(source, segments, wanted.needed)
    ? matchLoaded(source, segments, wanted)
    : loadAndMatch(source, segments, wanted);
}

/** What is wanted of segments. */
interface WantedRows {
  readonly request: ReadRequest;
  readonly needed: ViewedFields;
  readonly filter: BoundFilter | undefined;
}

/**
 * A write, a flush or a compaction may change the list of segments while columns load, and a release
 * that is followed by a load may free some of these. Once all of the list are there, the rest is one
 * step: the views are of one moment, and of all its rows.
 */
async function loadAndMatch(
  source: ReadSource,
  listed: readonly Segment[],
  wanted: WantedRows,
): Promise<MatchedRows> {
  const { request, needed, filter } = wanted;
  let segments = listed;
  do {
    await loadSegments(source, segments, needed);
    segments = segmentsOf(source, request, filter);
  } while (!areLoaded(source, segments, needed));
  return matchLoaded(source, segments, wanted);
}

function matchLoaded(
  source: ReadSource,
  segments: readonly Segment[],
  { request, needed, filter }: WantedRows,
): MatchedRows {
  const at = request.at ?? source.now();
  if (request.at !== undefined || request.hold === true) source.pin(at);
  const rowsOf = filter && rowFinder(source, filter);
  const matches = segments.map((segment): MatchingRows => {
    const view = new SegmentView(segment, needed, at);
    throwIfAborted(request.signal);
    return { view, rows: intersect(visibleRows(view), rowsOf?.(view)) };
  });
  return { matches, at, filter };
}

/** How the rows are found that match a filter: by their keys where it asks for nothing else. */
function rowFinder(source: ReadSource, filter: BoundFilter): (view: SegmentView) => Bitset {
  const keyField = primaryKeyOf(source.schema);
  const keys = keysOf(filter, keyField.id);
  if (keys === undefined) {
    const timed = timedColumns(source.nowMs);
    return (view) => {
      const columnOf = timed((fieldId) => view.column(fieldId));
      return evaluateFilter(filter, columnOf, view.rowCount);
    };
  }
  const probe = columnOf(keyField, keys);
  return (view) => rowsOfKeys(view, probe);
}

/** Parts the fields in those whose columns must be in memory, and vector fields; each once. */
function neededFields(
  { schema, expiry: expiryOf }: Pick<ReadSource, "schema" | "expiry">,
  ids: readonly number[],
  filter: BoundFilter | undefined,
): ViewedFields {
  const expiry = expiryOf();
  const searched = searchedFieldsOf(schema);
  const fieldIds = [primaryKeyOf(schema).id, timestampFieldId];
  const vectorFieldIds: number[] = [];
  const add = (id: number): void => {
    const list = searched.some((field) => field.id === id) ? vectorFieldIds : fieldIds;
    if (!list.includes(id)) list.push(id);
  };
  ids.forEach(add);
  filter?.fieldIds.forEach(add);
  fieldsOfExpiry(expiry).forEach(add);
  return { fieldIds, vectorFieldIds, expiry };
}

function segmentsOf(
  source: ReadSource,
  { partitions, ignoreGrowing = false }: ReadRequest,
  filter: BoundFilter | undefined,
): readonly Segment[] {
  const segments = source.segments(partitions, filter);
  return ignoreGrowing ? segments.filter(({ state }) => state === "sealed") : segments;
}

async function loadSegments(
  source: ReadSource,
  segments: readonly Segment[],
  { fieldIds, vectorFieldIds }: ViewedFields,
): Promise<void> {
  const loading: Promise<void>[] = [];
  for (const segment of segments) {
    if (!segment.isLoaded(fieldIds)) loading.push(segment.load(fieldIds));
    for (const id of vectorFieldIds) {
      const place = source.placeOf(id);
      if (!segment.isSearchable(id, place)) loading.push(segment.loadVectors(id, place));
    }
  }
  await Promise.all(loading);
  source.noteLoad();
}

function areLoaded(
  source: ReadSource,
  segments: readonly Segment[],
  { fieldIds, vectorFieldIds }: ViewedFields,
): boolean {
  for (const segment of segments) if (!segment.isLoaded(fieldIds)) return false;
  for (const id of vectorFieldIds) {
    const place = source.placeOf(id);
    for (const segment of segments) if (!segment.isSearchable(id, place)) return false;
  }
  return true;
}

/** What is in both sets; `undefined` stands for the set of all. */
function intersect(a: Bitset | undefined, b: Bitset | undefined): Bitset | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.and(a);
}

function rowsOfKeys(view: SegmentView, keys: Column): Bitset {
  const rows = new Bitset(view.rowCount);
  const add = (row: number): void => {
    if (row < view.rowCount) rows.add(row);
  };
  for (let i = 0; i < keys.rowCount; i++) view.segment.keyIndex.visitRows(keys, i, add);
  return rows;
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new EngineError("cancelled", "The request was cancelled");
}
