import { cellText } from "./cell-text.ts";
import type { SqlResult, SqlRow } from "./snow-session.ts";

export interface ResultColumn {
  readonly name: string;
  readonly type: string;
}

/** A result from the server's columns and rows of cells. Columns of the same name get numbers: `name`, `name_2`. */
export function resultOf(
  queryId: string,
  columns: readonly ResultColumn[],
  cells: readonly (readonly (string | null)[])[],
): SqlResult {
  const keys = rowKeys(columns.map(({ name }) => name));
  const rows = cells.map((row): SqlRow => {
    const entries = columns.map(({ type }, column): [string, string | null] => [
      keys[column] ?? "",
      cellText(row[column] ?? null, type),
    ]);
    return Object.fromEntries(entries);
  });
  return { queryId, columns: columns.map(({ name }) => name), rows };
}

/** The keys that rows have for these columns, in their order, which the rows themselves need not keep. */
export function rowKeys(columns: readonly string[]): string[] {
  const taken = new Set<string>();
  return columns.map((column) => {
    const name = column.toLowerCase();
    let key = name;
    for (let number = 2; taken.has(key); number += 1) key = `${name}_${number}`;
    taken.add(key);
    return key;
  });
}
