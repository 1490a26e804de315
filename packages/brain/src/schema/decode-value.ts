import { inflateSync } from "node:zlib";
import type { FieldInfo, FieldValue, ScalarType } from "./field.ts";
import {
  elementLabelType,
  isLabelListType,
  isLabelType,
  labelLists,
  labelMembers,
} from "./label-shape.ts";
import type { Label, Mask, SingleLabelType } from "./labels.ts";
import type { ImageMetadata } from "./sample.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * A column's value as the field's value. Nested values may be JSON texts or the objects of the driver.
 * What is read was written through `encodeValue`: its form is taken for granted.
 */
export function decodeValue(field: FieldInfo, value: unknown): FieldValue | ImageMetadata {
  const { name, type } = field;
  if (value === null || value === undefined) return null;
  if (name === "metadata") return decodeMetadata(nested(value) as JsonObject);
  if (isLabelListType(type)) {
    const { member, element } = labelLists[type];
    const labels = nested(value) as readonly JsonObject[];
    return { type, [member]: labels.map((label) => decodeLabel(element, label)) } as Label & object;
  }
  if (isLabelType(type)) {
    return decodeLabel(elementLabelType(type), nested(value) as JsonObject) as Label & object;
  }
  switch (type) {
    case "dict":
      return nested(value) as FieldValue;
    case "list":
      return decodeList(nested(value) as readonly unknown[], field.elementType);
    case "vector":
      return Float32Array.from(nested(value) as readonly number[]);
    default:
      return decodeScalar(type, value);
  }
}

/** A label of the column's STRUCT. Members without a value are left out. */
export function decodeLabel(type: SingleLabelType, stored: JsonObject): Label & object {
  const label: Record<string, unknown> = { type };
  for (const { name, column, kind } of labelMembers[type]) {
    const value = stored[column];
    if (value === null || value === undefined) continue;
    if (kind === "mask") label[name] = decodeMask(value as JsonObject);
    else if (kind === "json") label[name] = nested(value);
    else label[name] = typeof value === "bigint" ? Number(value) : value;
  }
  return label as Label & object;
}

function decodeScalar(type: ScalarType, value: unknown): boolean | number | bigint | string | Date {
  if (type === "date" || type === "datetime") {
    return value instanceof Date ? value : new Date(Number(value));
  }
  if (type !== "int") return value as boolean | number | string;
  const int = BigInt(value as bigint | number | string);
  const number = Number(int);
  return Number.isSafeInteger(number) ? number : int;
}

function decodeList(values: readonly unknown[], elementType: ScalarType | undefined): FieldValue {
  if (elementType === undefined) return values as FieldValue;
  return values.map((value) => decodeScalar(elementType, value));
}

function decodeMask(stored: JsonObject): Mask {
  return {
    width: Number(stored["width"]),
    height: Number(stored["height"]),
    data: new Uint8Array(inflateSync(Buffer.from(String(stored["deflated"]), "base64"))),
  };
}

function decodeMetadata(stored: JsonObject): ImageMetadata {
  const { size_bytes, mime_type, width, height, num_channels } = stored;
  return {
    ...(size_bytes !== null && { sizeBytes: Number(size_bytes) }),
    ...(mime_type !== null && { mimeType: String(mime_type) }),
    width: Number(width),
    height: Number(height),
    ...(num_channels !== null && { numChannels: Number(num_channels) }),
  };
}

function nested(value: unknown): unknown {
  return typeof value === "string" ? JSON.parse(value) : value;
}
