import { parseExactJson } from "./exact-json.ts";
import type { JsonValue } from "./json-value.ts";

export type { JsonValue };

/** Only texts with an integer of so many digits can hold one that a double rounds. */
const longInteger = /(?:^|[[,:\s])-?\d{16,}(?![\d.eE])/;

/** Like `JSON.parse`, but exact for integers of any size. Throws `SyntaxError`. */
export function parseJson(text: string): JsonValue {
  if (!longInteger.test(text)) return JSON.parse(text) as JsonValue;
  return parseExactJson(text);
}

/**
 * Like `JSON.stringify`, with bigints as integers of all their digits and typed arrays as arrays.
 * Answers `undefined` for what JSON has no form for.
 */
export function stringifyJson(value: unknown): string | undefined {
  let hasBigint = false;
  const plain = (_key: string, item: unknown): unknown => {
    if (typeof item === "bigint") hasBigint = true;
    return typeof item === "bigint" ? String(item) : toPlainArray(item);
  };
  const text: string | undefined = JSON.stringify(value, plain);
  if (!hasBigint || text === undefined) return text;
  return exactTextOf(value, "");
}

/** As `JSON.stringify` writes it, which has shown that it can: there is no circle in the value. */
function exactTextOf(given: unknown, key: string): string | undefined {
  const value = toPlainArray(hasToJson(given) ? given.toJSON(key) : given);
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null || isBoxed(value)) return JSON.stringify(value);
  if (Array.isArray(value)) {
    // Not `map`, which passes holes over.
    const items = Array.from(value, (item, i) => exactTextOf(item, String(i)) ?? "null");
    return `[${items.join()}]`;
  }
  const members = Object.entries(value).flatMap(([name, item]) => {
    const text = exactTextOf(item, name);
    return text === undefined ? [] : `${JSON.stringify(name)}:${text}`;
  });
  return `{${members.join()}}`;
}

function hasToJson(value: unknown): value is { toJSON(key: string): unknown } {
  if (typeof value !== "object" || value === null || !("toJSON" in value)) return false;
  return typeof value.toJSON === "function";
}

function isBoxed(value: object): boolean {
  return value instanceof Number || value instanceof String || value instanceof Boolean;
}

function toPlainArray(item: unknown): unknown {
  return isTypedArray(item) ? Array.from(item) : item;
}

function isTypedArray(item: unknown): item is ArrayLike<number | bigint> {
  return ArrayBuffer.isView(item) && !(item instanceof DataView);
}
