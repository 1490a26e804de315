import { must } from "../base/assert.ts";
import type { Field } from "./collection-schema.ts";
import type { Column } from "./column.ts";
import { createColumnBuffer } from "./column-buffer.ts";

/** Rows picked from several columns of one field: pick i is row `rows[i]` of `sources[from[i]]`. */
export interface Picks {
  readonly from: ArrayLike<number>;
  readonly rows: ArrayLike<number>;
}

/** A new column of the picked rows, in the order of the picks. */
export function gatherColumn(field: Field, sources: readonly Column[], picks: Picks): Column {
  const { from, rows } = picks;
  const buffer = createColumnBuffer(field, rows.length);
  let i = 0;
  while (i < rows.length) {
    // Runs of neighbouring rows are copied at once.
    let end = i + 1;
    while (end < rows.length && from[end] === from[i] && rows[end] === rows[end - 1] + 1) end++;
    const source = must(sources[from[i]], "pick of a source that is not there");
    buffer.append(source, rows[i], rows[i] + end - i);
    i = end;
  }
  return buffer.view();
}
