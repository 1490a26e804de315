import { crc32 } from "node:zlib";
import { isEngineError } from "../base/errors.ts";
import { corruptFile, decodeFile } from "./corrupt-file.ts";
import { fileKinds } from "./file-prelude.ts";
import type { FileSystem } from "./file-system.ts";
import {
  decodeEntryHeader,
  decodeLogHeader,
  ENTRY_ALIGNMENT,
  ENTRY_HEADER_BYTES,
  type EntryHeader,
  LOG_HEADER_BYTES,
  type LogHeader,
} from "./log-format.ts";
import { decodeLogRecord, type LogRecord } from "./log-record.ts";

export interface LogContents {
  readonly records: readonly LogRecord[];
  /** The header and the whole records, in bytes: where `LogWriter.reopen` goes on. */
  readonly length: number;
  /** Whether more bytes follow, which a crash left before they were acknowledged. */
  readonly torn: boolean;
  /** Whether its format is older than the one that we write: it takes no more records. */
  readonly isOld: boolean;
}

/**
 * Reads all the whole records of a log. Their columns are views on one buffer of the log's size.
 *
 * A log may end in what a crash made of writes that were under way: an entry cut short, blocks of
 * zeros, even a whole entry behind a broken one. That is `torn`, and not part of `records`. Broken
 * bytes are `corrupt-file` when a later entry tells that they had been synced. Also throws `io` and
 * `format-too-new`.
 */
export async function readLog(fs: FileSystem, path: string): Promise<LogContents> {
  const log = await fs.readFile(path);
  const header = headerOf(log, path);
  if (header === undefined) return { records: [], length: 0, torn: true, isOld: false };
  const { sequence, version } = header;
  const records: LogRecord[] = [];
  let offset = LOG_HEADER_BYTES;
  while (offset < log.length) {
    const entry = decodeEntryHeader(log, offset, sequence);
    const body = entry && intactBody(log, entry);
    if (body === undefined) break;
    records.push(decodeFile(path, "a log record", () => decodeLogRecord(body)));
    offset = endOf(body, log);
  }
  const torn = offset < log.length;
  if (torn) requireUnsynced(log, { offset, sequence, path });
  return { records, length: offset, torn, isOld: version < fileKinds.log.version };
}

/** `undefined` when a crash interrupted the making of the log. */
function headerOf(log: Uint8Array, path: string): LogHeader | undefined {
  try {
    return decodeLogHeader(log, path);
  } catch (cause) {
    // The header is synced before anything follows it, so such a file never held a record.
    const neverStarted = log.length <= LOG_HEADER_BYTES && isEngineError(cause, "corrupt-file");
    if (neverStarted) return undefined;
    throw cause;
  }
}

function intactBody(log: Uint8Array, header: EntryHeader): Uint8Array | undefined {
  const start = header.offset + ENTRY_HEADER_BYTES;
  if (header.bodyBytes > log.length - start) return undefined;
  const body = log.subarray(start, start + header.bodyBytes);
  return crc32(body) === header.bodyChecksum ? body : undefined;
}

function endOf(body: Uint8Array, log: Uint8Array): number {
  return body.byteOffset + body.length - log.byteOffset;
}

/** Throws `corrupt-file` when an entry behind the broken one at `offset` was written after a sync. */
function requireUnsynced(
  log: Uint8Array,
  { offset, sequence, path }: { offset: number; sequence: number; path: string },
): void {
  for (let next = offset + ENTRY_ALIGNMENT; next < log.length; next += ENTRY_ALIGNMENT) {
    const header = decodeEntryHeader(log, next, sequence);
    if (header !== undefined && header.durableBytes > offset) {
      throw corruptFile(
        path,
        `an intact record at byte ${offset}`,
        "other bytes before more records",
      );
    }
  }
}
