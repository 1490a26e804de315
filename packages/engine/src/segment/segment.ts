import { Bitset } from "../base/bitset.ts";
import type { Timestamp } from "../base/clock.ts";
import type { Column, FixedColumn } from "../schema/column.ts";
import type { DeletedRows } from "./deleted-rows.ts";
import type { KeyIndex } from "./key-index.ts";

/** The id of the column with each row's timestamp, as in Milvus. */
export const timestampFieldId = 1;

/** What reads see of a segment. Reading it can't change it. */
export interface Segment {
  readonly id: number;
  readonly partitionId: number;
  readonly state: "growing" | "sealed";
  readonly rowCount: number;
  /** Timestamps of the oldest and newest row. */
  readonly oldest: Timestamp;
  readonly newest: Timestamp;
  readonly deleted: DeletedRows;
  /** Deletes the rows with these keys, all of which are older. */
  delete(keys: Column, timestamp: Timestamp): void;
  /** Bytes of the rows, on disk or in memory, for policies. */
  readonly byteSize: number;
  /** Brings the fields' columns to memory. Growing segments have them. */
  load(fieldIds: readonly number[]): Promise<void>;
  /** A column that `load` has brought. It has all the rows, and may have more later. */
  column(fieldId: number): Column;
  /** Rows by key. The key column must be loaded. */
  readonly keyIndex: KeyIndex;
}

/** A segment as it was at one moment: later writes do not show. */
export interface SegmentView {
  readonly segment: Segment;
  readonly rowCount: number;
  readonly at: Timestamp;
  column(fieldId: number): Column;
}

/**
 * Fixes what a read sees of a segment whose columns are loaded: the columns are taken now, so that
 * a release or a compaction afterwards does not touch the read.
 */
export function viewSegment(
  segment: Segment,
  fieldIds: readonly number[],
  at: Timestamp,
): SegmentView {
  const columns = new Map(fieldIds.map((id) => [id, segment.column(id)]));
  return {
    segment,
    rowCount: segment.rowCount,
    at,
    column: (fieldId) => columns.get(fieldId) ?? segment.column(fieldId),
  };
}

/**
 * The rows that exist at the view's moment: written by then, and not deleted by then.
 * Needs the timestamp column only when the view is older than the newest row.
 */
export function visibleRows(view: SegmentView): Bitset {
  const { segment, rowCount, at } = view;
  const rows = Bitset.full(rowCount);
  if (at < segment.newest) {
    const { values } = view.column(timestampFieldId) as FixedColumn;
    for (let row = 0; row < rowCount; row++) if ((values[row] as bigint) > at) rows.delete(row);
  }
  segment.deleted.subtractFrom(rows, at);
  return rows;
}
