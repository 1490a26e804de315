import type { HybridClock, Timestamp } from "../base/clock.ts";
import { EngineError } from "../base/errors.ts";
import { Sequencer } from "../base/sequencer.ts";
import { GrowingSegment } from "../segment/growing-segment.ts";
import type { IndexFiles } from "../segment/index-files.ts";
import type { SealedSegment } from "../segment/sealed-segment.ts";
import type { Segment } from "../segment/segment.ts";
import type { FileSystem } from "../storage/file-system.ts";
import { writeDocument } from "../storage/json-document.ts";
import type { LogRecord } from "../storage/log-record.ts";
import { LogWriter } from "../storage/log-writer.ts";
import type { CollectionManifest } from "./collection-manifest.ts";

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
  sealed: SealedSegment[];
  /** Growing segments whose files are being written: full, but still in memory and in the log. */
  sealing: GrowingSegment[] = [];
  readonly #growing = new Map<number, GrowingSegment>();
  readonly #manifestChanges = new Sequencer();
  #manifest: CollectionManifest;
  #nextId: number;
  #log: LogWriter | undefined;
  #logOpening: Promise<LogWriter> | undefined;
  #logSequence: number;
  #rotation: Promise<void> | undefined;
  #applied: Timestamp;
  #isClosed = false;

  constructor(
    options: StoreOptions,
    manifest: CollectionManifest,
    { sealed, indexFiles }: { sealed: SealedSegment[]; indexFiles: IndexFiles },
  ) {
    this.options = options;
    this.sealed = sealed;
    this.indexFiles = indexFiles;
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

  allocateId(): number {
    return this.#nextId++;
  }

  /** Opens the log behind what recovery has read of it. */
  continueLog(log: LogWriter, sequence: number): void {
    this.#log = log;
    this.#logSequence = sequence;
  }

  /** Makes recovery go on with a new log behind the last one that it read. */
  skipLogs(sequence: number): void {
    this.#logSequence = sequence;
  }

  /**
   * Logs a write and applies it. `makeRecord` gets the write's timestamp, and is called in the order
   * of the log. Resolves when the write is durable and visible. Throws `io` or `closed`.
   */
  async write(makeRecord: (timestamp: Timestamp) => LogRecord): Promise<Timestamp> {
    while (this.#rotation !== undefined) await this.#rotation;
    const log = this.#log ?? (await this.#openLog());
    this.#checkOpen();
    // While this waited for the log, a flush may have begun to replace it.
    if (this.#rotation !== undefined) return this.write(makeRecord);
    const record = makeRecord(this.options.clock.next());
    await log.append(record, () => this.apply(record));
    return record.timestamp;
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
    let release = (): void => undefined;
    this.#rotation = new Promise((resolve) => {
      release = resolve;
    });
    try {
      await this.#logOpening;
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
    } finally {
      this.#rotation = undefined;
      release();
    }
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
      this.#checkOpen();
      const manifest = { ...this.#manifest, ...change(this.#manifest), nextId: this.#nextId };
      await writeManifest(this.options, manifest);
      this.#manifest = manifest;
      applied?.();
    });
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

  /** Ends the log. Reads and writes fail afterwards. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.maintenance.idle();
    await this.#manifestChanges.idle();
    await this.#logOpening;
    await this.#log?.close();
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new EngineError("closed", "The database is closed");
  }

  #growingOf(partitionId: number): GrowingSegment {
    let segment = this.#growing.get(partitionId);
    if (segment === undefined) {
      segment = new GrowingSegment(this.allocateId(), partitionId, this.#manifest.schema);
      this.#growing.set(partitionId, segment);
    }
    return segment;
  }

  /** The log file comes into being with the first write: empty collections have none. */
  #openLog(): Promise<LogWriter> {
    this.#checkOpen();
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
