import type { Column } from "./column.ts";

/** Rows to write, column by column. Columns are named by their field; `$meta` holds dynamic keys. */
export interface RowBatch {
  /** The partition to write to; the default one when absent. */
  readonly partition?: string;
  readonly rowCount: number;
  readonly columns: ReadonlyMap<string, Column>;
}

/** A row as users give it: values by field name; int64 as bigint or safe integer. */
export type Row = Readonly<Record<string, unknown>>;
