import type { Field } from "../schema/collection-schema.ts";
import type { Column } from "../schema/column.ts";
import { createFixedArray } from "../schema/column-buffer.ts";
import { columnOf } from "../schema/column-of-values.ts";
import { type DataType, infoOf } from "../schema/data-type.ts";
import type { OutputField } from "./request.ts";
import type { PathValue } from "./scalar-path.ts";

/** An output field whose values were computed: its field is none of the schema, and has the id 0. */
export function derivedOutput(
  name: string,
  type: DataType,
  values: readonly PathValue[],
): OutputField {
  const field: Field = {
    id: 0,
    name,
    type,
    description: "",
    primaryKey: false,
    autoId: false,
    nullable: values.includes(null),
  };
  return { name, field, column: columnOfValues(field, values) };
}

/** A column of values as they are read by `valueReader`: times as numbers, not as texts. */
export function columnOfValues(field: Field, values: readonly PathValue[]): Column {
  if (infoOf(field.type).layout !== "fixed") return columnOf(field, values);
  const rowCount = values.length;
  const array = createFixedArray(field.type, rowCount);
  const validity = new Uint8Array((rowCount + 7) >>> 3);
  for (let i = 0; i < rowCount; i++) {
    const value = values[i];
    if (value === null) continue;
    validity[i >>> 3] |= 1 << (i & 7);
    if (array instanceof BigInt64Array) array[i] = BigInt(value);
    else array[i] = Number(value);
  }
  const hasNulls = values.includes(null);
  return { layout: "fixed", rowCount, values: array, ...(hasNulls && { validity }) };
}
