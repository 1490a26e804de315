import { decodeLabel, decodeValue } from "../schema/decode-value.ts";
import type { FieldValue } from "../schema/field.ts";
import { isLabelListType, isSingleLabelType } from "../schema/label-shape.ts";
import type { ImageMetadata } from "../schema/sample.ts";
import type { SqlValue } from "../store/sql-value.ts";
import type { ValueType } from "./value-type.ts";

/** What an expression gives for one sample: a value of a field, or lists of them. */
export type ResultValue = FieldValue | ImageMetadata | readonly ResultValue[];

/** A value that SQL answers for an expression of the type, as the user sees it. */
export function decodeResult(type: ValueType, value: SqlValue | undefined): ResultValue {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case "number": {
      if (typeof value !== "bigint") return value as number;
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : value;
    }
    case "json":
      return typeof value === "string" ? JSON.parse(value) : null;
    case "list": {
      const { field, step, element } = type;
      if (field !== undefined && step !== undefined && isLabelListType(field.type)) {
        return decodeValue(field, value);
      }
      return Array.isArray(value) ? value.map((item) => decodeResult(element, item)) : null;
    }
    case "struct": {
      const { field } = type;
      if (field === undefined) return value as FieldValue;
      return isSingleLabelType(field.type)
        ? decodeLabel(field.type, value as Readonly<Record<string, unknown>>)
        : decodeValue(field, value);
    }
    default:
      // Truth values, texts and dates are what they are.
      return value as boolean | string | Date;
  }
}
