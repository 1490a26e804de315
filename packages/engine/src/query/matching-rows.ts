import { Bitset } from "../base/bitset.ts";
import type { Timestamp } from "../base/clock.ts";
import { EngineError } from "../base/errors.ts";
import { type BoundFilter, compileFilter, evaluateFilter, keysOf } from "../filter/filter.ts";
import type { CollectionSchema } from "../schema/collection-schema.ts";
import type { Column } from "../schema/column.ts";
import { primaryKeyOf } from "../schema/define-schema.ts";
import { columnOf } from "../schema/rows-to-columns.ts";
import {
  type Segment,
  type SegmentView,
  timestampFieldId,
  viewSegment,
  visibleRows,
} from "../segment/segment.ts";
import type { ReadSource } from "./read-source.ts";
import type { ReadRequest } from "./request.ts";

/** The rows that a read may answer with. */
export interface MatchingRows {
  readonly view: SegmentView;
  readonly rows: Bitset;
}

/** Compiles a request's filter; `undefined` when there is none. Throws `filter-invalid`. */
export function filterOf(
  schema: CollectionSchema,
  request: Pick<ReadRequest, "filter" | "templates">,
): BoundFilter | undefined {
  const { filter = "", templates } = request;
  return filter.trim() === "" ? undefined : compileFilter(filter, schema, templates);
}

/**
 * Loads the columns that are needed, fixes the moment of the read, and finds the visible rows that
 * match the filter, segment by segment.
 */
export async function matchRows(
  source: ReadSource,
  request: ReadRequest,
  fieldIds: readonly number[],
): Promise<{ matches: MatchingRows[]; at: Timestamp }> {
  const filter = filterOf(source.schema, request);
  const keyField = primaryKeyOf(source.schema);
  const needed = [
    ...new Set([...fieldIds, ...(filter?.fieldIds ?? []), keyField.id, timestampFieldId]),
  ];
  // A write, a flush or a compaction may change the list of segments while columns load. From the
  // comparison on, everything is one step: the views are of one moment, and of all its rows.
  let segments: readonly Segment[];
  do {
    segments = source.segments(request.partitions);
    await Promise.all(segments.map((segment) => segment.load(needed)));
  } while (!isSameList(segments, source.segments(request.partitions)));
  const at = request.at ?? source.now();
  const keys = filter === undefined ? undefined : keysOf(filter, keyField.id);
  const probe = keys === undefined ? undefined : columnOf(keyField, keys);
  const views = segments.map((segment) => viewSegment(segment, needed, at));
  const matches: MatchingRows[] = [];
  for (const view of views) {
    throwIfAborted(request.signal);
    const rows = visibleRows(view);
    if (probe !== undefined) rows.and(rowsOfKeys(view, probe));
    else if (filter !== undefined) rows.and(evaluateFilter(filter, view.column, view.rowCount));
    matches.push({ view, rows });
  }
  return { matches, at };
}

function isSameList(a: readonly Segment[], b: readonly Segment[]): boolean {
  return a.length === b.length && a.every((segment, i) => segment === b[i]);
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
