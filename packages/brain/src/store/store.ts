import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
} from "@duckdb/node-api";
import { BrainError } from "../base/brain-error.ts";
import { type AppendColumn, appendRows } from "./append-rows.ts";
import { bindValue } from "./bind-value.ts";
import { openError } from "./open-error.ts";
import { queryError } from "./query-error.ts";
import { RowStream } from "./row-stream.ts";
import type { SqlRow, SqlValue } from "./sql-value.ts";

/** How many idle connections are kept; more are made while more queries run at once. */
const idleConnectionsMax = 4;

const interruptEveryMs = 20;

/** DuckDB's settings: it reads and loads nothing but the file. */
const settings: Readonly<Record<string, string>> = {
  autoinstall_known_extensions: "false",
  autoload_known_extensions: "false",
  enable_external_access: "false",
  // DuckDB 1.5.6 lets it pass LIMIT and OFFSET, so that a join with what they leave loses rows
  // (github.com/duckdb/duckdb/issues/22924).
  disabled_optimizers: "join_filter_pushdown",
};

/** What runs statements: a {@link Store} by itself, or within a {@link Store.transaction}. */
export interface SqlRunner {
  /** Runs a statement and answers its rows. */
  query(sql: string, params?: readonly SqlValue[]): Promise<SqlRow[]>;
}

/** A transaction: all that it runs is stored together, or not at all. */
export interface Transaction extends SqlRunner {
  /** Appends rows to a table, whose columns are given in its order; much faster than INSERT. */
  append(table: string, columns: readonly AppendColumn[], rowCount: number): Promise<void>;
}

/**
 * One DuckDB file, open: connections, statements, transactions. Any number of reads run beside each
 * other and beside the one write; each sees the data as it was when it began. After `close()` every
 * call rejects with `dataset-closed`.
 */
export class Store implements SqlRunner {
  readonly path: string;
  readonly #instance: DuckDBInstance;
  readonly #idle: DuckDBConnection[] = [];
  readonly #busy = new Set<DuckDBConnection>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #streams = new Set<RowStream>();
  #lastWrite: Promise<unknown> = Promise.resolve();
  #writeCount = 0;
  #closed = false;
  #closing: Promise<void> | undefined;

  private constructor(path: string, instance: DuckDBInstance) {
    this.path = path;
    this.#instance = instance;
  }

  /**
   * Opens a file, or makes it when there is none. Throws `dataset-locked` while another process has
   * it, `dataset-damaged` when it is no database that can be read, `dataset-too-new` when a later
   * release of DuckDB wrote it.
   */
  static async open(path: string): Promise<Store> {
    try {
      return new Store(path, await DuckDBInstance.create(path, { ...settings }));
    } catch (error) {
      throw openError(path, error);
    }
  }

  /** How many transactions were stored since it was opened: what was read before one may have changed. */
  get writeCount(): number {
    return this.#writeCount;
  }

  async query(sql: string, params: readonly SqlValue[] = []): Promise<SqlRow[]> {
    return await this.#tracked(this.#query(sql, params));
  }

  async #query(sql: string, params: readonly SqlValue[]): Promise<SqlRow[]> {
    const connection = await this.#acquire();
    try {
      return await runOn(connection, sql, params);
    } catch (error) {
      throw this.#closed ? closedError(this.path) : queryError(this.path, error);
    } finally {
      this.#release(connection);
    }
  }

  /** A query's rows in chunks of at most 2048, as they are computed. Leaving the loop early is fine. */
  async *stream(sql: string, params: readonly SqlValue[] = []): AsyncGenerator<SqlRow[]> {
    const { connection, stream } = await this.#tracked(this.#startStream(sql, params));
    try {
      this.#assertOpen();
      for (let rows = await stream.next(); rows !== undefined; rows = await stream.next()) {
        yield rows;
        this.#assertOpen();
      }
      this.#assertOpen();
    } catch (error) {
      throw this.#closed ? closedError(this.path) : queryError(this.path, error);
    } finally {
      await stream.end();
      this.#streams.delete(stream);
      this.#release(connection);
    }
  }

  async #startStream(
    sql: string,
    params: readonly SqlValue[],
  ): Promise<{ connection: DuckDBConnection; stream: RowStream }> {
    const connection = await this.#acquire();
    try {
      const stream = await RowStream.start(connection, sql, bindAll(params));
      this.#streams.add(stream);
      return { connection, stream };
    } catch (error) {
      this.#release(connection);
      throw this.#closed ? closedError(this.path) : queryError(this.path, error);
    }
  }

  /**
   * Lets `close()` wait for a read from the moment it is asked for: one that only gets its connection, or whose stream
   * nobody knows yet, would keep the file.
   */
  async #tracked<T>(read: Promise<T>): Promise<T> {
    this.#running.add(read);
    try {
      return await read;
    } finally {
      this.#running.delete(read);
    }
  }

  /**
   * Runs `work` in a transaction: committed when it resolves, undone when it rejects. Transactions run
   * one after the other; `work` must not begin another.
   */
  async transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const turn = this.#lastWrite.then(
      () => this.#transact(work),
      () => this.#transact(work),
    );
    this.#lastWrite = turn;
    return await turn;
  }

  /** Waits for the write under way, interrupts the reads, and closes the file. Idempotent. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#lastWrite.catch(() => undefined);
    await this.#interruptReads();
    await Promise.all([...this.#streams].map((stream) => stream.end()));
    for (const connection of this.#busy) connection.closeSync();
    this.#busy.clear();
    for (const connection of this.#idle.splice(0)) connection.closeSync();
    this.#instance.closeSync();
  }

  /** Closes the file at once, undoing a write under way: for the end of the process. Idempotent. */
  closeNow(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const connection of [...this.#busy, ...this.#idle.splice(0)]) connection.closeSync();
    this.#instance.closeSync();
  }

  /** A statement that is on its way to DuckDB misses an interrupt: they are sent until all have ended. */
  async #interruptReads(): Promise<void> {
    const interrupt = (): void => {
      for (const connection of this.#busy) connection.interrupt();
    };
    interrupt();
    const timer = setInterval(interrupt, interruptEveryMs);
    await Promise.allSettled(this.#running);
    clearInterval(timer);
  }

  async #transact<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const connection = await this.#acquire();
    try {
      await runOn(connection, "BEGIN TRANSACTION", []);
      const result = await work({
        query: (sql, params = []) => runOn(connection, sql, params),
        append: (table, columns, rowCount) => appendRows(connection, table, columns, rowCount),
      });
      await runOn(connection, "COMMIT", []);
      this.#writeCount += 1;
      this.#release(connection);
      return result;
    } catch (error) {
      // Closing a connection undoes its transaction, in whatever state that is.
      this.#drop(connection);
      throw this.#closed ? closedError(this.path) : queryError(this.path, error);
    }
  }

  async #acquire(): Promise<DuckDBConnection> {
    this.#assertOpen();
    const connection = this.#idle.pop() ?? (await this.#connect());
    this.#busy.add(connection);
    if (!this.#closed) return connection;
    this.#drop(connection);
    throw closedError(this.path);
  }

  async #connect(): Promise<DuckDBConnection> {
    const connection = await this.#instance.connect();
    // Texts of times are in UTC wherever the process runs.
    await connection.run("SET TimeZone = 'UTC'");
    return connection;
  }

  #release(connection: DuckDBConnection): void {
    // One that is not busy any more was closed with the store.
    if (!this.#busy.delete(connection)) return;
    if (this.#closed || this.#idle.length >= idleConnectionsMax) connection.closeSync();
    else this.#idle.push(connection);
  }

  #drop(connection: DuckDBConnection): void {
    if (this.#busy.delete(connection)) connection.closeSync();
  }

  #assertOpen(): void {
    if (this.#closed) throw closedError(this.path);
  }
}

async function runOn(
  connection: DuckDBConnection,
  sql: string,
  params: readonly SqlValue[],
): Promise<SqlRow[]> {
  const { values, types } = bindAll(params);
  const result = await connection.run(sql, values, types);
  return await result.getRowObjectsJS();
}

/** The values and their types, as the driver's methods take them. */
function bindAll(params: readonly SqlValue[]): { values: DuckDBValue[]; types: DuckDBType[] } {
  const bound = params.map(bindValue);
  return { values: bound.map(({ value }) => value), types: bound.map(({ type }) => type) };
}

function closedError(path: string): BrainError {
  return new BrainError("dataset-closed", `The dataset at ${path} was closed: load it again`, {
    details: { path },
  });
}
