import {
  arrayValue,
  DuckDBDateValue,
  type DuckDBValue,
  listValue,
  structValue,
  timestampValue,
} from "@duckdb/node-api";
import { microsecondsOf } from "../store/bind-value.ts";
import {
  encodeJson,
  encodeLabel,
  encodeNumber,
  encodeText,
  objectOf,
  wrong,
} from "./encode-label.ts";
import type { FieldInfo, ScalarType } from "./field.ts";
import { isLabelType } from "./label-shape.ts";

/**
 * A field's value as the value of its column; `null` and `undefined` are NULL. Throws `value-invalid`,
 * naming the field and what was found, for what the field can't hold.
 */
export function encodeValue(field: FieldInfo, value: unknown): DuckDBValue {
  const { name, type } = field;
  if (value === null || value === undefined) return null;
  if (name === "metadata") return encodeMetadata(value);
  if (isLabelType(type)) return encodeLabel(type, value, name);
  switch (type) {
    case "dict":
      objectOf(value, name, "an object");
      return encodeJson(value, name);
    case "list":
      return encodeList(field, value);
    case "vector":
      return encodeVector(field, value);
    default:
      return encodeScalar(type, value, name);
  }
}

function encodeScalar(type: ScalarType, value: unknown, path: string): DuckDBValue {
  switch (type) {
    case "bool":
      if (typeof value !== "boolean") throw wrong(path, "true or false", value);
      return value;
    case "int":
      return encodeInt(value, path);
    case "float":
      return encodeNumber(value, path);
    case "string":
      return encodeText(value, path);
    case "date":
      return encodeDate(value, path);
    case "datetime":
      if (!(value instanceof Date)) throw wrong(path, "a Date", value);
      return timestampValue(microsecondsOf(value));
  }
}

function encodeInt(value: unknown, path: string): bigint {
  if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) return value;
  if (!Number.isSafeInteger(value)) {
    throw wrong(path, "a whole number (beyond 2^53 a bigint, of 64 bits)", value);
  }
  return BigInt(Number(value));
}

function encodeDate(value: unknown, path: string): DuckDBValue {
  if (!(value instanceof Date)) throw wrong(path, "a Date", value);
  const days = Number(microsecondsOf(value) / 1000n) / 86_400_000;
  if (!Number.isInteger(days)) throw wrong(path, "a day (a Date at midnight UTC)", value);
  return new DuckDBDateValue(days);
}

function encodeList(field: FieldInfo, value: unknown): DuckDBValue {
  const { name, elementType } = field;
  if (!Array.isArray(value)) throw wrong(name, "a list", value);
  if (elementType === undefined) return encodeJson(value, name);
  return listValue(
    value.map((element: unknown, index) => encodeScalar(elementType, element, `${name}[${index}]`)),
  );
}

function encodeVector(field: FieldInfo, value: unknown): DuckDBValue {
  const { name, dim } = field;
  if (!(value instanceof Float32Array) && !Array.isArray(value))
    throw wrong(name, "a vector", value);
  if (value.length !== dim) throw wrong(name, `a vector of ${dim} numbers`, value);
  const numbers = Array.from(value, (number: unknown, index) => {
    const single = Math.fround(encodeNumber(number, `${name}[${index}]`));
    if (!Number.isFinite(single)) throw wrong(`${name}[${index}]`, "a number of 32 bits", number);
    return single;
  });
  return arrayValue(numbers);
}

const metadataMembers = ["sizeBytes", "mimeType", "width", "height", "numChannels"];

function encodeMetadata(value: unknown): DuckDBValue {
  const metadata = objectOf(value, "metadata", "an object");
  for (const name of Object.keys(metadata)) {
    if (!metadataMembers.includes(name)) throw wrong("metadata", metadataMembers.join(", "), name);
  }
  const { sizeBytes = null, mimeType = null, numChannels = null } = metadata;
  const int = (name: string): bigint => encodeInt(metadata[name], `metadata.${name}`);
  return structValue({
    size_bytes: sizeBytes === null ? null : int("sizeBytes"),
    mime_type: mimeType === null ? null : encodeText(mimeType, "metadata.mimeType"),
    width: int("width"),
    height: int("height"),
    num_channels: numChannels === null ? null : int("numChannels"),
  });
}
