import type { HybridClock, Timestamp } from "../base/clock.ts";
import { EngineError, messageOf } from "../base/errors.ts";
import { Sequencer } from "../base/sequencer.ts";
import type { CollectionSchema, Field } from "../schema/collection-schema.ts";
import { primaryKeyOf } from "../schema/define-schema.ts";
import type { DeletedRows } from "../segment/deleted-rows.ts";
import { GrowingSegment } from "../segment/growing-segment.ts";
import type { IndexFiles } from "../segment/index-files.ts";
import { SealedSegment, type SealedSegmentInfo } from "../segment/sealed-segment.ts";
import type { RowExpiry, Segment } from "../segment/segment.ts";
import type { SegmentIndexes } from "../segment/segment-indexes.ts";
import type { FileSystem } from "../storage/file-system.ts";
import { writeDocument } from "../storage/json-document.ts";
import type { LogRecord } from "../storage/log-record.ts";
import { LogWriter } from "../storage/log-writer.ts";
import type { CollectionManifest } from "./collection-manifest.ts";
import { PinnedMoments } from "./pinned-moments.ts";
import { expiryOf } from "./row-expiry.ts";

/** When a write counts as durable: once it is on the disk, or once the operating system has it. */
export type Durability = "fsync" | "os";

/** What a collection stands on, given by the database. */
export interface StoreOptions {
  readonly fileSystem: FileSystem;
  /** The collection's folder. */
  readonly path: string;
  readonly durability: Durability;
  readonly clock: HybridClock;
}

/**
 * The data of one collection: its manifest, log and segments, and the rules that keep them together.
 *
 * A write is appended to the log; when the log has it, it is applied to memory, in the order of the
 * log, in one step that no read can see half of. A manifest change replaces the file first and what
 * is in memory after. So memory never shows what a crash could take back.
 */
export class CollectionStore {
  readonly options: StoreOptions;
  /** Flushes and compactions, one at a time. */
  readonly maintenance: Sequencer = new Sequencer();
  readonly indexFiles: IndexFiles;
  readonly pinned: PinnedMoments;
  sealed: SealedSegment[] = [];
  /** Growing segments whose files are being written: full, but still in memory and in the log. */
  sealing: GrowingSegment[] = [];
  readonly #growing = new Map<number, GrowingSegment>();
  readonly #manifestChanges = new Sequencer();
  /** Writes that go alone, and replacements of the log, one at a time. */
  readonly #exclusive = new Sequencer();
  /** By id; dropped ones too, which reads that are under way may still ask for. */
  readonly #fields = new Map<number, Field>();
  #manifest: CollectionManifest;
  #nextId: number;
  #log: LogWriter | undefined;
  #logOpening: Promise<LogWriter> | undefined;
  #logSequence: number;
  /** While it is there, writes wait for it. */
  #gate: Promise<void> | undefined;
  /** Ends with the newest write that was given to the log, whatever became of it. */
  #lastWrite: Promise<unknown> = Promise.resolve();
  #applied: Timestamp;
  /** Why memory no longer has all that the log has. */
  #applyFailure: EngineError | undefined;
  #takesWrites = true;
  #isClosed = false;

  constructor(options: StoreOptions, manifest: CollectionManifest, indexFiles: IndexFiles) {
    this.options = options;
    this.indexFiles = indexFiles;
    this.pinned = new PinnedMoments(() => options.clock.nowMs());
    for (const field of manifest.schema.fields) this.#fields.set(field.id, field);
    this.#manifest = manifest;
    this.#nextId = manifest.nextId;
    this.#logSequence = manifest.firstLog;
    this.#applied = manifest.lastTimestamp;
  }

  get manifest(): CollectionManifest {
    return this.#manifest;
  }

  /** The timestamp of the newest write that reads see. */
  get applied(): Timestamp {
    return this.#applied;
  }

  get growing(): readonly GrowingSegment[] {
    return [...this.#growing.values()];
  }

  /** All segments, the oldest first. */
  get segments(): readonly Segment[] {
    return [...this.sealed, ...this.sealing, ...this.#growing.values()];
  }

  get logBytes(): number {
    return this.#log?.size ?? 0;
  }

  /** Which rows have expired by now; `undefined` when rows of the collection don't. */
  get expiry(): RowExpiry | undefined {
    const { schema, properties } = this.#manifest;
    return expiryOf(schema, properties, () => this.options.clock.nowMs());
  }

  /** A segment of this collection whose files are there. */
  sealedSegment(
    info: SealedSegmentInfo,
    parts: { readonly deleted?: DeletedRows; readonly indexes?: SegmentIndexes } = {},
  ): SealedSegment {
    return new SealedSegment({
      fileSystem: this.options.fileSystem,
      path: this.segmentPath(info.id),
      info,
      keyFieldId: primaryKeyOf(this.#manifest.schema).id,
      fieldOf: (id) => this.#fields.get(id),
      indexFiles: this.indexFiles,
      ...parts,
    });
  }

  allocateId(): number {
    return this.#nextId++;
  }

  /** Opens the log behind what recovery has read of it. */
  continueLog(log: LogWriter, sequence: number): void {
    this.#log = log;
    this.#logSequence = sequence;
  }

  /** Lets the first write begin a new log, behind those that recovery has read. */
  beginLogAt(sequence: number): void {
    this.#logSequence = sequence;
  }

  /**
   * Logs a write and applies it. `makeRecord` gets the write's timestamp, and is called in the order
   * of the log. Resolves when the write is durable and visible. Throws `io` or `closed`.
   */
  async write(makeRecord: (timestamp: Timestamp) => LogRecord): Promise<Timestamp> {
    while (this.#gate !== undefined) await this.#gate;
    const log = this.#log ?? (await this.#openLog());
    this.#checkWritable();
    // While this waited for the log, a flush may have begun to replace it.
    if (this.#gate !== undefined) return this.write(makeRecord);
    return this.#append(log, makeRecord(this.options.clock.next()));
  }

  /**
   * Logs and applies a write that depends on what is there: `prepare` sees all earlier writes, and
   * later ones wait until it is done. Throws what `prepare` throws, `io` or `closed`.
   */
  writeAlone(prepare: () => Promise<(timestamp: Timestamp) => LogRecord>): Promise<Timestamp> {
    return this.#behindGate(async () => {
      this.#checkWritable();
      await this.#lastWrite;
      const makeRecord = await prepare();
      const log = this.#log ?? (await this.#openLog());
      return this.#append(log, makeRecord(this.options.clock.next()));
    });
  }

  /** Applies a logged write to memory. Rows of partitions that were dropped since are passed over. */
  apply(record: LogRecord): void {
    const { timestamp, deletes, inserts } = record;
    if (deletes !== undefined) {
      for (const segment of this.segments) {
        if (deletes.partitionId === undefined || deletes.partitionId === segment.partitionId) {
          segment.delete(deletes.keys, timestamp);
        }
      }
    }
    for (const { partitionId, columns, rowCount } of inserts) {
      if (!this.#manifest.partitions.some(({ id }) => id === partitionId)) continue;
      this.#growingOf(partitionId).append(columns, rowCount, timestamp);
    }
    if (timestamp > this.#applied) this.#applied = timestamp;
    this.options.clock.observe(timestamp);
  }

  /**
   * Ends the current log and moves the growing segments to `sealing`. Writes wait meanwhile. Answers
   * the sequence number of the log that later writes go to. Throws `io` when the log has failed.
   */
  async rotateLog(): Promise<number> {
    return this.#behindGate(async () => {
      await this.#logOpening;
      this.requireWhole();
      if (this.#log !== undefined) {
        // A log of which it is not known what is on the disk can't be the end of a history that a
        // newer log goes on with: only opening the database again can tell.
        if (this.#log.failure !== undefined) throw this.#log.failure;
        await this.#log.close();
        this.#log = undefined;
        this.#logSequence++;
      }
      this.sealing.push(...this.#growing.values());
      this.#growing.clear();
      return this.#logSequence;
    });
  }

  /** Changes the schema, as {@link changeManifest}. Indexes of fields that go, go too. */
  async changeSchema(change: (manifest: CollectionManifest) => CollectionSchema): Promise<void> {
    await this.changeManifest(
      (manifest) => {
        const schema = change(manifest);
        const isKept = (name: string): boolean =>
          schema.fields.some((field) => field.name === name);
        return {
          schema,
          schemaVersion: (manifest.schemaVersion ?? 0) + 1,
          indexes: manifest.indexes.filter(({ field }) => isKept(field)),
          updatedAt: this.options.clock.next(),
        };
      },
      () => this.#adoptFields(),
    );
  }

  /**
   * Changes the manifest: `change` gets it as it is at its turn; when the new one is on disk,
   * `applied` brings memory in line, in the same step.
   */
  async changeManifest(
    change: (manifest: CollectionManifest) => Partial<CollectionManifest>,
    applied?: () => void,
  ): Promise<void> {
    await this.#manifestChanges.run(async () => {
      this.checkOpen();
      const manifest = { ...this.#manifest, ...change(this.#manifest), nextId: this.#nextId };
      await writeManifest(this.options, manifest);
      this.#manifest = manifest;
      applied?.();
    });
  }

  /** Throws `io` when memory may have a write in part. */
  requireWhole(): void {
    if (this.#applyFailure !== undefined) throw this.#applyFailure;
  }

  segmentPath(id: number): string {
    return `${this.options.path}/segments/${id}`;
  }

  logPath(sequence: number): string {
    return logPath(this.options.path, sequence);
  }

  /** Forgets the growing rows of a partition that is no longer in the manifest. */
  forgetPartition(id: number): void {
    this.#growing.delete(id);
    this.sealing = this.sealing.filter((segment) => segment.partitionId !== id);
    this.sealed = this.sealed.filter((segment) => segment.partitionId !== id);
  }

  /** Refuses writes from now on: what a last flush does not see would wait in the log. */
  endWrites(): void {
    this.#takesWrites = false;
  }

  /** Ends the log. Changes of any kind fail afterwards. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.maintenance.idle();
    await this.#manifestChanges.idle();
    await this.#logOpening;
    await this.#log?.close();
  }

  #adoptFields(): void {
    for (const field of this.#manifest.schema.fields) {
      const isNew = !this.#fields.has(field.id);
      this.#fields.set(field.id, field);
      if (!isNew) continue;
      for (const segment of [...this.sealing, ...this.#growing.values()]) segment.addField(field);
    }
  }

  /** Runs a task that no write runs beside: those that have begun go on, others wait. */
  #behindGate<T>(task: () => Promise<T>): Promise<T> {
    return this.#exclusive.run(async () => {
      let open = (): void => undefined;
      this.#gate = new Promise((resolve) => {
        open = resolve;
      });
      try {
        return await task();
      } finally {
        this.#gate = undefined;
        open();
      }
    });
  }

  async #append(log: LogWriter, record: LogRecord): Promise<Timestamp> {
    const written = log.append(record, () => this.#applyLogged(record));
    this.#lastWrite = written.catch(() => undefined);
    await written;
    return record.timestamp;
  }

  /**
   * After a write that did not fit into memory, and may be there in part, nothing is read, taken or
   * written to files: only the log is right.
   */
  #applyLogged(record: LogRecord): void {
    this.requireWhole();
    try {
      this.apply(record);
    } catch (cause) {
      this.#applyFailure = new EngineError(
        "io",
        `Cannot bring a write to memory: ${messageOf(cause)}; it is in the log: close the database and open it again`,
        { details: { path: this.options.path }, cause },
      );
      throw this.#applyFailure;
    }
  }

  #checkWritable(): void {
    this.requireWhole();
    if (!this.#takesWrites) throw new EngineError("closed", "The database is closed");
    this.checkOpen();
  }

  /** Throws `closed`. */
  checkOpen(): void {
    if (this.#isClosed) throw new EngineError("closed", "The database is closed");
  }

  #growingOf(partitionId: number): GrowingSegment {
    let segment = this.#growing.get(partitionId);
    if (segment === undefined) {
      segment = new GrowingSegment(this.allocateId(), partitionId, this.#manifest.schema, (id) =>
        this.#fields.get(id),
      );
      this.#growing.set(partitionId, segment);
    }
    return segment;
  }

  /** The log file comes into being with the first write: empty collections have none. */
  #openLog(): Promise<LogWriter> {
    this.#checkWritable();
    this.#logOpening ??= this.#createLog().finally(() => {
      this.#logOpening = undefined;
    });
    return this.#logOpening;
  }

  async #createLog(): Promise<LogWriter> {
    const { fileSystem, path, durability } = this.options;
    const sequence = this.#logSequence;
    this.#log = await LogWriter.create(fileSystem, logPath(path, sequence), {
      durability,
      sequence,
    });
    return this.#log;
  }
}

/** The path of a log file: numbered, so that names sort by age. */
export function logPath(collectionPath: string, sequence: number): string {
  return `${collectionPath}/log-${String(sequence).padStart(8, "0")}.log`;
}

/** The sequence number in the name of a log file, or `undefined` for another file. */
export function logSequenceOf(name: string): number | undefined {
  const digits = /^log-(\d+)\.log$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export function writeManifest(
  options: Pick<StoreOptions, "fileSystem" | "path">,
  manifest: CollectionManifest,
): Promise<void> {
  return writeDocument(options.fileSystem, "manifest", `${options.path}/manifest`, manifest);
}
