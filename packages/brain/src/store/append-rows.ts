import {
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
} from "@duckdb/node-api";

/** How many rows a chunk of DuckDB holds. */
const chunkRowsMax = 2048;

/** The values of one column, row by row. */
export type AppendColumn = readonly DuckDBValue[];

/**
 * Appends rows to a table, whose columns are given in its order: DuckDB's fastest way in, within the
 * transaction of the connection.
 */
export async function appendRows(
  connection: DuckDBConnection,
  table: string,
  columns: readonly AppendColumn[],
  rowCount: number,
): Promise<void> {
  const appender = await connection.createAppender(table);
  try {
    const types: DuckDBType[] = columns.map((_, index) => appender.columnType(index));
    for (let start = 0; start < rowCount; start += chunkRowsMax) {
      const end = Math.min(rowCount, start + chunkRowsMax);
      const chunk = DuckDBDataChunk.create(types, end - start);
      columns.forEach((values, index) => {
        chunk.setColumnValues(index, values.slice(start, end));
      });
      appender.appendDataChunk(chunk);
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
}
