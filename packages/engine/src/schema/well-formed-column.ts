import type { Field } from "./collection-schema.ts";
import type { Column, FixedColumn, ListColumn, VectorColumn } from "./column.ts";
import { createFixedArray } from "./column-buffer.ts";
import { type DataType, infoOf } from "./data-type.ts";
import { strideOf, vectorArrayKind, vectorShapeOf } from "./vector-layout.ts";

/**
 * Whether the arrays of a column, whose layout is that of the field's type, are of the right kinds
 * and lengths. They may come from a caller.
 */
export function isWellFormed(field: Field, column: Column): boolean {
  const { rowCount, validity } = column;
  if (validity !== undefined && validity.length < (rowCount + 7) >>> 3) return false;
  switch (column.layout) {
    case "fixed":
      return isFixedOf(field.type, column);
    case "bytes":
      return fits(column.offsets, rowCount, column.bytes.length);
    case "list":
      return (
        areElements(field, column.elements) &&
        fits(column.offsets, rowCount, column.elements.rowCount)
      );
    case "vector":
      return areVectors(field, column);
    case "sparse": {
      const { indices, values, offsets } = column;
      return indices.length === values.length && fits(offsets, rowCount, indices.length);
    }
  }
}

function areElements(field: Field, elements: ListColumn["elements"]): boolean {
  const type = field.elementType ?? "Int64";
  if (elements.layout !== infoOf(type).layout) return false;
  switch (elements.layout) {
    case "fixed":
      return isFixedOf(type, elements);
    case "bytes":
      return fits(elements.offsets, elements.rowCount, elements.bytes.length);
    case "vector":
      return areVectors(field, elements);
  }
}

function areVectors(field: Field, { element, dim, values, rowCount }: VectorColumn): boolean {
  return (
    element === vectorShapeOf(field).element &&
    values instanceof vectorArrayKind(element) &&
    values.length === rowCount * strideOf(element, dim)
  );
}

function isFixedOf(type: DataType, { values, rowCount }: FixedColumn): boolean {
  return values.length === rowCount && values.constructor === createFixedArray(type, 0).constructor;
}

/** Whether there are offsets for so many rows, ascending, to places among so many. */
function fits(offsets: Uint32Array, rowCount: number, length: number): boolean {
  if (offsets.length !== rowCount + 1 || offsets[rowCount] > length) return false;
  for (let i = 0; i < rowCount; i++) if (offsets[i] > offsets[i + 1]) return false;
  return true;
}
