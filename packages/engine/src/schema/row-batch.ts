import type { Column } from "./column.ts";

/** Rows to write, column by column. Columns are named by their field; `$meta` holds dynamic keys. */
export interface RowBatch {
  /** The partition to write to; the default one when absent. */
  readonly partition?: string;
  readonly rowCount: number;
  readonly columns: ReadonlyMap<string, Column>;
}

/** How the arrays of an update change those that are there: added at the end, or each of their elements taken out. */
export type ArrayChange = "append" | "remove";

/** Some fields of rows to change. */
export interface UpdateBatch extends RowBatch {
  /** By Array field. The values of other fields take the place of the old ones. */
  readonly arrayChanges?: ReadonlyMap<string, ArrayChange>;
}

/** A row as users give it: values by field name; int64 as bigint or safe integer. */
export type Row = Readonly<Record<string, unknown>>;
