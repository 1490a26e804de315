/**
 * What a piece of SQL text is. `unterminated` is a string, a quoted name or a comment that runs to the end of the text
 * without its closing mark.
 */
export type SqlTokenKind =
  | "space"
  | "comment"
  | "word"
  | "quoted"
  | "string"
  | "dollar-string"
  | "number"
  | "variable"
  | "bind"
  | "stage"
  | "file"
  | "symbol"
  | "unterminated";

/** A piece of SQL text. The texts of all tokens, joined, are the source: nothing is lost or normalised. */
export interface SqlToken {
  readonly kind: SqlTokenKind;
  readonly text: string;
  /** Where it begins in the source, in UTF-16 code units from 0. */
  readonly offset: number;
}

interface Rule {
  readonly kind: SqlTokenKind;
  readonly pattern: RegExp;
}

/**
 * In order of precedence: the first that matches wins. `file://` comes before the comment that `//` begins, and a
 * stage's path (`@db.schema.stage/folder`) is one token because its parts are not SQL.
 */
const rules: readonly Rule[] = [
  { kind: "space", pattern: /[\s\uFEFF]+/y },
  { kind: "comment", pattern: /--[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\//y },
  { kind: "file", pattern: /file:\/\/[^\s;]*/iy },
  { kind: "string", pattern: /'(?:[^'\\]|''|\\[\s\S])*'/y },
  { kind: "quoted", pattern: /"(?:[^"]|"")*"/y },
  { kind: "dollar-string", pattern: /\$\$[\s\S]*?\$\$/y },
  { kind: "unterminated", pattern: /(?:'|"|\$\$|\/\*)[\s\S]*/y },
  { kind: "stage", pattern: /@(?:"(?:[^"]|"")*"|[^\s;,()'"])+/y },
  { kind: "number", pattern: /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y },
  { kind: "word", pattern: /[\p{L}_][\p{L}\p{N}_$]*/uy },
  { kind: "variable", pattern: /\$[\p{L}\p{N}_]+/uy },
  { kind: "bind", pattern: /\?/y },
  { kind: "symbol", pattern: /=>|::|\|\||<>|!=|<=|>=|./suy },
];

/** Cuts SQL text into tokens. It never fails: what is no SQL comes out as symbols or as one `unterminated` token. */
export function tokenize(source: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  let offset = 0;
  while (offset < source.length) {
    const token = tokenAt(source, offset);
    tokens.push(token);
    offset += token.text.length;
  }
  return tokens;
}

/** The token that begins at an offset within the source. */
export function tokenAt(source: string, offset: number): SqlToken {
  for (const { kind, pattern } of rules) {
    pattern.lastIndex = offset;
    const text = pattern.exec(source)?.[0];
    if (text !== undefined && text.length > 0) return { kind, text, offset };
  }
  // Half of a surrogate pair matches no pattern with the flag `u`.
  return { kind: "symbol", text: source.charAt(offset), offset };
}

/** Whether a token says nothing: white space or a comment. */
export function isBlank(token: SqlToken): boolean {
  return token.kind === "space" || token.kind === "comment";
}

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  b: "\b",
  f: "\f",
  "0": "\0",
};

/** What a literal stands for: a token of kind `string` (escapes resolved) or `dollar-string` (verbatim). */
export function literalValue(token: SqlToken): string {
  if (token.kind === "dollar-string") return token.text.slice(2, -2);
  return token.text
    .slice(1, -1)
    .replaceAll(
      /''|\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([\s\S]))/g,
      (_match, hex: string | undefined, unicode: string | undefined, other: string | undefined) => {
        const code = hex ?? unicode;
        if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
        return other === undefined ? "'" : (escapes[other] ?? other);
      },
    );
}

/** The name that a token of kind `word` (folded to upper case) or `quoted` (as written) stands for. */
export function nameValue(token: SqlToken): string {
  return token.kind === "quoted"
    ? token.text.slice(1, -1).replaceAll('""', '"')
    : token.text.toUpperCase();
}
