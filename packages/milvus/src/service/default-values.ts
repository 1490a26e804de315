import {
  type DataType,
  formatTimestamptz,
  parseTimestamptz,
  type ScalarValue,
} from "@redkite/engine";
import { invalidParameter } from "../errors.ts";
import type { FieldSchema, ValueField } from "../wire/gen/schema_pb.ts";

type ValueCase = NonNullable<ValueField["data"]["case"]>;

/** Where a default value of each type travels in `schema.ValueField`. */
const valueCases: Readonly<Partial<Record<DataType, ValueCase>>> = {
  Bool: "boolData",
  Int8: "intData",
  Int16: "intData",
  Int32: "intData",
  Int64: "longData",
  Float: "floatData",
  Double: "doubleData",
  VarChar: "stringData",
  Timestamptz: "stringData",
};

/** How Milvus names the cases in its errors. */
const caseNames: Readonly<Partial<Record<ValueCase, string>>> = {
  boolData: "DataType_Bool",
  intData: "DataType_Int",
  longData: "DataType_Int64",
  floatData: "DataType_Float",
  doubleData: "DataType_Double",
  stringData: "DataType_VarChar",
};

/** The default value of a field's definition. Throws `MilvusError` for one of another type. */
export function defaultFromWire(
  field: FieldSchema,
  type: DataType,
  timeZone: string,
): ScalarValue | undefined {
  const data = field.defaultValue?.data;
  if (data === undefined || data.case === undefined) return undefined;
  const { name } = field;
  // The Node SDK sends microseconds, the other clients texts.
  if (type === "Timestamptz" && data.case === "timestamptzData") return data.value;
  const expected = valueCases[type];
  if (expected === undefined) {
    throw invalidParameter(`type not support default_value, type:${type}, name:${name}`);
  }
  if (data.case !== expected || data.value instanceof Uint8Array) {
    throw invalidParameter(
      `type (${type}) of field (${name}) is not equal to the type(${caseNames[data.case] ?? data.case}) of default_value`,
    );
  }
  return type === "Timestamptz" ? parseTimestamptz(String(data.value), timeZone) : data.value;
}

/** A default value as `DescribeCollection` shows it. */
export function defaultToWire(
  type: DataType,
  value: ScalarValue,
  timeZone?: string,
): Pick<ValueField, "data"> {
  switch (typeof value) {
    case "boolean":
      return { data: { case: "boolData", value } };
    case "bigint":
      if (type === "Timestamptz") {
        return { data: { case: "stringData", value: formatTimestamptz(value, timeZone) } };
      }
      return type === "Int64"
        ? { data: { case: "longData", value } }
        : { data: { case: "intData", value: Number(value) } };
    case "string":
      return { data: { case: "stringData", value } };
    case "number":
      if (type === "Float") return { data: { case: "floatData", value } };
      if (type === "Double") return { data: { case: "doubleData", value } };
      if (type === "Int64") return { data: { case: "longData", value: BigInt(value) } };
      return { data: { case: "intData", value } };
    default:
      return { data: { case: undefined } };
  }
}
