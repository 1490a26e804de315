import { parseJson } from "@redkite/engine";
import type { JsonValue } from "../../schema/labels.ts";

/** JSON in which MongoDB says what plain JSON cannot: `$oid`, `$date`, `$numberLong`, `$binary`. */
export type ExtendedJson = JsonValue;
export type ExtendedObject = { readonly [key: string]: ExtendedJson };

export function isObject(value: unknown): value is ExtendedObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The value of an extended JSON's text. FiftyOne writes all integers plainly: those that a number
 * would round are named here. Throws a `SyntaxError` as `JSON.parse` does.
 */
export function parseExtendedJson(text: string): unknown {
  // Shorter integers are exact.
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  const root = { value: parseJson(text) as unknown };
  const open: object[] = [root];
  for (let holder = open.pop(); holder !== undefined; holder = open.pop()) {
    for (const [key, value] of Object.entries(holder)) {
      if (typeof value === "object" && value !== null) open.push(value);
      // Defined, not assigned: a key may be "__proto__".
      if (typeof value === "bigint") define(holder, key, { $numberLong: String(value) });
    }
  }
  return root.value;
}

function define(holder: object, key: string, value: ExtendedObject): void {
  Object.defineProperty(holder, key, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}

/** The 24 hex digits of an id. */
export function idIn(value: ExtendedJson | undefined): string | undefined {
  if (!isObject(value)) return undefined;
  const id = value["$oid"];
  return typeof id === "string" ? id : undefined;
}

/** A moment: as a text, or as milliseconds. */
export function dateIn(value: ExtendedJson | undefined): Date | undefined {
  if (!isObject(value) || !("$date" in value)) return undefined;
  const time = value["$date"];
  const date = typeof time === "string" ? new Date(time) : new Date(numberIn(time) ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** A number, plain or named. Not a number and the infinities come back as such. */
export function numberIn(value: ExtendedJson | undefined): number | undefined {
  if (typeof value === "number") return value;
  if (!isObject(value)) return undefined;
  for (const key of ["$numberDouble", "$numberInt", "$numberLong"]) {
    const text = value[key];
    if (typeof text === "string") return Number(text);
  }
  return undefined;
}

/** The base64 of bytes, in MongoDB's two ways to write them. */
export function binaryIn(value: ExtendedJson | undefined): string | undefined {
  if (!isObject(value)) return undefined;
  const binary = value["$binary"];
  if (typeof binary === "string") return binary;
  if (!isObject(binary)) return undefined;
  const base64 = binary["base64"];
  return typeof base64 === "string" ? base64 : undefined;
}

export function binary(base64: string): ExtendedObject {
  return { $binary: { base64, subType: "00" } };
}

export function objectId(id: string): ExtendedObject {
  return { $oid: id };
}

export function date(value: Date): ExtendedObject {
  return { $date: value.toISOString() };
}

/** Integers beyond 2^53 by name, so that no reader rounds them. */
export function integer(value: number | bigint): ExtendedJson {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : { $numberLong: value.toString() };
}

/**
 * What plain JSON can say of a value: named numbers become numbers. Ids, dates and bytes stay as they
 * are, so that writing brings them back.
 */
export function plainJson(value: ExtendedJson): JsonValue {
  const number = numberIn(value);
  if (number !== undefined && Number.isFinite(number)) return number;
  if (Array.isArray(value)) return value.map(plainJson);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainJson(inner)]));
}
