import { assert } from "../base/assert.ts";
import { ByteReader } from "../base/byte-reader.ts";
import type { Timestamp } from "../base/clock.ts";
import type { Column, ColumnSet } from "../schema/column.ts";
import { decodeColumn, encodeColumn } from "./column-codec.ts";
import { MalformedBytesError } from "./corrupt-file.ts";
import { PartsWriter } from "./parts-writer.ts";
import type { SlicedBytes } from "./sliced-bytes.ts";

/** One write, whole or not at all: deletes, inserts, or (an upsert) both. */
export interface LogRecord {
  readonly timestamp: Timestamp;
  readonly deletes?: LogDeletes;
  readonly inserts: readonly LogInsert[];
}

/** Deletes the rows that have one of these keys and an older timestamp. */
export interface LogDeletes {
  /** A fixed column of Int64 or a bytes column of VarChar. */
  readonly keys: Column;
  /** Absent: in all partitions. */
  readonly partitionId?: number;
}

/** Rows for one partition: columns by field id, each of `rowCount` rows. */
export interface LogInsert {
  readonly partitionId: number;
  readonly rowCount: number;
  readonly columns: ColumnSet;
}

const HAS_DELETES = 1;
const DELETES_IN_ONE_PARTITION = 2;

/**
 * The record as bytes, a multiple of 8 of them. Large buffers are passed on without a copy: the
 * columns must not change until the result has been written.
 */
export function encodeLogRecord(record: LogRecord): SlicedBytes {
  const writer = new PartsWriter();
  const { timestamp, deletes, inserts } = record;
  writer.u64(timestamp).u32(flagsOf(deletes)).u32(inserts.length);
  if (deletes !== undefined) {
    writer.u64(BigInt(deletes.partitionId ?? 0));
    encodeColumn(writer, deletes.keys);
  }
  for (const insert of inserts) encodeInsert(writer, insert);
  return writer.finish();
}

function flagsOf(deletes: LogDeletes | undefined): number {
  if (deletes === undefined) return 0;
  return HAS_DELETES | (deletes.partitionId === undefined ? 0 : DELETES_IN_ONE_PARTITION);
}

function encodeInsert(writer: PartsWriter, insert: LogInsert): void {
  const { partitionId, rowCount, columns } = insert;
  writer.u64(BigInt(partitionId)).u32(rowCount).u32(columns.size);
  for (const [fieldId, column] of columns) {
    assert(column.rowCount === rowCount, "All columns of an insert have its number of rows");
    writer.u64(BigInt(fieldId));
    encodeColumn(writer, column);
  }
}

/**
 * Reads what {@link encodeLogRecord} wrote. Columns are views on `bytes` where alignment allows.
 * Throws `UnexpectedEndError` or `MalformedBytesError`.
 */
export function decodeLogRecord(bytes: Uint8Array): LogRecord {
  const reader = new ByteReader(bytes);
  const timestamp = reader.u64();
  const flags = reader.u32();
  const insertCount = reader.u32();
  const deletes = decodeDeletes(reader, flags);
  const inserts: LogInsert[] = [];
  for (let i = 0; i < insertCount; i++) inserts.push(decodeInsert(reader));
  if (reader.remaining > 0) throw new MalformedBytesError(`${reader.remaining} bytes too many`);
  return { timestamp, ...deletes, inserts };
}

function decodeDeletes(reader: ByteReader, flags: number): { deletes?: LogDeletes } {
  switch (flags) {
    case 0:
      return {};
    case HAS_DELETES:
      integer(reader);
      return { deletes: { keys: decodeColumn(reader) } };
    case HAS_DELETES | DELETES_IN_ONE_PARTITION: {
      const partitionId = integer(reader);
      return { deletes: { partitionId, keys: decodeColumn(reader) } };
    }
    default:
      throw new MalformedBytesError(`unknown flags ${flags}`);
  }
}

function decodeInsert(reader: ByteReader): LogInsert {
  const partitionId = integer(reader);
  const rowCount = reader.u32();
  const columnCount = reader.u32();
  const columns = new Map<number, Column>();
  for (let i = 0; i < columnCount; i++) {
    const fieldId = integer(reader);
    const column = decodeColumn(reader);
    if (column.rowCount !== rowCount) {
      throw new MalformedBytesError(`${column.rowCount} rows in a column of ${rowCount}`);
    }
    columns.set(fieldId, column);
  }
  return { partitionId, rowCount, columns };
}

/** A u64 that is an id. */
function integer(reader: ByteReader): number {
  const value = Number(reader.u64());
  if (!Number.isSafeInteger(value)) throw new MalformedBytesError(`${value} where an id belongs`);
  return value;
}
