import { must } from "../base/assert.ts";
import type { Timestamp } from "../base/clock.ts";
import type { CollectionSchema, Field } from "../schema/collection-schema.ts";
import type { Column, ColumnSet, VectorColumn } from "../schema/column.ts";
import { type ColumnBuffer, createColumnBuffer } from "../schema/column-buffer.ts";
import { primaryKeyOf } from "../schema/define-schema.ts";
import { DeletedRows } from "./deleted-rows.ts";
import { KeyIndex } from "./key-index.ts";
import { type Segment, timestampFieldId } from "./segment.ts";
import { SegmentIndexes } from "./segment-indexes.ts";
import type { SegmentVectors } from "./segment-vectors.ts";

/** Rows that are in the log and in memory, but not yet in files of their own. */
export class GrowingSegment implements Segment {
  readonly id: number;
  readonly partitionId: number;
  readonly state = "growing";
  readonly deleted: DeletedRows = new DeletedRows();
  readonly keyIndex: KeyIndex;
  readonly indexes: SegmentIndexes = new SegmentIndexes();
  readonly #buffers = new Map<number, ColumnBuffer>();
  #rowCount = 0;
  #oldest: Timestamp = 0n;
  #newest: Timestamp = 0n;

  constructor(id: number, partitionId: number, schema: CollectionSchema) {
    this.id = id;
    this.partitionId = partitionId;
    for (const field of schema.fields) this.#buffers.set(field.id, createColumnBuffer(field));
    this.#buffers.set(timestampFieldId, createColumnBuffer(timestampField));
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
    for (const buffer of this.#buffers.values()) total += buffer.byteSize;
    return total;
  }

  get fieldIds(): readonly number[] {
    return [...this.#buffers.keys()];
  }

  /** Appends rows that are in the log. Rows come in the order of their timestamps. */
  append(columns: ColumnSet, rowCount: number, timestamp: Timestamp): void {
    for (const [fieldId, column] of columns) {
      must(this.#buffers.get(fieldId), `no buffer for field ${fieldId}`).append(column);
    }
    const values = new BigInt64Array(rowCount).fill(timestamp);
    must(this.#buffers.get(timestampFieldId), "no buffer for timestamps").append({
      layout: "fixed",
      rowCount,
      values,
    });
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
    const column = this.column(fieldId) as VectorColumn;
    return { place: "memory", dim: column.dim, column };
  }

  column(fieldId: number): Column {
    return must(this.#buffers.get(fieldId), `no buffer for field ${fieldId}`).view();
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
