import { crc32 } from "node:zlib";
import { ByteReader } from "../base/byte-reader.ts";
import { ByteWriter } from "../base/byte-writer.ts";
import { corruptFile } from "./corrupt-file.ts";
import { checkPrelude, PRELUDE_BYTES, writePrelude } from "./file-prelude.ts";

/** Prelude, sequence (u64), zero (u32), crc32 of the 12 bytes before (u32). */
export const LOG_HEADER_BYTES = 32;

/** What stands before each record in the file: see {@link EntryHeader}. */
export const ENTRY_HEADER_BYTES = 48;

/** Entries begin at multiples of this. */
export const ENTRY_ALIGNMENT = 8;

/** A record's bytes at most, so that one always fits in a buffer. */
export const RECORD_BYTES_MAX: number = 2 ** 30;

/** The characters "RKWL". */
const ENTRY_MAGIC = 0x4c57_4b52;

export interface EntryHeader {
  /** The number of the log, and where in it the entry begins: stale bytes of others don't match. */
  readonly sequence: number;
  readonly offset: number;
  /**
   * The file was known to be on the disk up to here when the entry was written. Damage before it
   * can't be the trace of a crash.
   */
  readonly durableBytes: number;
  readonly bodyBytes: number;
  readonly bodyChecksum: number;
}

export function encodeLogHeader(sequence: number): Uint8Array {
  const writer = new ByteWriter(LOG_HEADER_BYTES);
  writePrelude(writer, "log");
  writer.u64(BigInt(sequence)).u32(0);
  return writer.u32(crc32(writer.finish().subarray(PRELUDE_BYTES))).finish();
}

export interface LogHeader {
  readonly sequence: number;
  /** Of the format that its records are in. */
  readonly version: number;
}

/** Throws `corrupt-file` and `format-too-new`. */
export function decodeLogHeader(bytes: Uint8Array, path: string): LogHeader {
  const version = checkPrelude("log", bytes, path);
  if (bytes.length < LOG_HEADER_BYTES) {
    throw corruptFile(path, `at least ${LOG_HEADER_BYTES} bytes`, `${bytes.length} bytes`);
  }
  const reader = new ByteReader(bytes.subarray(PRELUDE_BYTES, LOG_HEADER_BYTES));
  const sequence = Number(reader.u64());
  const zero = reader.u32();
  const checksum = crc32(bytes.subarray(PRELUDE_BYTES, LOG_HEADER_BYTES - 4));
  if (reader.u32() !== checksum || zero !== 0 || !Number.isSafeInteger(sequence)) {
    throw corruptFile(path, "an intact log header", "a wrong checksum");
  }
  return { sequence, version };
}

export function encodeEntryHeader(header: EntryHeader): Uint8Array {
  const writer = new ByteWriter(ENTRY_HEADER_BYTES);
  writer
    .u32(ENTRY_MAGIC)
    .u32(header.bodyChecksum)
    .u64(BigInt(header.sequence))
    .u64(BigInt(header.offset))
    .u64(BigInt(header.durableBytes))
    .u64(BigInt(header.bodyBytes))
    .u32(0);
  return writer.u32(crc32(writer.finish())).finish();
}

/** The entry header at `offset` of a log; `undefined` when there is no intact one of this log. */
export function decodeEntryHeader(
  log: Uint8Array,
  offset: number,
  sequence: number,
): EntryHeader | undefined {
  if (log.length - offset < ENTRY_HEADER_BYTES) return undefined;
  // Asked at each step of a search through megabytes: see `requireUnsynced` in the reader.
  if (log[offset] !== (ENTRY_MAGIC & 0xff)) return undefined;
  const bytes = log.subarray(offset, offset + ENTRY_HEADER_BYTES);
  const reader = new ByteReader(bytes);
  if (reader.u32() !== ENTRY_MAGIC) return undefined;
  const bodyChecksum = reader.u32();
  const header: EntryHeader = {
    bodyChecksum,
    sequence: Number(reader.u64()),
    offset: Number(reader.u64()),
    durableBytes: Number(reader.u64()),
    bodyBytes: Number(reader.u64()),
  };
  const zero = reader.u32();
  const isIntact = reader.u32() === crc32(bytes.subarray(0, ENTRY_HEADER_BYTES - 4)) && zero === 0;
  return isIntact && header.sequence === sequence && header.offset === offset ? header : undefined;
}
