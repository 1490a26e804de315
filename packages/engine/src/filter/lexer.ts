import { failSyntax } from "./filter-error.ts";

export type TokenKind =
  | "integer"
  | "float"
  | "boolean"
  | "string"
  | "raw-string"
  | "identifier"
  | "symbol"
  | "end";

/** One token. Symbols and keywords are `symbol`, with their canonical spelling as `text`. */
export interface Token {
  readonly kind: TokenKind;
  /** Identifiers and numbers: as written. Strings: what stands between the quotes. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Keywords exist in exactly these spellings; any other casing is an identifier, as in Milvus. */
const words: ReadonlyMap<string, Omit<Token, "start" | "end">> = new Map(
  Object.entries({
    ...spellings("and", "or", "not", "in", "like", "exists"),
    ...Object.fromEntries(
      ["true", "True", "TRUE", "false", "False", "FALSE"].map((word) => [
        word,
        { kind: "boolean" as const, text: word.toLowerCase() },
      ]),
    ),
  }),
);

const symbols: ReadonlyMap<string, string> = new Map([
  ["&&", "and"],
  ["||", "or"],
  ["!", "not"],
  ...["**", "<<", ">>", "<=", ">=", "==", "!=", "=~", "!~"].map(itself),
  ...[..."+-*/%<>&|^~()[]{},=$"].map(itself),
]);

// Milvus reads CJK identifiers; any letter is one here.
const identifier = /[\p{L}_][\p{L}\p{M}\p{N}_]*/uy;
const prefixedString = /(?:u8|[uULrR])["']/y;
const nullCheck = /(?:is null|is not null|IS NULL|IS NOT NULL)(?![\p{L}\p{N}_])/uy;
const float =
  /0[xX](?:[\da-fA-F]*\.[\da-fA-F]+|[\da-fA-F]+\.?)[pP][+-]?\d+|(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+/y;
const integer = /0[xX][\da-fA-F]+|0[bB][01]+|[1-9]\d*|0[0-7]*/y;

/** The token at or after `position`; of kind `end` behind the last. Throws `filter-invalid`. */
export function nextToken(source: string, position: number): Token {
  const start = skipBlank(source, position);
  return start < source.length
    ? tokenAt(source, start)
    : { kind: "end", text: "", start: source.length, end: source.length };
}

export function skipBlank(source: string, start: number): number {
  let position = start;
  while (isBlank(source.charCodeAt(position))) position++;
  return position;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

function tokenAt(source: string, start: number): Token {
  const code = source.charCodeAt(start);
  if (code === 0x22 || code === 0x27) return stringAt(source, start, 1);
  if (isDigit(code) || (code === 0x2e && isDigit(source.charCodeAt(start + 1)))) {
    return numberAt(source, start);
  }
  const word = match(identifier, source, start);
  if (word === undefined) {
    if (source.startsWith("$meta", start)) return token("identifier", "$meta", start, 5);
    return symbolAt(source, start);
  }
  const opening = match(prefixedString, source, start);
  return opening === undefined
    ? wordAt(source, start, word)
    : stringAt(source, start, opening.length);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function stringAt(source: string, start: number, openingLength: number): Token {
  const contentStart = start + openingLength;
  const quote = source.charCodeAt(contentStart - 1);
  for (let i = contentStart; i < source.length; i++) {
    const code = source.charCodeAt(i);
    if (code === quote) {
      const raw = source[start] === "r" || source[start] === "R";
      const text = source.slice(contentStart, i);
      return { kind: raw ? "raw-string" : "string", text, start, end: i + 1 };
    }
    if (code === 0x5c) i++;
    else if (code === 0x0a || code === 0x0d) break;
  }
  return failSyntax(source, "expected the end of the string that begins", start);
}

function wordAt(source: string, start: number, word: string): Token {
  const check = word === "is" || word === "IS" ? match(nullCheck, source, start) : undefined;
  if (check !== undefined) return token("symbol", check.toLowerCase(), start, check.length);
  const known = words.get(word);
  if (known !== undefined) return token(known.kind, known.text, start, word.length);
  return token("identifier", word, start, word.length);
}

function numberAt(source: string, start: number): Token {
  const fraction = match(float, source, start);
  const text = fraction ?? match(integer, source, start) ?? "";
  const end = start + text.length;
  if (isDigit(source.charCodeAt(end)) || match(identifier, source, end) !== undefined) {
    failSyntax(source, "expected a number", start);
  }
  return { kind: fraction === undefined ? "integer" : "float", text, start, end };
}

function symbolAt(source: string, start: number): Token {
  for (const length of [2, 1]) {
    const written = source.slice(start, start + length);
    const text = symbols.get(written);
    if (text !== undefined) return token("symbol", text, start, written.length);
  }
  return failSyntax(source, `unexpected character '${characterAt(source, start)}'`, start);
}

function match(pattern: RegExp, source: string, position: number): string | undefined {
  pattern.lastIndex = position;
  return pattern.exec(source)?.[0];
}

function token(kind: TokenKind, text: string, start: number, length: number): Token {
  return { kind, text, start, end: start + length };
}

function spellings(...keywords: string[]): Record<string, { kind: "symbol"; text: string }> {
  const table: Record<string, { kind: "symbol"; text: string }> = {};
  for (const text of keywords) {
    table[text] = { kind: "symbol", text };
    table[text.toUpperCase()] = { kind: "symbol", text };
  }
  return table;
}

function itself(symbol: string): [string, string] {
  return [symbol, symbol];
}

/** The whole character, also where it has two units. */
function characterAt(source: string, at: number): string {
  return String.fromCodePoint(source.codePointAt(at) ?? 0);
}
