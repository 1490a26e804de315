import type { JsonValue } from "./json-value.ts";

/** Longer integers are none that a double could stand for: they are infinite, as for `JSON.parse`. */
const digitsMax = 400;

type OpenList = JsonValue[];
type OpenRecord = { [key: string]: JsonValue };

/**
 * Reads a JSON text with every integer exact: a bigint where a double would round it. In time linear
 * in the text, and without recursion. Throws the `SyntaxError` of `JSON.parse`.
 */
export function parseExactJson(text: string): JsonValue {
  // From here on the text is known to be JSON, and whatever is no bracket or comma is a value.
  JSON.parse(text);
  return new ExactReader(text).read();
}

class ExactReader {
  readonly #text: string;
  #at = 0;
  /** The arrays and objects around the place, outermost first, and the keys that their objects wait with. */
  readonly #open: (OpenList | OpenRecord)[] = [];
  readonly #keys: (string | undefined)[] = [];
  #root: JsonValue = null;

  constructor(text: string) {
    this.#text = text;
  }

  read(): JsonValue {
    const text = this.#text;
    while (this.#at < text.length) {
      const char = text[this.#at];
      if (char === "{" || char === "[") this.#begin(char === "{" ? {} : []);
      else if (char === "}" || char === "]") this.#end();
      else if (char === '"') this.#string();
      else if (isBetween(char)) this.#at++;
      else this.#word();
    }
    return this.#root;
  }

  #begin(value: OpenList | OpenRecord): void {
    this.#put(value);
    this.#open.push(value);
    this.#keys.push(undefined);
    this.#at++;
  }

  #end(): void {
    this.#open.pop();
    this.#keys.pop();
    this.#at++;
  }

  #string(): void {
    const start = this.#at;
    let end = start + 1;
    while (this.#text[end] !== '"') end += this.#text[end] === "\\" ? 2 : 1;
    this.#at = end + 1;
    const value: string = JSON.parse(this.#text.slice(start, end + 1));
    const depth = this.#open.length - 1;
    const isKey = depth >= 0 && !isList(this.#open[depth]) && this.#keys[depth] === undefined;
    if (isKey) this.#keys[depth] = value;
    else this.#put(value);
  }

  #word(): void {
    const start = this.#at;
    while (this.#at < this.#text.length && !isDelimiter(this.#text[this.#at])) this.#at++;
    this.#put(valueOfWord(this.#text.slice(start, this.#at)));
  }

  #put(value: JsonValue): void {
    const depth = this.#open.length - 1;
    if (depth < 0) {
      this.#root = value;
      return;
    }
    const parent = this.#open[depth];
    if (isList(parent)) {
      parent.push(value);
      return;
    }
    const key = this.#keys[depth] ?? "";
    this.#keys[depth] = undefined;
    if (key === "__proto__") define(parent, key, value);
    else parent[key] = value;
  }
}

/** A key that an assignment would take for the prototype. */
function define(parent: OpenRecord, key: string, value: JsonValue): void {
  Object.defineProperty(parent, key, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}

function isList(value: OpenList | OpenRecord): value is OpenList {
  return Array.isArray(value);
}

function isBetween(char: string): boolean {
  return char <= " " || char === "," || char === ":";
}

function isDelimiter(char: string): boolean {
  return isBetween(char) || char === "]" || char === "}";
}

function valueOfWord(word: string): JsonValue {
  const isInteger = /^-?\d+$/.test(word);
  if (!isInteger || Number.isSafeInteger(Number(word))) return JSON.parse(word);
  return word.length > digitsMax ? Number(word) : BigInt(word);
}
