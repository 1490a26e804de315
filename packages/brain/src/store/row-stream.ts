import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  type DuckDBResult,
  type DuckDBType,
  type DuckDBValue,
  JSDuckDBValueConverter,
} from "@duckdb/node-api";
import type { SqlRow } from "./sql-value.ts";

/**
 * The rows of a query, read as they are computed. It must come to its end, or be ended: until then
 * DuckDB keeps its connection, and with it the file, whatever is closed.
 */
export class RowStream {
  readonly #connection: DuckDBConnection;
  readonly #result: DuckDBResult;
  readonly #names: readonly string[];
  #fetching: Promise<DuckDBDataChunk | null> = Promise.resolve(null);
  #ending: Promise<void> | undefined;

  private constructor(connection: DuckDBConnection, result: DuckDBResult) {
    this.#connection = connection;
    this.#result = result;
    this.#names = result.deduplicatedColumnNames();
  }

  static async start(
    connection: DuckDBConnection,
    sql: string,
    params: { readonly values: DuckDBValue[]; readonly types: DuckDBType[] },
  ): Promise<RowStream> {
    return new RowStream(connection, await connection.stream(sql, params.values, params.types));
  }

  /** The next rows, at most 2048; `undefined` at the end. */
  async next(): Promise<SqlRow[] | undefined> {
    if (this.#ending !== undefined) return undefined;
    this.#fetching = this.#result.fetchChunk();
    const chunk = await this.#fetching;
    if (chunk === null || chunk.rowCount === 0) {
      this.#ending = Promise.resolve();
      return undefined;
    }
    const columns = chunk.convertColumns(JSDuckDBValueConverter);
    // Plain loops: this is run for each value of each row that is read.
    const rows: Record<string, SqlRow[string]>[] = [];
    for (let row = 0; row < chunk.rowCount; row++) {
      const values: Record<string, SqlRow[string]> = {};
      for (let column = 0; column < columns.length; column++) {
        values[this.#names[column]] = columns[column][row] ?? null;
      }
      rows.push(values);
    }
    return rows;
  }

  /** Ends it, wherever it is. Idempotent. */
  async end(): Promise<void> {
    this.#ending ??= this.#drain();
    await this.#ending;
  }

  async #drain(): Promise<void> {
    this.#connection.interrupt();
    try {
      await this.#fetching;
      // A few chunks were computed before the interrupt.
      let chunk: DuckDBDataChunk | null;
      do chunk = await this.#result.fetchChunk();
      while (chunk !== null && chunk.rowCount > 0);
    } catch {
      // The interrupt ends it as an error of the next chunk; another error ends it as well.
    }
  }
}
