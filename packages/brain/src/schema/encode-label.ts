import { deflateSync } from "node:zlib";
import { arrayValue, type DuckDBValue, listValue, structValue } from "@duckdb/node-api";
import { BrainError } from "../base/brain-error.ts";
import { isObjectId, newObjectId } from "../base/object-id.ts";
import {
  isLabelListType,
  type LabelMember,
  labelLists,
  labelMembers,
  type MemberKind,
} from "./label-shape.ts";
import type { LabelType, SingleLabelType } from "./labels.ts";

/**
 * A label, or a list of labels, as the value of its column. Labels without an id get one. `path` is
 * for messages. Throws `value-invalid` or `id-invalid` for what is no such label.
 */
export function encodeLabel(type: LabelType, value: unknown, path: string): DuckDBValue {
  const label = objectOf(value, path, `a ${type}`);
  if (label["type"] !== type) throw wrong(path, `a ${type}`, label["type"]);
  if (!isLabelListType(type)) return encodeOne(type, label, path);
  const { member, element } = labelLists[type];
  for (const name of Object.keys(label)) {
    if (name !== "type" && name !== member) throw unknownMember(path, type, name);
  }
  const labels = label[member];
  if (!Array.isArray(labels)) throw wrong(`${path}.${member}`, "a list of labels", labels);
  return listValue(
    labels.map((entry: unknown, index) => {
      const place = `${path}.${member}[${index}]`;
      const inner = objectOf(entry, place, `a ${element}`);
      const innerType = inner["type"];
      if (innerType !== undefined && innerType !== element) throw wrong(place, element, innerType);
      return encodeOne(element, inner, place);
    }),
  );
}

function encodeOne(
  type: SingleLabelType,
  label: Readonly<Record<string, unknown>>,
  path: string,
): DuckDBValue {
  const members = labelMembers[type];
  for (const name in label) {
    if (name !== "type" && !members.some((known) => known.name === name)) {
      throw unknownMember(path, type, name);
    }
  }
  const entries: Record<string, DuckDBValue> = {};
  for (const known of members) entries[known.column] = encodeMember(label[known.name], known, path);
  return structValue(entries);
}

function encodeMember(value: unknown, known: LabelMember, path: string): DuckDBValue {
  if (value === undefined || value === null) {
    if (known.kind === "id") return newObjectId();
    if (!known.isRequired) return null;
  }
  return encoders[known.kind](value, `${path}.${known.name}`);
}

const encoders: Readonly<Record<MemberKind, (value: unknown, path: string) => DuckDBValue>> = {
  id: encodeId,
  text: encodeText,
  bool: (value, path) => {
    if (typeof value !== "boolean") throw wrong(path, "true or false", value);
    return value;
  },
  int: (value, path) => {
    if (!Number.isSafeInteger(value)) throw wrong(path, "a whole number", value);
    return BigInt(Number(value));
  },
  number: encodeNumber,
  texts: (value, path) => listValue(listOf(value, path, "texts").map(each(encodeText, path))),
  numbers: (value, path) => listValue(listOf(value, path, "numbers").map(each(encodeNumber, path))),
  box: (value, path) => encodeTuple(value, path, 4),
  point: encodePoint,
  points: encodePoints,
  shapes: (value, path) =>
    listValue(listOf(value, path, "lists of points").map(each(encodePoints, path))),
  mask: encodeMask,
  json: (value, path) => {
    objectOf(value, path, "an object");
    return encodeJson(value, path);
  },
};

/** How deep JSON may be nested: far less than what overflows a stack, here or in the database. */
const jsonDepthMax = 1000;

/** The text of a JSON value; throws `value-invalid` for what JSON can't say, like NaN or a Date. */
export function encodeJson(value: unknown, path: string): string {
  checkJson(value, path, 0);
  const text = JSON.stringify(value);
  if (text === undefined) throw wrong(path, "a value of JSON", value);
  return text;
}

function checkJson(value: unknown, path: string, depth: number): void {
  if (isJsonScalar(value)) return;
  if (typeof value === "string") throw wrong(path, "a text of whole characters", value);
  if (typeof value === "number") throw wrong(path, "a finite number", value);
  if (typeof value !== "object" || value === null) throw wrong(path, "a value of JSON", value);
  if (depth === jsonDepthMax) {
    const expected = `JSON that is nested at most ${jsonDepthMax} deep, without circles`;
    throw wrong(`${path.slice(0, 40)}...`, expected, value);
  }
  if (Array.isArray(value)) {
    for (const [index, inner] of value.entries()) {
      if (!isJsonScalar(inner)) checkJson(inner, `${path}[${index}]`, depth + 1);
    }
    return;
  }
  // JSON.stringify would make a text of a Date, and {} of a Map.
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw wrong(path, "a value of JSON", value);
  }
  for (const [name, inner] of Object.entries(value)) {
    encodeText(name, path);
    if (!isJsonScalar(inner)) checkJson(inner, `${path}.${name}`, depth + 1);
  }
}

/** Most values are: they are passed without a path being made for them. */
function isJsonScalar(value: unknown): boolean {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value);
    case "string":
      return !loneSurrogate.test(value);
    case "boolean":
    case "undefined":
      return true;
    default:
      return value === null;
  }
}

/** A finite number; throws `value-invalid` for all else. */
export function encodeNumber(value: unknown, path: string): number {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw wrong(path, "a finite number", value);
  }
  return value;
}

/** Half of a character that takes two: UTF-8, and so the database, has no way to write it. */
const loneSurrogate = /\p{Surrogate}/u;

/** A text; throws `value-invalid` for all else, and for half a character, which would change unseen. */
export function encodeText(value: unknown, path: string): string {
  if (typeof value !== "string") throw wrong(path, "a text", value);
  if (loneSurrogate.test(value)) throw wrong(path, "a text of whole characters", value);
  return value;
}

/** An id of 24 hex digits; throws `id-invalid` for all else. */
export function encodeId(value: unknown, path: string): string {
  if (typeof value === "string" && isObjectId(value)) return value;
  throw new BrainError(
    "id-invalid",
    `Cannot store ${path}: ${describe(value)} is no id, which has 24 hex digits in lower case`,
    { details: { path } },
  );
}

/** The error for a value that is not what its place asks for. */
export function wrong(path: string, expected: string, found: unknown): BrainError {
  return new BrainError(
    "value-invalid",
    `Cannot store ${path}: expected ${expected}, found ${describe(found)}`,
    { details: { path, expected } },
  );
}

export function objectOf(
  value: unknown,
  path: string,
  expected: string,
): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong(path, expected, value);
  }
  // Any object can be looked into by name; what is found is checked.
  return value as Readonly<Record<string, unknown>>;
}

function encodePoint(value: unknown, path: string): DuckDBValue {
  return encodeTuple(value, path, 2);
}

function encodePoints(value: unknown, path: string): DuckDBValue {
  return listValue(listOf(value, path, "points").map(each(encodePoint, path)));
}

function encodeTuple(value: unknown, path: string, length: number): DuckDBValue {
  const numbers = listOf(value, path, `${length} numbers`);
  if (numbers.length !== length) throw wrong(path, `${length} numbers`, value);
  return arrayValue(numbers.map(each(encodeNumber, path)));
}

function encodeMask(value: unknown, path: string): DuckDBValue {
  const mask = objectOf(value, path, "a mask");
  const { width, height, data } = mask;
  if (!(data instanceof Uint8Array)) throw wrong(`${path}.data`, "bytes", data);
  for (const [name, size] of Object.entries({ width, height })) {
    if (!Number.isSafeInteger(size)) throw wrong(`${path}.${name}`, "a whole number", size);
  }
  if (Number(width) * Number(height) !== data.length) {
    throw wrong(`${path}.data`, `${String(width)} x ${String(height)} bytes`, data);
  }
  return structValue({
    width: Number(width),
    height: Number(height),
    deflated: deflateSync(data).toString("base64"),
  });
}

function listOf(value: unknown, path: string, of: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(path, `a list of ${of}`, value);
  return value;
}

function each<T>(
  encode: (value: unknown, path: string) => T,
  path: string,
): (value: unknown, index: number) => T {
  return (value, index) => encode(value, `${path}[${index}]`);
}

function unknownMember(path: string, type: LabelType, name: string): BrainError {
  return new BrainError(
    "value-invalid",
    `Cannot store ${path}: a ${type} has no "${name}"; put it into attributes`,
    { details: { path, name } },
  );
}

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 80));
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Date) return "a Date";
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "bigint" ? `${value}n` : String(value);
}
