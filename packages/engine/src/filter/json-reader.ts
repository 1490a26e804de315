import { firstItem, hasEscape, nextElement, skipJson, stringAt } from "./json-scan.ts";
import type { JsonValue } from "./json-value.ts";
import { maxNestingDepth } from "./limits.ts";

/**
 * Lists in a filter nest no deeper, so nothing below this can be equal to one: the reader stops
 * there, and no JSON text can exhaust the stack.
 */
const maxDepth = maxNestingDepth + 1;

/** Stands for every object: no constant of the language equals one, whatever is in it. */
const anyObject: JsonValue = new Map();

/** Longest integer whose digits a double holds exactly. */
const exactDigits = 15;

/**
 * The value that begins at `start` of the JSON text that ends at `end`, as far as a filter can
 * tell values apart: objects and what is nested too deeply come without their content. Integers
 * are bigints where `integers` is `"bigint"`; else only those that a double may round are.
 */
export function readJson(
  bytes: Buffer,
  start: number,
  end: number,
  integers: "bigint" | "any",
): JsonValue {
  return readValue(bytes, start, end, { integers, depth: 0 });
}

interface Options {
  readonly integers: "bigint" | "any";
  readonly depth: number;
}

function readValue(bytes: Buffer, start: number, end: number, options: Options): JsonValue {
  switch (bytes[start]) {
    case 0x7b: // {
      return anyObject;
    case 0x5b: // [
      return options.depth < maxDepth ? readArray(bytes, start, end, options) : anyObject;
    case 0x22: // "
      return readString(bytes, start);
    case 0x74: // t
      return true;
    case 0x66: // f
      return false;
    case 0x6e: // n
      return null;
    default:
      return readNumber(bytes, start, Math.min(end, skipJson(bytes, start)), options.integers);
  }
}

function readArray(
  bytes: Buffer,
  start: number,
  end: number,
  { integers, depth }: Options,
): readonly JsonValue[] {
  const elements: JsonValue[] = [];
  for (let at = firstItem(bytes, start); at >= 0; at = nextElement(bytes, at)) {
    elements.push(readValue(bytes, at, end, { integers, depth: depth + 1 }));
  }
  return elements;
}

function readString(bytes: Buffer, start: number): string {
  const end = skipJson(bytes, start);
  if (hasEscape(bytes, start, end)) return stringAt(bytes, start, end);
  return bytes.toString("utf8", start + 1, end - 1);
}

function readNumber(
  bytes: Buffer,
  start: number,
  end: number,
  integers: "bigint" | "any",
): bigint | number {
  if (integers === "any" && end - start <= exactDigits) {
    const value = shortInteger(bytes, start, end);
    if (value !== undefined) return value;
  }
  const text = bytes.toString("latin1", start, end);
  return /^-?\d+$/.test(text) ? BigInt(text) : Number(text);
}

/** The number if all its bytes are digits, with a sign before them or not. */
function shortInteger(bytes: Buffer, start: number, end: number): number | undefined {
  const isNegative = bytes[start] === 0x2d;
  let value = 0;
  for (let i = isNegative ? start + 1 : start; i < end; i++) {
    const digit = bytes[i] - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return isNegative ? -value : value;
}
