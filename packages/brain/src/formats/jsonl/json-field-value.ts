import { deflateSync, inflateSync } from "node:zlib";
import type { FieldInfo, FieldValue, ScalarType } from "../../schema/field.ts";
import type { JsonValue } from "../../schema/labels.ts";
import { isLabel } from "../sample-labels.ts";

/**
 * A field's value as JSON: moments as ISO texts, integers beyond 2^53 as texts, vectors as lists,
 * the bytes of masks deflated, in base64. With the field's type, {@link valueOfJson} undoes it.
 */
export function jsonOfValue(value: FieldValue): JsonValue {
  if (value instanceof Float32Array) return Array.from(value);
  if (isLabel(value)) return jsonOfLabel(value);
  if (Array.isArray(value)) return value.map(jsonOfElement);
  return jsonOfElement(value as Exclude<FieldValue, Float32Array | readonly unknown[]>);
}

function jsonOfElement(value: unknown): JsonValue {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "bigint") return value.toString();
  // The other values of fields are JSON.
  return value as JsonValue;
}

function jsonOfLabel(value: object): JsonValue {
  const text = JSON.stringify(value, (_, member: unknown) =>
    member instanceof Uint8Array ? deflateSync(member).toString("base64") : member,
  );
  return JSON.parse(text) as JsonValue;
}

/** The value of a field that JSON holds. Without a field, values are what JSON shows. */
export function valueOfJson(json: JsonValue, field: FieldInfo | undefined): FieldValue {
  if (json === null) return null;
  if (isLabel(json)) return labelOfJson(json) as FieldValue;
  if (field === undefined) return json;
  if (field.type === "vector" && Array.isArray(json)) {
    return Float32Array.from(json as readonly number[]);
  }
  if (field.type === "list" && Array.isArray(json)) {
    const { elementType } = field;
    if (elementType === undefined) return json;
    return json.map((element: JsonValue) => scalarOfJson(element, elementType));
  }
  return isScalarType(field.type) ? scalarOfJson(json, field.type) : json;
}

const scalarTypes = ["bool", "int", "float", "string", "date", "datetime"];

function isScalarType(type: string): type is ScalarType {
  return scalarTypes.includes(type);
}

function scalarOfJson(json: JsonValue, type: ScalarType): JsonValue | bigint | Date {
  if (typeof json !== "string") return json;
  if (type === "date" || type === "datetime") return new Date(json);
  return type === "int" && /^-?\d+$/.test(json) ? BigInt(json) : json;
}

/** More than any image has pixels. */
const maskBytesMax = 2 ** 28;

/** The label with its masks' bytes, at whatever depth. */
function labelOfJson(json: JsonValue): unknown {
  if (Array.isArray(json)) return json.map(labelOfJson);
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [
      name,
      name === "mask" ? maskOfJson(value) : name === "attributes" ? value : labelOfJson(value),
    ]),
  );
}

function maskOfJson(mask: JsonValue): unknown {
  if (typeof mask !== "object" || mask === null || !("data" in mask)) return mask;
  const { width, height, data } = mask;
  if (typeof data !== "string" || typeof width !== "number" || typeof height !== "number") {
    return mask;
  }
  // A few bytes may say that they are gigabytes.
  const maxOutputLength = Math.min(Math.max(width * height, 1), maskBytesMax);
  return {
    ...mask,
    data: new Uint8Array(inflateSync(Buffer.from(data, "base64"), { maxOutputLength })),
  };
}
