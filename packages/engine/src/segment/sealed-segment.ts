import { must } from "../base/assert.ts";
import type { Timestamp } from "../base/clock.ts";
import { isEngineError, messageOf } from "../base/errors.ts";
import type { Column } from "../schema/column.ts";
import { readColumnFile } from "../storage/column-file.ts";
import type { FileSystem } from "../storage/file-system.ts";
import { openVectorRows, type VectorRows } from "../storage/vector-rows.ts";
import { absentColumn } from "./absent-column.ts";
import { DeletedRows } from "./deleted-rows.ts";
import type { IndexFiles, StoredSegmentIndex } from "./index-files.ts";
import { KeyIndex } from "./key-index.ts";
import { type FieldOf, type Segment, timestampFieldId } from "./segment.ts";
import { coveredRows, SegmentIndexes } from "./segment-indexes.ts";
import {
  closeWhenUnused,
  type SearchedColumn,
  type SegmentVectors,
  type VectorPlace,
} from "./segment-vectors.ts";

/** What the collection's manifest says of a sealed segment. */
export interface SealedSegmentInfo {
  readonly id: number;
  readonly partitionId: number;
  readonly rowCount: number;
  /** Bytes of the column files. */
  readonly byteSize: number;
  readonly oldest: Timestamp;
  readonly newest: Timestamp;
  /** Ids of the fields that have a column file: others were added later. */
  readonly columns: readonly number[];
  /** Name of the delete file in the segment's folder. Absent while no row is deleted. */
  readonly deleteFile?: string;
  /** Its index files. Absent while it has none. */
  readonly indexes?: readonly StoredSegmentIndex[];
}

interface SealedSegmentOptions {
  readonly fileSystem: FileSystem;
  /** The segment's folder. */
  readonly path: string;
  readonly info: SealedSegmentInfo;
  readonly keyFieldId: number;
  readonly fieldOf: FieldOf;
  readonly indexFiles: IndexFiles;
  readonly deleted?: DeletedRows;
  /** Indexes in memory that it takes over from the growing segment whose place it takes. */
  readonly indexes?: SegmentIndexes;
}

/** Rows in column files that never change. Columns come to memory when they are first needed. */
export class SealedSegment implements Segment {
  readonly state = "sealed";
  readonly path: string;
  readonly deleted: DeletedRows;
  readonly keyIndex: KeyIndex;
  readonly indexes: SegmentIndexes;
  /** By field, what was wrong with an index file. Rows are searched exactly until it is built anew. */
  readonly damagedIndexes: Map<number, string> = new Map();
  /** Replaced when a flush has written a newer delete file. */
  info: SealedSegmentInfo;
  readonly #fileSystem: FileSystem;
  readonly #keyFieldId: number;
  readonly #fieldOf: FieldOf;
  readonly #indexFiles: IndexFiles;
  #keyHolders = 0;
  #pendingDeletes: { keys: Column; timestamp: Timestamp }[] = [];
  readonly #columns = new Map<number, Column>();
  readonly #loading = new Map<number, Promise<void>>();
  readonly #openRows = new Map<number, VectorRows>();
  readonly #loadingIndexes = new Map<number, Promise<void>>();

  constructor(options: SealedSegmentOptions) {
    this.path = options.path;
    this.info = options.info;
    this.deleted = options.deleted ?? new DeletedRows();
    this.#fileSystem = options.fileSystem;
    this.#keyFieldId = options.keyFieldId;
    this.#fieldOf = options.fieldOf;
    this.#indexFiles = options.indexFiles;
    this.indexes = options.indexes ?? new SegmentIndexes();
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

  isLoaded(fieldIds: readonly number[]): boolean {
    return fieldIds.every((fieldId) => this.#columns.has(fieldId));
  }

  isSearchable(fieldId: number, place: VectorPlace): boolean {
    const isThere = this.#columns.has(fieldId) || this.#openRows.has(fieldId);
    return isThere && (place === "unindexed" || !this.#isIndexPending(fieldId));
  }

  async loadVectors(fieldId: number, place: VectorPlace): Promise<void> {
    if (place !== "unindexed") await this.#loadIndex(fieldId);
    if (this.isSearchable(fieldId, place)) return;
    // Without an index rows are scanned, which must be in memory.
    const isIndexed = coveredRows(this.indexes.of(fieldId)) === this.rowCount;
    if (place === "file" && isIndexed && (await this.#openVectors(fieldId))) return;
    await this.load([fieldId]);
  }

  vectors(fieldId: number): SegmentVectors {
    // Asked of fields with vectors only.
    const column = this.#columns.get(fieldId) as SearchedColumn | undefined;
    if (column !== undefined) return { place: "memory", column };
    const rows = must(this.#openRows.get(fieldId), `vectors ${fieldId} of segment ${this.id}`);
    return { place: "file", rows };
  }

  column(fieldId: number): Column {
    return must(this.#columns.get(fieldId), `column ${fieldId} of segment ${this.id} not loaded`);
  }

  /** Whether the rows were written with the field: else they have its default value, or null. */
  hasColumn(fieldId: number): boolean {
    return fieldId === timestampFieldId || this.info.columns.includes(fieldId);
  }

  async readColumn(fieldId: number): Promise<Column> {
    const { rowCount } = this.info;
    if (!this.hasColumn(fieldId)) {
      return absentColumn(must(this.#fieldOf(fieldId), `field ${fieldId}`), rowCount);
    }
    return (
      this.#columns.get(fieldId) ??
      readColumnFile(this.#fileSystem, columnPath(this.path, fieldId), { rowCount })
    );
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

  /**
   * Brings the keys to memory and keeps them there until {@link releaseKeys}, so that deletes are
   * looked up as they come: what replaces the segment must know them all. Throws as `load`.
   */
  async holdKeys(): Promise<void> {
    this.#keyHolders++;
    await this.load([this.#keyFieldId]);
  }

  releaseKeys(): void {
    this.#keyHolders--;
  }

  get hasPendingDeletes(): boolean {
    return this.#pendingDeletes.length > 0;
  }

  /** Waits for loads that are under way, whatever their end: the files may be removed after. */
  async settle(): Promise<void> {
    await Promise.allSettled([...this.#loading.values(), ...this.#loadingIndexes.values()]);
  }

  /** Frees the memory of one column. Views that were taken keep it. */
  unloadColumn(fieldId: number): void {
    this.#columns.delete(fieldId);
  }

  /** Frees the memory of columns and indexes. Views that were taken keep theirs. */
  unload(): void {
    for (const fieldId of [...this.#columns.keys()]) {
      if (fieldId !== this.#keyFieldId || this.#keyHolders === 0) this.#columns.delete(fieldId);
    }
    this.#openRows.clear();
    this.indexes.clear();
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
    this.#columns.set(fieldId, await this.readColumn(fieldId));
    if (fieldId === this.#keyFieldId) this.#applyDeletes();
  }

  #isIndexPending(fieldId: number): boolean {
    const stored = this.#storedIndex(fieldId);
    return (
      stored !== undefined &&
      !this.damagedIndexes.has(fieldId) &&
      stored.indexId !== this.indexes.definitionOf(fieldId)
    );
  }

  /** A damaged index is noted and passed over: the rows have all that it had. Throws `io`. */
  async #loadIndex(fieldId: number): Promise<void> {
    if (!this.#isIndexPending(fieldId)) return;
    let loading = this.#loadingIndexes.get(fieldId);
    if (loading === undefined) {
      loading = this.#readIndex(fieldId).finally(() => this.#loadingIndexes.delete(fieldId));
      this.#loadingIndexes.set(fieldId, loading);
    }
    await loading;
  }

  /** Whether the vectors can be read from their file, row by row. */
  async #openVectors(fieldId: number): Promise<boolean> {
    if (!this.hasColumn(fieldId)) return false;
    const rows = await openVectorRows(this.#fileSystem, columnPath(this.path, fieldId));
    if (rows === undefined) return false;
    this.#openRows.set(fieldId, closeWhenUnused(rows));
    return true;
  }

  #storedIndex(fieldId: number): StoredSegmentIndex | undefined {
    return this.info.indexes?.find((stored) => stored.fieldId === fieldId);
  }

  async #readIndex(fieldId: number): Promise<void> {
    const stored = this.#storedIndex(fieldId);
    if (stored === undefined) return;
    try {
      const index = await this.#indexFiles.read(`${this.path}/${stored.file}`, this.rowCount);
      this.indexes.set(fieldId, stored.indexId, [index]);
    } catch (error) {
      if (!isEngineError(error, "corrupt-file")) throw error;
      this.damagedIndexes.set(fieldId, messageOf(error));
    }
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
