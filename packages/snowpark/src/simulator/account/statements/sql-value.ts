import type { Cell, ColumnType } from "../statement-result.ts";

/** A value of SELECT: what JSON has. */
export type SqlValue = string | number | boolean | null | readonly SqlValue[] | SqlRecord;

interface SqlRecord {
  readonly [name: string]: SqlValue;
}

/** The rows that FROM VALUES gives. Without it there is one, which is empty. */
export type SqlRows = readonly (readonly SqlValue[])[];

/** A value as both protocols write it. */
export function cellOf(value: SqlValue): Cell {
  if (value === null) return null;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The type of a column that holds such a value. */
export function columnTypeOf(value: SqlValue): ColumnType {
  if (typeof value === "number") return "fixed";
  if (typeof value === "boolean") return "boolean";
  return value !== null && typeof value === "object" ? "variant" : "text";
}
