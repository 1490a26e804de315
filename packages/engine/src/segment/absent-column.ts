import { dynamicFieldName, type Field } from "../schema/collection-schema.ts";
import type { Column, VectorColumn } from "../schema/column.ts";
import { createColumnBuffer } from "../schema/column-buffer.ts";
import { columnOf } from "../schema/column-of-values.ts";
import { infoOf } from "../schema/data-type.ts";
import { createVectorArray, vectorShapeOf } from "../schema/vector-layout.ts";

/**
 * What rows have of a field that they were written without: its default value, an empty dynamic
 * field, or nulls. They were written before the field was added, or after it was dropped and are read
 * by somebody who has not seen that yet.
 */
export function absentColumn(field: Field, rowCount: number): Column {
  if (infoOf(field.type).layout === "vector") return absentVectors(field, rowCount);
  const value = field.name === dynamicFieldName ? {} : (field.defaultValue ?? null);
  const buffer = createColumnBuffer(field);
  if (rowCount > 0) buffer.append(columnOf(field, new Array(rowCount).fill(value)));
  return buffer.view();
}

/**
 * Nulls without the zeros that stand for them elsewhere: of many rows these would not fit into any
 * memory. Nobody looks at the vectors of null rows, and what is copied from behind the end is zero.
 */
function absentVectors(field: Field, rowCount: number): VectorColumn {
  const shape = vectorShapeOf(field);
  const validity = new Uint8Array((rowCount + 7) >>> 3);
  return { layout: "vector", ...shape, rowCount, values: createVectorArray(shape, 0), validity };
}
