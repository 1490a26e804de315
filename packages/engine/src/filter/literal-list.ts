import { skipBlank } from "./lexer.ts";

/** The values of a list, and where the list ends. */
export interface LiteralList {
  readonly values: readonly (bigint | string)[];
  readonly end: number;
}

/** Most digits of an integer that a double holds exactly, whatever they are. */
const exactDigits = 15;

/** Most digits of an integer that is an Int64, whatever they are. */
const maxDigits = 18;

/**
 * The list that opens at `start`, if it holds nothing but plain strings (no escapes, no prefix) and
 * plain decimal integers: the form of the long lists of keys that programs write. Ten times as fast
 * as the parser, which reads every list that this one does not.
 */
export function literalListAt(
  source: string,
  start: number,
  barriers: Barriers,
): LiteralList | undefined {
  const values: (bigint | string)[] = [];
  let position = skipBlank(source, start + 1);
  while (source[position] !== "]") {
    const value = literalAt(source, position, barriers);
    if (value === undefined) return undefined;
    values.push(value.value);
    position = skipBlank(source, value.end);
    if (source[position] === ",") position = skipBlank(source, position + 1);
    else if (source[position] !== "]") return undefined;
  }
  return values.length === 0 ? undefined : { values, end: position + 1 };
}

interface Literal {
  readonly value: bigint | string;
  readonly end: number;
}

function literalAt(source: string, start: number, barriers: Barriers): Literal | undefined {
  const first = source[start];
  if (first !== '"' && first !== "'") return integerAt(source, start);
  const close = source.indexOf(first, start + 1);
  return close === -1 || barriers.after(start) < close
    ? undefined
    : { value: source.slice(start + 1, close), end: close + 1 };
}

function integerAt(source: string, start: number): Literal | undefined {
  const digitsAt = source[start] === "-" ? start + 1 : start;
  let end = digitsAt;
  let value = 0;
  for (let digit = digitAt(source, end); digit >= 0; digit = digitAt(source, end)) {
    value = value * 10 + digit;
    end++;
  }
  const length = end - digitsAt;
  // A leading zero makes it octal; what follows may make it something else.
  const isPlain = length === 1 || (length > 1 && length <= maxDigits && source[digitsAt] !== "0");
  if (!isPlain || !/[\s,\]]/.test(source.charAt(end))) return undefined;
  if (length > exactDigits) return { value: BigInt(source.slice(start, end)), end };
  return { value: BigInt(digitsAt === start ? value : -value), end };
}

function digitAt(source: string, position: number): number {
  const digit = source.charCodeAt(position) - 0x30;
  return digit >= 0 && digit <= 9 ? digit : -1;
}

/**
 * Finds the next character that no plain string has: a backslash or the end of a line. One for the
 * whole source, asked from the front to the back, takes time linear in the source all in all.
 */
export class Barriers {
  readonly #source: string;
  readonly #next: number[] = [-1, -1, -1];

  constructor(source: string) {
    this.#source = source;
  }

  after(position: number): number {
    let nearest = this.#source.length;
    ["\\", "\n", "\r"].forEach((character, i) => {
      if (this.#next[i] < position) {
        const found = this.#source.indexOf(character, position);
        this.#next[i] = found === -1 ? this.#source.length : found;
      }
      nearest = Math.min(nearest, this.#next[i]);
    });
    return nearest;
  }
}
