import { dirname } from "node:path";
import { assert } from "../base/assert.ts";
import { EngineError, messageOf } from "../base/errors.ts";
import type { AppendFile, FileSystem } from "./file-system.ts";
import {
  decodeLogHeader,
  ENTRY_HEADER_BYTES,
  encodeEntryHeader,
  encodeLogHeader,
  LOG_HEADER_BYTES,
  RECORD_BYTES_MAX,
} from "./log-format.ts";
import { encodeLogRecord, type LogRecord } from "./log-record.ts";
import type { SlicedBytes } from "./sliced-bytes.ts";

export interface LogOptions {
  /** "fsync": a record is acknowledged when it is on the disk; "os": when the system has it. */
  readonly durability: "fsync" | "os";
  /** The log's number within its collection. */
  readonly sequence: number;
}

/** Appends that wait for the disk, written together up to this many bytes at a time. */
const GROUP_BYTES_MAX = 64 * 1024 * 1024;

interface OpenLog {
  readonly path: string;
  readonly file: AppendFile;
  readonly options: LogOptions;
}

interface PendingAppend {
  readonly body: SlicedBytes;
  readonly onCommit: (() => void) | undefined;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Writes a collection's log. Appends that arrive while the disk is busy are written and synced
 * together next (group commit). The directory lock makes sure that a log has one writer.
 */
export class LogWriter {
  readonly path: string;
  readonly #file: AppendFile;
  readonly #options: LogOptions;
  readonly #queue: PendingAppend[] = [];
  /** The log's bytes that are known to be on the disk. */
  #durableBytes: number;
  #writing: Promise<void> | undefined;
  #failure: EngineError | undefined;
  #closing: Promise<void> | undefined;

  /** `create` and `reopen` make writers, on files that are synced. */
  private constructor(path: string, file: AppendFile, options: LogOptions) {
    this.path = path;
    this.#file = file;
    this.#options = options;
    this.#durableBytes = file.size;
  }

  /** Starts a new log; it and its name are durable when resolved. Throws `io`. */
  static async create(fs: FileSystem, path: string, options: LogOptions): Promise<LogWriter> {
    const file = await fs.create(path);
    try {
      return await LogWriter.#start(fs, { path, file, options });
    } catch (cause) {
      await Promise.allSettled([fs.remove(path)]);
      throw cause;
    }
  }

  /**
   * Goes on behind the `length` bytes of whole records that `readLog` found; they are durable, and
   * what came after them is gone, when resolved. Throws `io`.
   */
  static async reopen(
    fs: FileSystem,
    path: string,
    options: LogOptions & { readonly length: number },
  ): Promise<LogWriter> {
    if (options.length > 0) await requireSequence(fs, path, options.sequence);
    const file = await fs.openAppend(path, options.length);
    return LogWriter.#start(fs, { path, file, options });
  }

  static async #start(fs: FileSystem, log: OpenLog): Promise<LogWriter> {
    const { path, file, options } = log;
    try {
      if (file.size === 0) await file.append([encodeLogHeader(options.sequence)]);
      await file.sync();
      // Also of a log that was found: its maker may have been killed before it did this.
      await fs.syncDirectory(dirname(path));
      return new LogWriter(path, file, options);
    } catch (cause) {
      await Promise.allSettled([file.close()]);
      throw cause;
    }
  }

  /** Why the writer takes no more records, once a write has failed that can't be undone. */
  get failure(): EngineError | undefined {
    return this.#failure;
  }

  /** The log's size in bytes. */
  get size(): number {
    return this.#file.size;
  }

  /**
   * Appends a record; resolves when it is durable. `onCommit` runs then, before any of the promises
   * of its group resolve, in the order of the calls of `append`. The record's columns must not change
   * before. Rejects with `limit-exceeded` (a record of more than 1 GiB), `closed`, and `io`: the
   * record is then not in the log if there was no room for it, but may be if the disk failed to sync;
   * after that the writer takes no more records.
   */
  append(record: LogRecord, onCommit?: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closing !== undefined) throw closedError(this.path);
      const body = encodeLogRecord(record);
      if (body.length > RECORD_BYTES_MAX) throw recordTooLarge(this.path, body.length);
      this.#queue.push({ body, onCommit, resolve, reject });
      this.#writing ??= this.#writeQueue();
    });
  }

  /** Waits for the appends under way, syncs, and closes the file. Idempotent. Throws `io`. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#writing;
    try {
      const isDurable = this.#durableBytes === this.#file.size;
      if (!isDurable && this.#failure === undefined) await this.#file.sync();
    } finally {
      await this.#file.close();
    }
  }

  async #writeQueue(): Promise<void> {
    // A moment later, so that appends which are made in one go are one group.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const group = takeGroup(this.#queue);
      try {
        await this.#write(group);
        commit(group);
      } catch (cause) {
        for (const { reject } of group) reject(cause);
      }
    }
    this.#writing = undefined;
  }

  async #write(group: readonly PendingAppend[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const start = this.#file.size;
    try {
      await this.#file.append(this.#entriesOf(group));
    } catch (cause) {
      await this.#undo(start);
      throw cause;
    }
    if (this.#options.durability === "fsync") await this.#sync();
  }

  #entriesOf(group: readonly PendingAppend[]): Uint8Array[] {
    let offset = this.#file.size;
    return group.flatMap(({ body }) => {
      const header = encodeEntryHeader({
        sequence: this.#options.sequence,
        offset,
        durableBytes: this.#durableBytes,
        bodyBytes: body.length,
        bodyChecksum: body.checksum(0, body.length),
      });
      offset += ENTRY_HEADER_BYTES + body.length;
      return [header, ...body.parts];
    });
  }

  /** Cuts off what a failed append left, for good: what was rejected must not come back. */
  async #undo(length: number): Promise<void> {
    try {
      await this.#file.truncate(length);
    } catch (cause) {
      this.#failure = poisoned(this.path, cause);
      return;
    }
    await this.#sync();
  }

  /**
   * After a failed fsync the system may have dropped the pages that it could not write, and a second
   * fsync succeeds without them ("fsyncgate", PostgreSQL 2018): it can't be tried again, only the
   * log be read again.
   */
  async #sync(): Promise<void> {
    try {
      await this.#file.sync();
      this.#durableBytes = this.#file.size;
    } catch (cause) {
      this.#failure = poisoned(this.path, cause);
      throw this.#failure;
    }
  }
}

/** Entries of another sequence would be taken for stale bytes when the log is read. */
async function requireSequence(fs: FileSystem, path: string, sequence: number): Promise<void> {
  const file = await fs.openRead(path);
  try {
    const header = new Uint8Array(LOG_HEADER_BYTES);
    await file.readInto(header, 0);
    assert(decodeLogHeader(header, path).sequence === sequence, "A log keeps its sequence");
  } finally {
    await file.close();
  }
}

function takeGroup(queue: PendingAppend[]): PendingAppend[] {
  let bytes = queue[0].body.length;
  let count = 1;
  for (; count < queue.length && bytes < GROUP_BYTES_MAX; count++)
    bytes += queue[count].body.length;
  return queue.splice(0, count);
}

/** Runs all callbacks before any promise's handlers, which run when this function has returned. */
function commit(group: readonly PendingAppend[]): void {
  for (const { onCommit, resolve, reject } of group) {
    try {
      onCommit?.();
      resolve();
    } catch (cause) {
      reject(cause);
    }
  }
}

function poisoned(path: string, cause: unknown): EngineError {
  return new EngineError(
    "io",
    `Cannot append to "${path}": an earlier write failed, and what of it is on the disk is not ` +
      `known; close the database and open it again (${messageOf(cause)})`,
    { details: { path }, cause },
  );
}

function recordTooLarge(path: string, bytes: number): EngineError {
  return new EngineError(
    "limit-exceeded",
    `Cannot append ${bytes} bytes to "${path}" at once: at most ${RECORD_BYTES_MAX} are allowed; ` +
      "write the rows in smaller batches",
    { details: { path, found: bytes, max: RECORD_BYTES_MAX } },
  );
}

function closedError(path: string): EngineError {
  return new EngineError("closed", `Cannot append to "${path}": it is closed`, {
    details: { path },
  });
}
