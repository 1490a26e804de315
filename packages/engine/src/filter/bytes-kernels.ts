import { assert, unreachable } from "../base/assert.ts";
import { Bitset } from "../base/bitset.ts";
import type { BytesColumn } from "../schema/column.ts";
import type { BytesSet } from "./bytes-set.ts";
import { holds } from "./constant.ts";
import type { ComparisonOperator } from "./expression.ts";
import type { LikePattern } from "./like-pattern.ts";
import { isAt, isLike } from "./like-text.ts";

/** The bytes of a column and where each row begins. */
type Texts = Pick<BytesColumn, "bytes" | "offsets">;

/** The rows whose bytes compare so with the literal, in the order of UTF-8. */
export function compareBytes(
  texts: Texts,
  operator: ComparisonOperator,
  literal: Uint8Array,
  rowCount: number,
): Bitset {
  if (operator === "==") return equalTo(texts, literal, rowCount);
  if (operator === "!=") return equalTo(texts, literal, rowCount).not();
  const matches = new Bitset(rowCount);
  const { bytes, offsets } = texts;
  const accepted = [-1, 0, 1].map((order) => holds(operator, order));
  for (let row = 0; row < rowCount; row++) {
    const order = compareToLiteral(bytes, offsets[row], offsets[row + 1], literal);
    if (accepted[order + 1]) matches.add(row);
  }
  return matches;
}

/** -1, 0 or 1: how `bytes[start .. end]` compares with the literal. */
export function compareToLiteral(
  bytes: Uint8Array,
  start: number,
  end: number,
  literal: Uint8Array,
): number {
  const length = end - start;
  const shared = Math.min(length, literal.length);
  for (let i = 0; i < shared; i++) {
    const difference = bytes[start + i] - literal[i];
    if (difference !== 0) return difference < 0 ? -1 : 1;
  }
  return Math.sign(length - literal.length);
}

/** The rows whose bytes are in the set. */
export function inBytesSet({ bytes, offsets }: Texts, set: BytesSet, rowCount: number): Bitset {
  const matches = new Bitset(rowCount);
  for (let row = 0; row < rowCount; row++) {
    if (set.has(bytes, offsets[row], offsets[row + 1])) matches.add(row);
  }
  return matches;
}

/** The rows where `left operator right` holds. */
export function compareTexts(
  left: Texts,
  operator: ComparisonOperator,
  right: Texts,
  rowCount: number,
): Bitset {
  const matches = new Bitset(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const other = right.bytes.subarray(right.offsets[row], right.offsets[row + 1]);
    const order = compareToLiteral(left.bytes, left.offsets[row], left.offsets[row + 1], other);
    if (holds(operator, order)) matches.add(row);
  }
  return matches;
}

/** The rows that match a pattern of `like`. */
export function like(texts: Texts, pattern: LikePattern, rowCount: number): Bitset {
  switch (pattern.kind) {
    case "equal":
      return equalTo(texts, pattern.literal, rowCount);
    case "prefix":
      return startingWith(texts, pattern.literal, rowCount);
    case "suffix":
      return endingWith(texts, pattern.literal, rowCount);
    case "contains":
      return containing(texts, pattern.literal, rowCount);
    case "general":
      return matching(texts, pattern, rowCount);
    default:
      return unreachable(pattern);
  }
}

function equalTo({ bytes, offsets }: Texts, literal: Uint8Array, rowCount: number): Bitset {
  const matches = new Bitset(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const start = offsets[row];
    if (offsets[row + 1] - start !== literal.length) continue;
    if (isAt(bytes, start, literal)) matches.add(row);
  }
  return matches;
}

function startingWith({ bytes, offsets }: Texts, literal: Uint8Array, rowCount: number): Bitset {
  const matches = new Bitset(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const start = offsets[row];
    if (offsets[row + 1] - start >= literal.length && isAt(bytes, start, literal)) matches.add(row);
  }
  return matches;
}

function endingWith({ bytes, offsets }: Texts, literal: Uint8Array, rowCount: number): Bitset {
  const matches = new Bitset(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const start = offsets[row + 1] - literal.length;
    if (start >= offsets[row] && isAt(bytes, start, literal)) matches.add(row);
  }
  return matches;
}

/** Searches the bytes of all rows at once (Node's search is native), then finds each hit's row. */
function containing({ bytes, offsets }: Texts, literal: Uint8Array, rowCount: number): Bitset {
  assert(literal.length > 0, "A pattern without a literal has no place to be found at");
  const matches = new Bitset(rowCount);
  const haystack = Buffer.from(bytes.buffer, bytes.byteOffset, offsets[rowCount]);
  let row = 0;
  let hit = haystack.indexOf(literal, offsets[0]);
  while (hit !== -1) {
    while (offsets[row + 1] <= hit) row++;
    let next = hit + 1;
    // A hit may run over the end of its row: it then is none, but one in the next row may overlap.
    if (hit + literal.length <= offsets[row + 1]) {
      matches.add(row);
      next = offsets[row + 1];
    }
    hit = next >= offsets[rowCount] ? -1 : haystack.indexOf(literal, next);
  }
  return matches;
}

function matching(texts: Texts, pattern: LikePattern, rowCount: number): Bitset {
  const matches = new Bitset(rowCount);
  const { bytes, offsets } = texts;
  for (let row = 0; row < rowCount; row++) {
    if (isLike(bytes, offsets[row], offsets[row + 1], pattern)) matches.add(row);
  }
  return matches;
}
