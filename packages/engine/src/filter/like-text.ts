import { unreachable } from "../base/assert.ts";
import { anyOneCode, anyRunCode, type LikePattern } from "./like-pattern.ts";

/** Whether the UTF-8 text `bytes[start .. end]` matches a pattern of `like`. */
export function isLike(
  bytes: Uint8Array,
  start: number,
  end: number,
  pattern: LikePattern,
): boolean {
  if (pattern.kind === "general") return matchesCodes(bytes, start, end, pattern.codes);
  const { kind, literal } = pattern;
  const spare = end - start - literal.length;
  if (spare < 0) return false;
  switch (kind) {
    case "equal":
      return spare === 0 && isAt(bytes, start, literal);
    case "prefix":
      return isAt(bytes, start, literal);
    case "suffix":
      return isAt(bytes, end - literal.length, literal);
    case "contains":
      return isWithin(bytes, start, start + spare, literal);
    default:
      return unreachable(kind);
  }
}

/** Whether the literal stands at `start`. There are at least as many bytes. */
export function isAt(bytes: Uint8Array, start: number, literal: Uint8Array): boolean {
  for (let i = 0; i < literal.length; i++) if (bytes[start + i] !== literal[i]) return false;
  return true;
}

function isWithin(bytes: Uint8Array, first: number, last: number, literal: Uint8Array): boolean {
  for (let at = first; at <= last; at++) if (isAt(bytes, at, literal)) return true;
  return false;
}

/**
 * Matches greedily, and on a mismatch lets the last `%` take one more character: that is enough,
 * because an earlier `%` gains nothing from taking more.
 */
function matchesCodes(bytes: Uint8Array, start: number, end: number, codes: Int16Array): boolean {
  let at = start;
  let code = 0;
  let runCode = -1;
  let runAt = 0;
  while (at < end) {
    const wanted = code < codes.length ? codes[code] : -1;
    if (wanted === anyRunCode) {
      runCode = code++;
      runAt = at;
    } else if (wanted === anyOneCode) {
      code++;
      at = afterCharacter(bytes, at, end);
    } else if (wanted === bytes[at]) {
      code++;
      at++;
    } else if (runCode !== -1) {
      runAt = afterCharacter(bytes, runAt, end);
      at = runAt;
      code = runCode + 1;
    } else {
      return false;
    }
  }
  while (code < codes.length && codes[code] === anyRunCode) code++;
  return code === codes.length;
}

/** Where the next character begins: past the continuation bytes of UTF-8. */
function afterCharacter(bytes: Uint8Array, at: number, end: number): number {
  let next = at + 1;
  while (next < end && (bytes[next] & 0xc0) === 0x80) next++;
  return next;
}
