const encoder = new TextEncoder();
const decoder = new TextDecoder();

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** A step of a path, ready to be looked for in JSON text. */
export interface JsonStep {
  readonly key: string;
  /** The key in UTF-8, which is how it stands in the text unless it is escaped there. */
  readonly bytes: Uint8Array;
  /** What the step means in an array: an index, or nothing (-1). */
  readonly index: number;
}

/** A JSON pointer's rule: a step that reads as a number is an index where it meets an array. */
export function jsonStepOf(key: string): JsonStep {
  const index = /^(?:0|[1-9]\d*)$/.test(key) ? Number(key) : -1;
  return { key, bytes: encoder.encode(key), index };
}

/**
 * Where the value at a path begins in the JSON text that begins at `start`, or -1. Nothing is
 * parsed on the way and nothing is allocated. The text is known to be JSON: it was checked when it
 * was inserted. Of a repeated key the first one counts, as for Milvus's parser (simdjson).
 */
export function findJson(bytes: Uint8Array, start: number, path: readonly JsonStep[]): number {
  let at = skipBlank(bytes, start);
  for (let i = 0; i < path.length && at >= 0; i++) at = enter(bytes, at, path[i]);
  return at;
}

/** Where the value of a step begins in the object or array at `at`. */
function enter(bytes: Uint8Array, at: number, step: JsonStep): number {
  if (bytes[at] === openBrace) return memberOf(bytes, at, step);
  return bytes[at] === openBracket && step.index >= 0 ? elementOf(bytes, at, step.index) : -1;
}

function memberOf(bytes: Uint8Array, object: number, step: JsonStep): number {
  let at = skipBlank(bytes, object + 1);
  while (bytes[at] === quote) {
    const keyEnd = skipString(bytes, at);
    // Past the colon.
    const value = skipBlank(bytes, skipBlank(bytes, keyEnd) + 1);
    if (isKey(bytes, at + 1, keyEnd - 1, step)) return value;
    at = nextItem(bytes, value);
  }
  return -1;
}

function elementOf(bytes: Uint8Array, array: number, index: number): number {
  let at = firstItem(bytes, array);
  for (let i = 0; at >= 0 && i < index; i++) at = nextElement(bytes, at);
  return at;
}

/** Where the first element of the array at `array` begins, or -1. */
export function firstItem(bytes: Uint8Array, array: number): number {
  const at = skipBlank(bytes, array + 1);
  return bytes[at] === closeBracket ? -1 : at;
}

/** Where the element after the one at `at` begins, or -1. */
export function nextElement(bytes: Uint8Array, at: number): number {
  const next = nextItem(bytes, at);
  return bytes[next] === closeBracket ? -1 : next;
}

/** What stands behind the value at `at` and its comma. */
function nextItem(bytes: Uint8Array, at: number): number {
  const next = skipBlank(bytes, skipJson(bytes, at));
  return bytes[next] === comma ? skipBlank(bytes, next + 1) : next;
}

function isKey(bytes: Uint8Array, start: number, end: number, step: JsonStep): boolean {
  if (!hasEscape(bytes, start, end)) {
    const wanted = step.bytes;
    if (end - start !== wanted.length) return false;
    for (let i = 0; i < wanted.length; i++) if (bytes[start + i] !== wanted[i]) return false;
    return true;
  }
  return stringAt(bytes, start - 1, end + 1) === step.key;
}

/** Whether what stands between the quotes of a string is not its value as it is. */
export function hasEscape(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] === backslash) return true;
  return false;
}

/** The value of the string `bytes[start .. end]`, quotes included. */
export function stringAt(bytes: Uint8Array, start: number, end: number): string {
  return JSON.parse(decoder.decode(bytes.subarray(start, end)));
}

/**
 * Whether the value at `at` holds anything: some scalar other than null, at any depth. Objects and
 * arrays without one do not exist, for Milvus. Does not recurse, so any depth will do.
 */
export function holdsJson(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const byte = bytes[at];
    if (byte === quote) {
      const next = skipString(bytes, at);
      at = skipBlank(bytes, next);
      // With a colon behind it, it is a key.
      if (at >= end || bytes[at] !== colon) return true;
    } else if (isWordByte(byte) && byte !== openBrace && byte !== openBracket) {
      // The n of null.
      if (byte !== 0x6e) return true;
      at = skipWord(bytes, at);
    } else {
      at++;
    }
  }
  return false;
}

function skipBlank(bytes: Uint8Array, start: number): number {
  let at = start;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return at;
}

/** Where the string that opens at `start` ends: past its closing quote. */
function skipString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at + 1;
}

/**
 * Where the value that begins at `start` ends. A number that is a whole text ends with the text,
 * which is the caller's to know: the bytes of another may follow.
 */
export function skipJson(bytes: Uint8Array, start: number): number {
  const first = bytes[start];
  if (first === quote) return skipString(bytes, start);
  if (first !== openBrace && first !== openBracket) return skipWord(bytes, start);
  let depth = 0;
  let at = start;
  do {
    const byte = bytes[at];
    if (byte === quote) {
      at = skipString(bytes, at);
      continue;
    }
    if (byte === openBrace || byte === openBracket) depth++;
    else if (byte === closeBrace || byte === closeBracket) depth--;
    at++;
  } while (depth > 0 && at < bytes.length);
  return at;
}

/** Where a number, `true`, `false` or `null` ends. */
function skipWord(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && isWordByte(bytes[at])) at++;
  return at;
}

/** Digits, letters, and the signs and the point of numbers: none of what may follow a word. */
function isWordByte(byte: number): boolean {
  return (
    byte > 0x2a && byte !== comma && byte !== colon && byte !== closeBracket && byte !== closeBrace
  );
}
