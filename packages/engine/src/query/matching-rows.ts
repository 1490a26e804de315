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
  const segments = await loadSegments(source, request.partitions, needed);
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

/**
 * The segments of the partitions with the needed columns in memory. A flush or a compaction may
 * replace segments while columns load: then it looks again, so that no row is missed or seen twice.
 */
async function loadSegments(
  source: ReadSource,
  partitions: readonly string[] | undefined,
  fieldIds: readonly number[],
): Promise<readonly Segment[]> {
  let segments = source.segments(partitions);
  for (;;) {
    await Promise.all(segments.map((segment) => segment.load(fieldIds)));
    const now = source.segments(partitions);
    if (now.length === segments.length && now.every((segment, i) => segment === segments[i])) {
      return segments;
    }
    segments = now;
  }
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
