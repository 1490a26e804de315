import type { Bitset } from "../../base/bitset.ts";

/** The rows that a scan reads, as it reads them: in ascending order, a block at a time. */
export interface RowSource {
  /** Row-major: row r is `vectors[r * dim .. (r + 1) * dim]`. */
  readonly vectors: Float32Array;
  readonly dim: number;
  /** The first row. */
  readonly rowStart: number;
  /** The first row after the last. */
  readonly rowEnd: number;
  /** The rows to read; absent: all. */
  readonly allowed?: Bitset;
}

/**
 * Copies the rows that a filter allows, run by run, to where they will be scored. Rows that it
 * does not allow are not even read.
 */
export class RowGatherer {
  /** The numbers of the rows of the last block. */
  readonly ids: Uint32Array;
  readonly #source: RowSource;
  readonly #capacity: number;
  /** Up to here all rows have been handed out. */
  #row: number;

  constructor(source: RowSource, capacity: number) {
    this.ids = new Uint32Array(capacity);
    this.#source = source;
    this.#capacity = capacity;
    this.#row = source.rowStart;
  }

  /** Fills `target` with the next rows and answers how many there are, 0 at the end. */
  next(target: Float32Array): number {
    const { vectors, dim, rowEnd, allowed } = this.#source;
    let count = 0;
    while (count < this.#capacity) {
      const start = allowed === undefined ? this.#row : nextMember(allowed, this.#row, rowEnd);
      if (start >= rowEnd) break;
      const most = Math.min(rowEnd, start + this.#capacity - count);
      const end = allowed === undefined ? most : runEnd(allowed, start, most);
      target.set(vectors.subarray(start * dim, end * dim), count * dim);
      for (let row = start; row < end; row++) this.ids[count++] = row;
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
