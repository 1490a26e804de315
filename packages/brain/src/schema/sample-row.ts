import { quoteIdentifier } from "../store/quote-identifier.ts";
import type { SqlRow } from "../store/sql-value.ts";
import { decodeValue } from "./decode-value.ts";
import type { FieldInfo } from "./field.ts";
import { columnName } from "./field-column.ts";
import { isLabelType } from "./label-shape.ts";
import type { Sample } from "./sample.ts";

/**
 * The columns of fields, for the last SELECT before {@link sampleReader}: nested values come as JSON, which
 * is read three times faster than the driver's own objects.
 */
export function sampleColumns(fields: readonly FieldInfo[]): string {
  return fields
    .map((field) => {
      const column = quoteIdentifier(columnName(field.name));
      return `${readExpression(field, column)} AS ${column}`;
    })
    .join(", ");
}

/**
 * Makes samples of rows. The columns may be as {@link sampleColumns} selects them, or as they are stored;
 * a column may be absent; a field may have another type than in the dataset. Fields without a value
 * are left out.
 */
export function sampleReader(fields: readonly FieldInfo[]): (row: SqlRow) => Sample {
  const columns = fields.map((field) => ({ field, column: columnName(field.name) }));
  return (row) => {
    const sample: Record<string, unknown> = {};
    for (const { field, column } of columns) {
      const value = row[column];
      if (value !== undefined && value !== null) sample[field.name] = decodeValue(field, value);
    }
    // The columns of the standard fields are never NULL.
    return sample as Sample;
  };
}

function readExpression(field: FieldInfo, column: string): string {
  const { type, elementType } = field;
  if (field.name === "metadata" || isLabelType(type) || type === "vector") {
    return `to_json(${column})::VARCHAR`;
  }
  if (type === "list" && elementType !== undefined) {
    // JSON's numbers end at 2^53, its times are texts.
    if (elementType === "int") return `to_json(${column}::VARCHAR[])::VARCHAR`;
    if (elementType === "date" || elementType === "datetime") {
      return `to_json(list_transform(${column}, lambda moment: epoch_ms(moment)))::VARCHAR`;
    }
    return `to_json(${column})::VARCHAR`;
  }
  if (type === "date" || type === "datetime") return `epoch_ms(${column})`;
  return column;
}
