import type { JsonValue, Label, LabelType } from "./labels.ts";

/**
 * What a field holds. `int` is a signed number of 64 bits, `date` a day in UTC, `datetime` a moment
 * (milliseconds), `vector` 32-bit floats of one dimension, `dict` any JSON object, `list` values of
 * one `elementType`, or any JSON values.
 */
export type FieldType = ScalarType | "list" | "dict" | "vector" | LabelType;

export type ScalarType = "bool" | "int" | "float" | "string" | "date" | "datetime";

/** What a sample's field can have as a value. `null` and `undefined` both say that it has none. */
export type FieldValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | Float32Array
  | Label
  | readonly (JsonValue | bigint | Date)[]
  | { readonly [key: string]: JsonValue };

export interface FieldInfo {
  readonly name: string;
  readonly type: FieldType;
  /** Of a list whose elements are all of one type. */
  readonly elementType?: ScalarType;
  /** Of a vector: how many numbers. */
  readonly dim?: number;
  readonly description?: string;
  readonly readOnly?: boolean;
}
