import { must } from "../base/assert.ts";
import type { Timestamp } from "../base/clock.ts";
import type { CollectionSchema, Field } from "../schema/collection-schema.ts";
import type { Column, ColumnSet } from "../schema/column.ts";
import { type ColumnBuffer, createColumnBuffer } from "../schema/column-buffer.ts";
import { primaryKeyOf } from "../schema/define-schema.ts";
import { absentColumn } from "./absent-column.ts";
import { DeletedRows } from "./deleted-rows.ts";
import { KeyIndex } from "./key-index.ts";
import { type FieldOf, type Segment, timestampFieldId } from "./segment.ts";
import { SegmentIndexes } from "./segment-indexes.ts";
import type { SearchedColumn, SegmentVectors } from "./segment-vectors.ts";

/** Rows that are in the log and in memory, but not yet in files of their own. */
export class GrowingSegment implements Segment {
  readonly id: number;
  readonly partitionId: number;
  readonly state = "growing";
  readonly deleted: DeletedRows = new DeletedRows();
  readonly keyIndex: KeyIndex;
  readonly indexes: SegmentIndexes = new SegmentIndexes();
  readonly #buffers = new Map<number, { readonly field: Field; readonly buffer: ColumnBuffer }>();
  readonly #fieldOf: FieldOf;
  #rowCount = 0;
  #oldest: Timestamp = 0n;
  #newest: Timestamp = 0n;

  constructor(id: number, partitionId: number, schema: CollectionSchema, fieldOf: FieldOf) {
    this.id = id;
    this.partitionId = partitionId;
    this.#fieldOf = fieldOf;
    for (const field of schema.fields) this.addField(field);
    this.addField(timestampField);
    const keyFieldId = primaryKeyOf(schema).id;
    this.keyIndex = new KeyIndex(() => this.column(keyFieldId));
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  get oldest(): Timestamp {
    return this.#oldest;
  }

  get newest(): Timestamp {
    return this.#newest;
  }

  get byteSize(): number {
    let total = 0;
    for (const { buffer } of this.#buffers.values()) total += buffer.byteSize;
    return total;
  }

  get fieldIds(): readonly number[] {
    return [...this.#buffers.keys()];
  }

  /** Takes a field in that the collection has got: the rows so far have its default, or null. */
  addField(field: Field): void {
    const buffer = createColumnBuffer(field);
    if (this.#rowCount > 0) buffer.append(absentColumn(field, this.#rowCount));
    this.#buffers.set(field.id, { field, buffer });
  }

  /**
   * Appends rows that are in the log. Rows come in the order of their timestamps. They may have been
   * written before fields were added or dropped.
   */
  append(columns: ColumnSet, rowCount: number, timestamp: Timestamp): void {
    const values = new BigInt64Array(rowCount).fill(timestamp);
    for (const [fieldId, { field, buffer }] of this.#buffers) {
      if (fieldId === timestampFieldId) buffer.append({ layout: "fixed", rowCount, values });
      else buffer.append(columns.get(fieldId) ?? absentColumn(field, rowCount));
    }
    if (this.#rowCount === 0) this.#oldest = timestamp;
    this.#newest = timestamp;
    this.#rowCount += rowCount;
  }

  /** Deletes the rows with these keys. All rows so far are older than the delete. */
  delete(keys: Column, timestamp: Timestamp): void {
    for (let i = 0; i < keys.rowCount; i++) {
      this.keyIndex.visitRows(keys, i, (row) => this.deleted.add(row, timestamp));
    }
  }

  async load(): Promise<void> {
    // The rows are in memory.
  }

  isLoaded(): boolean {
    return true;
  }

  async loadVectors(): Promise<void> {
    // They are in memory.
  }

  isSearchable(): boolean {
    return true;
  }

  vectors(fieldId: number): SegmentVectors {
    // Asked of fields with vectors only.
    return { place: "memory", column: this.column(fieldId) as SearchedColumn };
  }

  column(fieldId: number): Column {
    const known = this.#buffers.get(fieldId);
    if (known !== undefined) return known.buffer.view();
    return absentColumn(must(this.#fieldOf(fieldId), `field ${fieldId}`), this.#rowCount);
  }

  async readColumn(fieldId: number): Promise<Column> {
    return this.column(fieldId);
  }
}

export const timestampField: Field = {
  id: timestampFieldId,
  name: "Timestamp",
  type: "Int64",
  description: "",
  primaryKey: false,
  autoId: false,
  nullable: false,
};
