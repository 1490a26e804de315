import type { Bitset } from "../../base/bitset.ts";

/** Rows of a segment. */
export interface RowRange {
  /** The first row. */
  readonly rowStart: number;
  /** The first row after the last. */
  readonly rowEnd: number;
  /** The rows to read; absent: all. */
  readonly allowed?: Bitset | undefined;
}

/** Lists the rows that a filter allows, in ascending order, a block at a time. */
export class RowLister {
  readonly #source: RowRange;
  /** Up to here all rows have been handed out. */
  #row: number;

  constructor(source: RowRange) {
    this.#source = source;
    this.#row = source.rowStart;
  }

  /** Fills `target` with the numbers of the next rows and answers how many, 0 at the end. */
  next(target: Uint32Array): number {
    const { rowEnd, allowed } = this.#source;
    const capacity = target.length;
    let count = 0;
    while (count < capacity) {
      const start = allowed === undefined ? this.#row : nextMember(allowed, this.#row, rowEnd);
      if (start >= rowEnd) break;
      const most = Math.min(rowEnd, start + capacity - count);
      const end = allowed === undefined ? most : runEnd(allowed, start, most);
      for (let row = start; row < end; row++) target[count++] = row;
      this.#row = end;
    }
    return count;
  }
}

/** The first member at or after `row`, or `end` when there is none before that. */
function nextMember(set: Bitset, row: number, end: number): number {
  return nextSetBit(set.words, { row, end, flip: 0 });
}

/** The first row after `row` that is not a member, at most `end`. */
function runEnd(set: Bitset, row: number, end: number): number {
  return nextSetBit(set.words, { row, end, flip: -1 });
}

/** Finds a one in the words, or a zero when `flip` has all bits set. */
function nextSetBit(
  words: Uint32Array,
  { row, end, flip }: { row: number; end: number; flip: 0 | -1 },
): number {
  if (row >= end) return end;
  let word = (words[row >>> 5] ^ flip) & (-1 << (row & 31));
  let base = row & ~31;
  while (word === 0) {
    base += 32;
    if (base >= end) return end;
    word = words[base >>> 5] ^ flip;
  }
  return Math.min(end, base + 31 - Math.clz32(word & -word));
}
