import type { FieldInfo } from "../schema/field.ts";
import type { SqlRow, SqlValue } from "../store/sql-value.ts";

/**
 * What a view needs of the dataset that it looks at. `Dataset` is the one implementation; views know no
 * more of it, so that this floor stands below it.
 */
export interface SampleSource {
  readonly name: string;
  /** The present fields, the standard ones included. */
  fields(): readonly FieldInfo[];
  /** Runs one SELECT over the table `samples`, with `$1`, `$2`, ... bound to `params`. */
  query(sql: string, params: readonly SqlValue[]): Promise<SqlRow[]>;
  /** The same, in chunks of at most some thousand rows; ending the loop early frees the connection. */
  stream(sql: string, params: readonly SqlValue[]): AsyncIterable<SqlRow[]>;
}
