import { must } from "../base/assert.ts";
import type { Timestamp } from "../base/clock.ts";
import type { Column } from "../schema/column.ts";
import { readColumnFile } from "../storage/column-file.ts";
import type { FileSystem } from "../storage/file-system.ts";
import { DeletedRows } from "./deleted-rows.ts";
import { KeyIndex } from "./key-index.ts";
import type { Segment } from "./segment.ts";

/** What the collection's manifest says of a sealed segment. */
export interface SealedSegmentInfo {
  readonly id: number;
  readonly partitionId: number;
  readonly rowCount: number;
  /** Bytes of the column files. */
  readonly byteSize: number;
  readonly oldest: Timestamp;
  readonly newest: Timestamp;
  /** Name of the delete file in the segment's folder. Absent while no row is deleted. */
  readonly deleteFile?: string;
}

interface SealedSegmentOptions {
  readonly fileSystem: FileSystem;
  /** The segment's folder. */
  readonly path: string;
  readonly info: SealedSegmentInfo;
  readonly keyFieldId: number;
  readonly deleted?: DeletedRows;
}

/** Rows in column files that never change. Columns come to memory when they are first needed. */
export class SealedSegment implements Segment {
  readonly state = "sealed";
  readonly path: string;
  readonly deleted: DeletedRows;
  readonly keyIndex: KeyIndex;
  /** Replaced when a flush has written a newer delete file. */
  info: SealedSegmentInfo;
  readonly #fileSystem: FileSystem;
  readonly #keyFieldId: number;
  #pendingDeletes: { keys: Column; timestamp: Timestamp }[] = [];
  readonly #columns = new Map<number, Column>();
  readonly #loading = new Map<number, Promise<void>>();

  constructor(options: SealedSegmentOptions) {
    this.path = options.path;
    this.info = options.info;
    this.deleted = options.deleted ?? new DeletedRows();
    this.#fileSystem = options.fileSystem;
    this.#keyFieldId = options.keyFieldId;
    this.keyIndex = new KeyIndex(() => this.column(options.keyFieldId));
  }

  get id(): number {
    return this.info.id;
  }

  get partitionId(): number {
    return this.info.partitionId;
  }

  get rowCount(): number {
    return this.info.rowCount;
  }

  get oldest(): Timestamp {
    return this.info.oldest;
  }

  get newest(): Timestamp {
    return this.info.newest;
  }

  get byteSize(): number {
    return this.info.byteSize;
  }

  /** Throws `corrupt-file` or `io`. A failed load may be tried again. */
  async load(fieldIds: readonly number[]): Promise<void> {
    await Promise.all(fieldIds.map((fieldId) => this.#loadColumn(fieldId)));
  }

  column(fieldId: number): Column {
    return must(this.#columns.get(fieldId), `column ${fieldId} of segment ${this.id} not loaded`);
  }

  /**
   * Deletes the rows with these keys. All rows of a sealed segment are older than any delete that
   * comes to it. Keys are looked up when the key column is in memory: now, or once it is loaded,
   * which every read does first.
   */
  delete(keys: Column, timestamp: Timestamp): void {
    this.#pendingDeletes.push({ keys, timestamp });
    if (this.#columns.has(this.#keyFieldId)) this.#applyDeletes();
  }

  get hasPendingDeletes(): boolean {
    return this.#pendingDeletes.length > 0;
  }

  /** Waits for loads that are under way, whatever their end: the files may be removed after. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#loading.values());
  }

  /** Frees the memory of the columns. Views that were taken keep theirs. */
  unload(): void {
    this.#columns.clear();
  }

  #loadColumn(fieldId: number): Promise<void> {
    if (this.#columns.has(fieldId)) return Promise.resolve();
    let loading = this.#loading.get(fieldId);
    if (loading === undefined) {
      loading = this.#readColumn(fieldId).finally(() => this.#loading.delete(fieldId));
      this.#loading.set(fieldId, loading);
    }
    return loading;
  }

  async #readColumn(fieldId: number): Promise<void> {
    const path = columnPath(this.path, fieldId);
    const { rowCount } = this.info;
    this.#columns.set(fieldId, await readColumnFile(this.#fileSystem, path, { rowCount }));
    if (fieldId === this.#keyFieldId) this.#applyDeletes();
  }

  #applyDeletes(): void {
    const pending = this.#pendingDeletes;
    this.#pendingDeletes = [];
    for (const { keys, timestamp } of pending) {
      for (let i = 0; i < keys.rowCount; i++) {
        this.keyIndex.visitRows(keys, i, (row) => this.deleted.add(row, timestamp));
      }
    }
  }
}

/** The column file of a field in a segment's folder. */
export function columnPath(segmentPath: string, fieldId: number): string {
  return `${segmentPath}/${fieldId}.col`;
}
