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
  type SegmentView,
  timestampFieldId,
  type ViewedFields,
  viewSegment,
  visibleRows,
} from "../segment/segment.ts";
import type { ReadSource } from "./read-source.ts";
import type { ReadRequest } from "./request.ts";

/** The rows that a read may answer with. */
export interface MatchingRows {
  readonly view: SegmentView;
  /** Absent: all rows of the view. */
  readonly rows?: Bitset;
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
 * read, and finds the visible rows that match the filter, segment by segment. `checkFilter` may
 * refuse the filter before.
 */
export async function matchRows(
  source: ReadSource,
  request: ReadRequest,
  fieldIds: readonly number[],
  checkFilter?: (filter: BoundFilter | undefined) => void,
): Promise<{ matches: MatchingRows[]; at: Timestamp; filter: BoundFilter | undefined }> {
  const filter = filterOf(source, request);
  checkFilter?.(filter);
  const keyField = primaryKeyOf(source.schema);
  const needed = neededFields(source, [
    ...fieldIds,
    ...(filter?.fieldIds ?? []),
    keyField.id,
    timestampFieldId,
  ]);
  // A write, a flush or a compaction may change the list of segments while columns load, and a release
  // that is followed by a load may free some of these. From the comparison on, everything is one step: the views are of one moment, and of all its rows.
  let segments: readonly Segment[];
  do {
    segments = segmentsOf(source, request, filter);
    await loadSegments(source, segments, needed);
  } while (
    !isSameList(segments, segmentsOf(source, request, filter)) ||
    !areLoaded(source, segments, needed)
  );
  const at = request.at ?? source.now();
  if (request.at !== undefined || request.hold === true) source.pin(at);
  const keys = filter === undefined ? undefined : keysOf(filter, keyField.id);
  const probe = keys === undefined ? undefined : columnOf(keyField, keys);
  const views = segments.map((segment) => viewSegment(segment, needed, at));
  const matches: MatchingRows[] = [];
  for (const view of views) {
    throwIfAborted(request.signal);
    const matching =
      probe !== undefined
        ? rowsOfKeys(view, probe)
        : filter && evaluateFilter(filter, view.column, view.rowCount);
    const rows = intersect(visibleRows(view), matching);
    matches.push(rows === undefined ? { view } : { view, rows });
  }
  return { matches, at, filter };
}

/** Parts the fields in those whose columns must be in memory, and vector fields. */
function neededFields(source: ReadSource, ids: readonly number[]): ViewedFields {
  const vectorFieldIds = searchedFieldsOf(source.schema)
    .map(({ id }) => id)
    .filter((id) => ids.includes(id));
  const expiry = source.expiry();
  const others = [...ids, ...fieldsOfExpiry(expiry)].filter((id) => !vectorFieldIds.includes(id));
  return { fieldIds: [...new Set(others)], vectorFieldIds, expiry };
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
  if (loading.length === 0) return;
  await Promise.all(loading);
  source.noteLoad();
}

function areLoaded(
  source: ReadSource,
  segments: readonly Segment[],
  { fieldIds, vectorFieldIds }: ViewedFields,
): boolean {
  return segments.every(
    (segment) =>
      segment.isLoaded(fieldIds) &&
      vectorFieldIds.every((id) => segment.isSearchable(id, source.placeOf(id))),
  );
}

function isSameList(a: readonly Segment[], b: readonly Segment[]): boolean {
  return a.length === b.length && a.every((segment, i) => segment === b[i]);
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
