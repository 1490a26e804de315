const encoder = new TextEncoder();

/** One code point, any. */
const anyOne: unique symbol = Symbol("_");
/** Any number of code points. */
const anyRun: unique symbol = Symbol("%");

type Piece = string | typeof anyOne | typeof anyRun;

/**
 * A pattern of `like`. Most patterns are one literal with `%` around it, and need no matcher.
 * In a general pattern `codes` has literal bytes of UTF-8, {@link anyOneCode} and {@link anyRunCode}.
 */
export type LikePattern = LiteralPattern | GeneralPattern;

interface LiteralPattern {
  readonly kind: "equal" | "prefix" | "suffix" | "contains";
  readonly pattern: string;
  readonly literal: Uint8Array;
}

interface GeneralPattern {
  readonly kind: "general";
  readonly pattern: string;
  readonly codes: Int16Array;
}

/** Stands for `_` among the codes of a general pattern. */
export const anyOneCode = 256;
/** Stands for `%` among the codes of a general pattern. */
export const anyRunCode = 257;

/** Reads `%`, `_` and `\`, which makes the next character a literal one. */
export function parseLikePattern(pattern: string): LikePattern {
  const pieces = piecesOf(pattern);
  const opens = pieces[0] === anyRun;
  const closes = pieces.length > 1 && pieces[pieces.length - 1] === anyRun;
  const inner = pieces.slice(opens ? 1 : 0, closes ? pieces.length - 1 : pieces.length);
  if (!inner.every((piece) => typeof piece === "string")) {
    return { kind: "general", pattern, codes: codesOf(pieces) };
  }
  const literal = encoder.encode(inner.join(""));
  return { kind: kindOf(opens, closes), pattern, literal };
}

/** The pattern of what begins with a text, whatever is in it. */
export function prefixPattern(text: string): LikePattern {
  const pattern = `${text.replace(/[\\%_]/g, "\\$&")}%`;
  return { kind: "prefix", pattern, literal: encoder.encode(text) };
}

/** A lone `%` opens only, and any string has the empty suffix. */
function kindOf(opens: boolean, closes: boolean): LiteralPattern["kind"] {
  if (opens) return closes ? "contains" : "suffix";
  return closes ? "prefix" : "equal";
}

function piecesOf(pattern: string): Piece[] {
  const pieces: Piece[] = [];
  const characters = [...pattern];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i];
    if (character === "%") {
      if (pieces[pieces.length - 1] !== anyRun) pieces.push(anyRun);
    } else if (character === "_") {
      pieces.push(anyOne);
    } else if (character === "\\" && i + 1 < characters.length) {
      pieces.push(characters[++i]);
    } else {
      pieces.push(character);
    }
  }
  return pieces;
}

function codesOf(pieces: readonly Piece[]): Int16Array {
  const codes = pieces.flatMap((piece) => {
    if (piece === anyOne) return [anyOneCode];
    return piece === anyRun ? [anyRunCode] : [...encoder.encode(piece)];
  });
  return Int16Array.from(codes);
}
