import { EngineError } from "../base/errors.ts";
import type { Field } from "./collection-schema.ts";
import { infoOf } from "./data-type.ts";

/** Throws `schema-invalid` unless the field may have the default value that it declares. */
export function checkDefault(field: Field): void {
  const { name, type, defaultValue } = field;
  if (defaultValue === undefined) return;
  if (field.primaryKey) {
    throw invalid(`primary field not support default_value, name: ${name}`, field);
  }
  if (!infoOf(type).canHaveDefault) {
    throw invalid(`type not support default_value, type:${type}, name:${name}`, field);
  }
  if (!fits(field, defaultValue)) {
    throw invalid(
      `type (${type}) of field (${name}) is not equal to the type(${valueTypes[typeof defaultValue] ?? typeof defaultValue}) of default_value`,
      field,
    );
  }
  const length = typeof defaultValue === "string" ? Buffer.byteLength(defaultValue) : 0;
  if (field.maxLength !== undefined && length > field.maxLength) {
    throw invalid(
      `the length (${length}) of string exceeds max length (${field.maxLength})`,
      field,
    );
  }
}

function fits(field: Field, value: NonNullable<Field["defaultValue"]>): boolean {
  const { family, range } = infoOf(field.type);
  switch (family) {
    case "bool":
      return typeof value === "boolean";
    case "string":
      return typeof value === "string";
    case "timestamp":
      return typeof value === "bigint";
    case "float":
      return typeof value === "number" && Number.isFinite(value);
    case "integer": {
      const isInteger = typeof value === "bigint" || Number.isSafeInteger(value);
      if (!isInteger || range === undefined) return false;
      const exact = BigInt(value as bigint | number);
      return exact >= range[0] && exact <= range[1];
    }
    default:
      return false;
  }
}

/** How Milvus names the types of values in this error. */
const valueTypes: Readonly<Record<string, string>> = {
  boolean: "DataType_Bool",
  number: "DataType_Double",
  bigint: "DataType_Int64",
  string: "DataType_VarChar",
};

function invalid(message: string, field: Field): EngineError {
  return new EngineError("schema-invalid", message, { details: { field: field.name } });
}
