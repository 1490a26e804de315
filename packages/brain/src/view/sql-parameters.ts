import { quoteIdentifier } from "../store/quote-identifier.ts";
import type { SqlValue } from "../store/sql-value.ts";

/**
 * The values of a statement, as it is written: each gets a number, under which SQL may use it any
 * number of times. Nothing that a user gives goes into SQL any other way, but for names, which
 * `quoteIdentifier` quotes.
 */
export class SqlParameters {
  readonly #values: SqlValue[] = [];
  #nameCount = 0;

  get values(): readonly SqlValue[] {
    return this.#values;
  }

  /** The expression in SQL of a value, of the SQL type that the caller names. */
  bind(value: SqlValue, type: "VARCHAR" | "DOUBLE" | "BIGINT" | "BOOLEAN" | "TIMESTAMP"): string {
    return this.#bind(value, type);
  }

  bindList(values: readonly SqlValue[], type: "VARCHAR" | "DOUBLE" | "BOOLEAN" | "BIGINT"): string {
    return this.#bind(values, `${type}[]`);
  }

  /** A quoted name that this statement has not yet; no field can have one with "%". */
  newName(): string {
    this.#nameCount += 1;
    return quoteIdentifier(`%${this.#nameCount}`);
  }

  #bind(value: SqlValue, type: string): string {
    this.#values.push(value);
    return `CAST($${this.#values.length} AS ${type})`;
  }
}
