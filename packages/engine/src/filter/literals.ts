import { failFilter, failSyntax } from "./filter-error.ts";

const int64Limit = 1n << 63n;

/** The value of an integer literal: decimal, `0…` octal, `0x` or `0b`. May be as large as 2^63. */
export function integerOf(text: string): bigint {
  return BigInt(/^0[0-7]/.test(text) ? `0o${text.slice(1)}` : text);
}

/** Refuses an integer outside Int64, in the words of Go's parser, which Milvus passes on. */
export function checkInt64(expression: string, value: bigint, position: number): bigint {
  if (value >= int64Limit || value < -int64Limit) {
    const reason = `strconv.ParseInt: parsing "${value}": value out of range`;
    failFilter(expression, reason, position);
  }
  return value;
}

/** The value of a float literal, decimal or hexadecimal (`0x1.8p3`). */
export function floatOf(expression: string, text: string, position: number): number {
  const value = /^0[xX]/.test(text) ? hexFloatOf(text) : Number(text);
  if (!Number.isFinite(value)) {
    failFilter(expression, `strconv.ParseFloat: parsing "${text}": value out of range`, position);
  }
  return value;
}

function hexFloatOf(text: string): number {
  const [mantissa, exponent] = text.slice(2).toLowerCase().split("p");
  const [whole, fraction = ""] = mantissa.split(".");
  // Past 53 bits the digits are rounded, as any literal is.
  return Number(`0x${whole}${fraction}`) * 2 ** (Number(exponent) - 4 * fraction.length);
}

const simpleEscapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "?": "?",
};

const escapeSequence =
  /\\(?:([0-7]{1,3})|x([0-9a-fA-F]+)|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/gs;

/**
 * The value of a string literal's content, with C escapes. An unknown escape stays as it is,
 * backslash and all, so that `like "100\%"` reaches the pattern as written.
 */
export function unescapeString(expression: string, content: string, position: number): string {
  if (!content.includes("\\")) return content;
  return content.replace(escapeSequence, (whole, octal, hex, short, long, other) => {
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
    if (other !== undefined) return simpleEscapes[other] ?? whole;
    const code = Number.parseInt(hex ?? short ?? long, 16);
    if (code > 0x10ffff) failSyntax(expression, `no such character as ${whole}`, position);
    return String.fromCodePoint(code);
  });
}
