import { assert, must } from "../base/assert.ts";
import { Bitset } from "../base/bitset.ts";
import type { Timestamp } from "../base/clock.ts";
import { integerInterval } from "../filter/interval.ts";
import { inInterval } from "../filter/mark-intervals.ts";
import type { BuiltIndex } from "../index/built-index.ts";
import type { Field } from "../schema/collection-schema.ts";
import { type Column, type FixedColumn, isValid } from "../schema/column.ts";
import type { DeletedRows } from "./deleted-rows.ts";
import type { KeyIndex } from "./key-index.ts";
import type { SegmentIndexes } from "./segment-indexes.ts";
import { columnOfVectors, type SegmentVectors, type VectorPlace } from "./segment-vectors.ts";

/** The id of the column with each row's timestamp, as in Milvus. */
export const timestampFieldId = 1;

/** A field of the collection, also one that was dropped while the database is open. */
export type FieldOf = (fieldId: number) => Field | undefined;

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
  /** Indexes that are in memory. */
  readonly indexes: SegmentIndexes;
  /** Deletes the rows with these keys, all of which are older. */
  delete(keys: Column, timestamp: Timestamp): void;
  /** Bytes of the rows, on disk or in memory, for policies. */
  readonly byteSize: number;
  /** Brings the fields' columns to memory. Growing segments have them. */
  load(fieldIds: readonly number[]): Promise<void>;
  /** Whether all of them are in memory. */
  isLoaded(fieldIds: readonly number[]): boolean;
  /**
   * Brings what searching a vector field needs: its index to memory, where there is a file of it,
   * and its vectors to memory, or, where the index has all rows, their file opened.
   */
  loadVectors(fieldId: number, place: VectorPlace): Promise<void>;
  /** Whether `loadVectors` has nothing to do. */
  isSearchable(fieldId: number, place: VectorPlace): boolean;
  /** The vectors that `loadVectors` has brought, or `load`. */
  vectors(fieldId: number): SegmentVectors;
  /** A column that `load` has brought. It has all the rows, and may have more later. */
  column(fieldId: number): Column;
  /** A column without keeping it in memory, when it is not there already. Throws as `load`. */
  readColumn(fieldId: number): Promise<Column>;
  /** Rows by key. The key column must be loaded. */
  readonly keyIndex: KeyIndex;
}

/** Which rows have expired: nobody sees them any more, and the next compaction drops them. */
export type RowExpiry =
  /** Rows that were written before a moment. */
  | { readonly before: Timestamp }
  /** Rows whose value in a Timestamptz field is not after a moment, in microseconds since 1970. */
  | { readonly field: { readonly id: number; readonly until: bigint } };

/** What a read needs of a segment. */
export interface ViewedFields {
  /** Fields whose columns are in memory. */
  readonly fieldIds: readonly number[];
  /** Vector fields that are searched or shown, wherever their vectors lie. */
  readonly vectorFieldIds: readonly number[];
  /** Rows that are not to be seen. The columns that it takes are among `fieldIds`. */
  readonly expiry: RowExpiry | undefined;
}

/**
 * A segment as it was at one moment: later writes do not show. Its columns must be loaded: they are
 * taken when the view is made, so that a release or a compaction afterwards does not touch the read.
 */
export class SegmentView {
  readonly segment: Segment;
  readonly rowCount: number;
  readonly at: Timestamp;
  readonly expiry: RowExpiry | undefined;
  // Lists beside each other instead of maps: they are short, and every search makes a view of every
  // segment.
  readonly #fields: ViewedFields;
  readonly #columns: readonly Column[];
  readonly #vectors: readonly SegmentVectors[];
  readonly #indexes: readonly (readonly BuiltIndex[])[];

  constructor(segment: Segment, fields: ViewedFields, at: Timestamp) {
    this.segment = segment;
    this.rowCount = segment.rowCount;
    this.at = at;
    this.expiry = fields.expiry;
    this.#fields = fields;
    this.#columns = fields.fieldIds.map((id) => segment.column(id));
    // A growing segment's indexes have at most the rows that it has now.
    this.#vectors = fields.vectorFieldIds.map((id) => segment.vectors(id));
    this.#indexes = fields.vectorFieldIds.map((id) => segment.indexes.of(id));
  }

  column(fieldId: number): Column {
    const { fieldIds, vectorFieldIds } = this.#fields;
    const taken = this.#columns[fieldIds.indexOf(fieldId)];
    if (taken !== undefined) return taken;
    const vectors = this.#vectors[vectorFieldIds.indexOf(fieldId)];
    return vectors === undefined ? this.segment.column(fieldId) : columnOfVectors(vectors);
  }

  /** The vectors of a field that the view was made for. */
  vectors(fieldId: number): SegmentVectors {
    const { vectorFieldIds } = this.#fields;
    return must(this.#vectors[vectorFieldIds.indexOf(fieldId)], `vectors of field ${fieldId}`);
  }

  /** The indexes of such a field, by ascending rows. */
  indexes(fieldId: number): readonly BuiltIndex[] {
    const { vectorFieldIds } = this.#fields;
    return must(this.#indexes[vectorFieldIds.indexOf(fieldId)], `indexes of field ${fieldId}`);
  }
}

/**
 * The rows that exist at the view's moment: written by then, not deleted by then, and not expired;
 * `undefined` when those are all. Needs the timestamp column only when the view is older than the
 * newest row, or rows may have expired.
 */
export function visibleRows(view: SegmentView): Bitset | undefined {
  const { segment, rowCount, at, expiry } = view;
  if (at >= segment.newest && segment.deleted.count === 0 && !mayHaveExpired(segment, expiry)) {
    return undefined;
  }
  const rows =
    at < segment.newest
      ? rowsUpTo(at, view.column(timestampFieldId), rowCount)
      : Bitset.full(rowCount);
  segment.deleted.subtractFrom(rows, at);
  if (expiry !== undefined) subtractExpired(rows, expiry, (fieldId) => view.column(fieldId));
  return rows;
}

/** The rows whose timestamp is `last` or before. */
function rowsUpTo(last: bigint, column: Column, rowCount: number): Bitset {
  assert(column.layout === "fixed", "Timestamps are in a fixed column");
  return inInterval(column.values, rowCount, integerInterval("<=", last));
}

/** Whether rows of a segment may have expired: `false` is certain, and costs nothing to know. */
export function mayHaveExpired(
  segment: Pick<Segment, "oldest">,
  expiry: RowExpiry | undefined,
): boolean {
  return expiry !== undefined && ("field" in expiry || segment.oldest < expiry.before);
}

/** Removes from `rows` those that have expired. */
export function subtractExpired(
  rows: Bitset,
  expiry: RowExpiry,
  columnOf: (fieldId: number) => Column,
): void {
  const { fieldId, last } = lastExpired(expiry);
  const column = columnOf(fieldId);
  const expired = rowsUpTo(last, column, rows.size);
  if (column.validity !== undefined) expired.and(Bitset.ofBytes(rows.size, column.validity));
  rows.andNot(expired);
}

/** Tells of rows whether they have expired. */
export function expiredRows(
  expiry: RowExpiry,
  columnOf: (fieldId: number) => Column,
): (row: number) => boolean {
  const { fieldId, last } = lastExpired(expiry);
  const column = columnOf(fieldId) as FixedColumn;
  return (row) => (column.values[row] as bigint) <= last && isValid(column, row);
}

/** The field by which rows expire, and the greatest value of those that have. */
function lastExpired(expiry: RowExpiry): { readonly fieldId: number; readonly last: bigint } {
  if ("field" in expiry) return { fieldId: expiry.field.id, last: expiry.field.until };
  return { fieldId: timestampFieldId, last: expiry.before - 1n };
}

/** The fields whose columns tell which rows have expired. */
export function fieldsOfExpiry(expiry: RowExpiry | undefined): readonly number[] {
  if (expiry === undefined) return [];
  return "field" in expiry ? [expiry.field.id] : [timestampFieldId];
}
