import { dynamicFieldName, type Field } from "../schema/collection-schema.ts";
import type { Column } from "../schema/column.ts";
import { createColumnBuffer } from "../schema/column-buffer.ts";
import { columnOf } from "../schema/column-of-values.ts";

/**
 * What rows have of a field that they were written without: its default value, an empty dynamic
 * field, or nulls. They were written before the field was added, or after it was dropped and are read
 * by somebody who has not seen that yet.
 */
export function absentColumn(field: Field, rowCount: number): Column {
  const value = field.name === dynamicFieldName ? {} : (field.defaultValue ?? null);
  // A buffer puts vectors where kernels can read them.
  const buffer = createColumnBuffer(field);
  if (rowCount > 0) buffer.append(columnOf(field, new Array(rowCount).fill(value)));
  return buffer.view();
}
