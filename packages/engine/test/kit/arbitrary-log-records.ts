import fc from "fast-check";
import type { LogDeletes, LogInsert, LogRecord } from "../../src/storage/log-record.ts";
import {
  arbitraryBytesColumn,
  arbitraryColumn,
  arbitraryFixedColumn,
  arbitraryRowCount,
  rowsOf,
} from "./arbitrary-columns.ts";

const ids = fc.nat({ max: Number.MAX_SAFE_INTEGER });

const inserts: fc.Arbitrary<LogInsert> = fc
  .tuple(ids, arbitraryRowCount())
  .chain(([partitionId, rowCount]) =>
    fc.array(fc.tuple(ids, arbitraryColumn(rowCount)), { maxLength: 3 }).map((columns) => ({
      partitionId,
      rowCount,
      columns: new Map(columns),
    })),
  );

const deletes: fc.Arbitrary<LogDeletes> = fc
  .tuple(fc.option(ids, { nil: undefined }), arbitraryRowCount())
  .chain(([partitionId, rowCount]) =>
    fc
      .oneof(arbitraryFixedColumn(rowCount), arbitraryBytesColumn(rowCount))
      .map((keys) => (partitionId === undefined ? { keys } : { keys, partitionId })),
  );

export function arbitraryLogRecord(): fc.Arbitrary<LogRecord> {
  return fc
    .tuple(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.option(deletes, { nil: undefined }),
      fc.array(inserts, { maxLength: 3 }),
    )
    .map(([timestamp, deleted, inserted]) => ({
      timestamp,
      inserts: inserted,
      ...(deleted && { deletes: deleted }),
    }));
}

/** A record's contents, whatever its columns' memory looks like: equal records have equal contents. */
export function contentsOf(record: LogRecord): unknown {
  const { timestamp, deletes: deleted } = record;
  return {
    timestamp,
    deletes: deleted && { partitionId: deleted.partitionId, keys: rowsOf(deleted.keys) },
    inserts: record.inserts.map(({ partitionId, rowCount, columns }) => ({
      partitionId,
      rowCount,
      columns: [...columns].map(([fieldId, column]) => [fieldId, rowsOf(column)]),
    })),
  };
}
