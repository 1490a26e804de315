import { BrainError } from "../base/brain-error.ts";

/** Values of one key of a JSON file's object: some elements of its array, or its only value. */
export interface JsonPart {
  /** The key in the file's object; `""` when the file is an array. */
  readonly key: string;
  /** The elements, in order; one value when the key's value is no array. */
  readonly values: readonly unknown[];
  readonly isArray: boolean;
  /** The line that the element of that place begins in, from 1. */
  lineOf(index: number): number;
}

const newline = 0x0a;
const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;

type State = "start" | "key" | "colon" | "value" | "elements" | "end";

/** Gives a JSON text's value. Throws a `SyntaxError` as `JSON.parse` does. */
export type ParseJson = (text: string) => unknown;

/**
 * Reads a JSON file that is an object of large arrays (or one array), a part at a time: neither the
 * text nor the values have to fit into memory. Each key's own elements do one by one.
 * Throws `format-invalid` with the line of the first mistake.
 */
export async function* readJsonParts(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  parse: ParseJson = JSON.parse,
): AsyncGenerator<JsonPart> {
  const scanner = new JsonScanner(file, parse);
  for await (const chunk of chunks) yield* scanner.push(chunk);
  scanner.end();
}

class JsonScanner {
  readonly #file: string;
  readonly #parseJson: ParseJson;
  #text = Buffer.alloc(0);
  /** Where the scan goes on, the value that it is in began, and the line that this began in. */
  #at = 0;
  #start = 0;
  #line = 1;
  #state: State = "start";
  #key = "";
  /** How many brackets are open inside the value or element. */
  #depth = 0;
  #inString = false;
  #rootIsArray = false;
  #parts: JsonPart[] = [];
  /** The end of the last whole element: what is before it can be parsed. */
  #lastComma = -1;
  #sawElement = false;

  constructor(file: string, parse: ParseJson) {
    this.#file = file;
    this.#parseJson = parse;
  }

  push(chunk: Uint8Array): JsonPart[] {
    const rest = this.#text.subarray(this.#start);
    this.#text = Buffer.concat([rest, chunk]);
    this.#at -= this.#start;
    if (this.#lastComma !== -1) this.#lastComma -= this.#start;
    this.#start = 0;
    this.#scan();
    if (this.#state === "elements" && this.#lastComma !== -1) this.#takeElements(this.#lastComma);
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }

  end(): void {
    if (this.#state === "end") return;
    this.#fail("the file ends too early", this.#text.length);
  }

  #scan(): void {
    const text = this.#text;
    while (this.#at < text.length) {
      if (this.#inString && !this.#skipString()) return;
      if (this.#at >= text.length) return;
      const byte = text[this.#at];
      if (this.#state === "elements") this.#inElements(byte);
      else if (this.#state === "value") this.#inValue(byte);
      else this.#between(byte);
      this.#at++;
    }
  }

  /** Goes on behind the string's end; `false` when the chunk ends first. */
  #skipString(): boolean {
    let end = this.#text.indexOf(quote, this.#at);
    while (end !== -1) {
      let escapes = 0;
      while (this.#text[end - 1 - escapes] === backslash) escapes++;
      if (escapes % 2 === 0) break;
      end = this.#text.indexOf(quote, end + 1);
    }
    if (end === -1) {
      // A backslash at the chunk's end belongs to what follows.
      let at = this.#text.length;
      while (at > this.#at && this.#text[at - 1] === backslash) at--;
      this.#at = at;
      return false;
    }
    this.#inString = false;
    this.#at = end + 1;
    if (this.#state === "key") this.#takeKey(end + 1);
    return true;
  }

  #between(byte: number): void {
    if (byte === newline || byte === 0x20 || byte === 0x0d || byte === 0x09) return;
    // A mark of byte order before the text.
    if (this.#state === "start" && (byte === 0xef || byte === 0xbb || byte === 0xbf)) return;
    const char = String.fromCharCode(byte);
    if (this.#state === "start" && char === "{") this.#state = "key";
    else if (this.#state === "start" && char === "[") {
      this.#rootIsArray = true;
      this.#beginElements();
    } else if (this.#state === "key" && byte === quote) {
      this.#moveStart(this.#at);
      this.#inString = true;
    } else if (this.#state === "key" && char === "}") this.#state = "end";
    else if (this.#state === "colon" && byte === colon) {
      this.#state = "value";
      this.#moveStart(this.#at + 1);
    } else {
      const expected = { start: '"{" or "["', key: "a key", colon: '":"', end: "the end" };
      // The other states do not come here.
      const state = this.#state as keyof typeof expected;
      this.#fail(`expected ${expected[state]}, found ${JSON.stringify(char)}`, this.#at);
    }
  }

  #takeKey(end: number): void {
    this.#key = String(this.#parse(this.#text.toString("utf8", this.#start, end)));
    this.#state = "colon";
  }

  #inValue(byte: number): void {
    if (byte === quote) this.#inString = true;
    else if (byte === 0x5b && this.#depth === 0) this.#beginElements();
    else if (byte === 0x5b || byte === 0x7b) this.#depth++;
    else if (byte === 0x5d || (byte === 0x7d && this.#depth > 0)) this.#depth--;
    else if (this.#depth === 0 && (byte === comma || byte === 0x7d)) {
      const text = this.#text.toString("utf8", this.#start, this.#at).trim();
      if (text !== "") this.#emit([this.#parse(text)], false, () => []);
      this.#state = byte === comma ? "key" : "end";
      this.#moveStart(this.#at + 1);
    }
  }

  #beginElements(): void {
    this.#state = "elements";
    this.#sawElement = false;
    this.#lastComma = -1;
    this.#moveStart(this.#at + 1);
  }

  #inElements(byte: number): void {
    if (byte === quote) this.#inString = true;
    else if (byte === 0x5b || byte === 0x7b) this.#depth++;
    else if (byte === comma && this.#depth === 0) this.#lastComma = this.#at;
    else if (byte === 0x5d && this.#depth === 0) {
      this.#takeElements(this.#at);
      this.#state = this.#rootIsArray ? "end" : "value";
    } else if (byte === 0x5d || byte === 0x7d) this.#depth--;
  }

  /** Parses the elements before `end`, which is a comma or the array's end. */
  #takeElements(end: number): void {
    const text = this.#text.toString("utf8", this.#start, end);
    const isLast = this.#text[end] !== comma;
    if (text.trim() !== "" || this.#sawElement || !isLast) {
      const values = this.#parseElements(text);
      this.#emit(values, true, () => startsOfElements(text));
    } else {
      this.#emit([], true, () => []);
    }
    this.#sawElement = true;
    this.#lastComma = -1;
    this.#moveStart(end + 1);
  }

  #parseElements(text: string): unknown[] {
    try {
      if (text.trim() === "") throw new SyntaxError("an element is missing");
      // An array's text is an array's values.
      return this.#parseJson(`[${text}]`) as unknown[];
    } catch (error) {
      const starts = startsOfElements(text);
      for (const [index, { element }] of elementsOf(text).entries()) {
        this.#parse(element, starts[index]);
      }
      throw this.#error(String(error), 0);
    }
  }

  #parse(text: string, lines = 0): unknown {
    try {
      return this.#parseJson(text);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw this.#error(reason, lines);
    }
  }

  #emit(values: readonly unknown[], isArray: boolean, starts: () => number[]): void {
    const first = this.#line;
    let lines: number[] | undefined;
    this.#parts.push({
      key: this.#key,
      values,
      isArray,
      lineOf: (index) => {
        lines ??= starts();
        return first + (lines[index] ?? 0);
      },
    });
  }

  #moveStart(to: number): void {
    for (let at = this.#text.indexOf(newline, this.#start); at !== -1 && at < to; ) {
      this.#line++;
      at = this.#text.indexOf(newline, at + 1);
    }
    this.#start = to;
  }

  #fail(reason: string, at: number): never {
    this.#moveStart(at);
    throw this.#error(reason, 0);
  }

  #error(reason: string, lines: number): BrainError {
    const line = this.#line + lines;
    return new BrainError("format-invalid", `${this.#file}:${line}: not JSON: ${reason}`, {
      details: { file: this.#file, line },
    });
  }
}

/** The elements of an array's text, with the place where each begins. */
function elementsOf(text: string): { at: number; element: string }[] {
  const elements: { at: number; element: string }[] = [];
  let depth = 0;
  let start = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (inString) {
      if (char === "\\") at++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === "[" || char === "{") depth++;
    else if (char === "]" || char === "}") depth--;
    else if (char === "," && depth === 0) {
      elements.push({ at: start, element: text.slice(start, at) });
      start = at + 1;
    }
  }
  elements.push({ at: start, element: text.slice(start) });
  return elements;
}

function startsOfElements(text: string): number[] {
  let line = 0;
  let counted = 0;
  return elementsOf(text).map(({ at, element }) => {
    const start = at + element.length - element.trimStart().length;
    line += countLines(text.slice(counted, start));
    counted = start;
    return line;
  });
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}
