/** A column's type, as both protocols name it. */
export type ColumnType = "text" | "fixed" | "boolean" | "timestamp_ltz" | "variant" | "array";

export interface ResultColumn {
  /** In lower case for SHOW and DESCRIBE, in upper case for SELECT. */
  readonly name: string;
  readonly type: ColumnType;
}

/** Cells are texts or null. A `timestamp_ltz` is seconds since 1970 with nine decimals, a `boolean` `true` or `false`. */
export type Cell = string | null;

/** What a statement answered: rows, or (PUT) where a client is to upload files. */
export type StatementOutcome = RowsOutcome | UploadOutcome;

export interface RowsOutcome {
  readonly kind: "rows";
  /** `query` for SELECT, SHOW, DESCRIBE, LIST and CALL. */
  readonly statementType: "query" | "definition";
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface UploadOutcome {
  readonly kind: "upload";
  /** As written, without `file://`. It may hold wildcards. */
  readonly localPath: string;
  readonly stageId: string;
  /** `DATABASE.SCHEMA.STAGE`. */
  readonly stage: string;
  /** Within the stage: empty or ending in `/`. */
  readonly folder: string;
  readonly overwrite: boolean;
  readonly autoCompress: boolean;
}

/** The one row that statements answer that change something. */
export function statusResult(text: string): RowsOutcome {
  return {
    kind: "rows",
    statementType: "definition",
    columns: [{ name: "status", type: "text" }],
    rows: [[text]],
  };
}

export const statementSucceeded: RowsOutcome = statusResult("Statement executed successfully.");

export function queryResult(
  columns: readonly ResultColumn[],
  rows: readonly (readonly Cell[])[],
): RowsOutcome {
  return { kind: "rows", statementType: "query", columns, rows };
}

/** Milliseconds as a `timestamp_ltz` cell. */
export function timestampCell(milliseconds: number | undefined): Cell {
  return milliseconds === undefined ? null : (milliseconds / 1000).toFixed(9);
}
