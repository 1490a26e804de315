import { must } from "../base/assert.ts";
import type { Field } from "./collection-schema.ts";
import type { Column, FixedArray, FixedColumn } from "./column.ts";
import { createColumnBuffer, createFixedArray } from "./column-buffer.ts";

/** Rows picked from several columns of one field: pick i is row `rows[i]` of `sources[from[i]]`. */
export interface Picks {
  readonly from: ArrayLike<number>;
  readonly rows: ArrayLike<number>;
}

/** A new column of the picked rows, in the order of the picks. */
export function gatherColumn(field: Field, sources: readonly Column[], picks: Picks): Column {
  if (sources.every(isPlain)) return gatherValues(field, sources, picks);
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

/** Whether a column is one array without nulls: keys are, and they are picked in every search. */
function isPlain(column: Column): column is FixedColumn {
  return column.layout === "fixed" && column.validity === undefined;
}

function gatherValues(
  field: Field,
  sources: readonly FixedColumn[],
  { from, rows }: Picks,
): FixedColumn {
  const rowCount = rows.length;
  const values = createFixedArray(field.type, rowCount);
  for (let i = 0; i < rowCount; i++) copyValue(values, i, sources[from[i]].values, rows[i]);
  return { layout: "fixed", rowCount, values };
}

/** Both arrays are of one kind, which the compiler can't know. */
function copyValue(target: FixedArray, at: number, source: FixedArray, index: number): void {
  if (target instanceof BigInt64Array) target[at] = (source as BigInt64Array)[index];
  else target[at] = (source as Float64Array)[index];
}
