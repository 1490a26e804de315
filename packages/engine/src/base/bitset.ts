/**
 * A set of row numbers 0..size-1 as bits, least significant first (Arrow's bit order). Filters
 * produce one, deletes subtract one, scans skip by one.
 */
export class Bitset {
  readonly size: number;
  readonly words: Uint32Array;

  constructor(size: number, words?: Uint32Array) {
    this.size = size;
    this.words = words ?? new Uint32Array((size + 31) >>> 5);
  }

  /** A set of all the rows. */
  static full(size: number): Bitset {
    const set = new Bitset(size);
    set.words.fill(0xffffffff);
    set.clearTail();
    return set;
  }

  /** A set of the rows whose bits are set in bytes that have one for each row, the first one lowest. */
  static ofBytes(size: number, bytes: Uint8Array): Bitset {
    const set = new Bitset(size);
    // The order of bytes in a word is the machine's, which is little-endian.
    new Uint8Array(set.words.buffer).set(bytes.subarray(0, (size + 7) >>> 3));
    set.clearTail();
    return set;
  }

  has(row: number): boolean {
    return ((this.words[row >>> 5] >>> (row & 31)) & 1) === 1;
  }

  add(row: number): void {
    this.words[row >>> 5] |= 1 << (row & 31);
  }

  delete(row: number): void {
    this.words[row >>> 5] &= ~(1 << (row & 31));
  }

  /** Adds the rows `start` (included) to `end` (excluded). */
  addRange(start: number, end: number): void {
    let row = start;
    for (; row < end && (row & 31) !== 0; row++) this.add(row);
    for (; row + 32 <= end; row += 32) this.words[row >>> 5] = 0xffffffff;
    for (; row < end; row++) this.add(row);
  }

  /** Keeps the rows that are in `other` too. Both have the same size. */
  and(other: Bitset): this {
    const [words, others] = [this.words, other.words];
    for (let i = 0; i < words.length; i++) words[i] &= others[i];
    return this;
  }

  or(other: Bitset): this {
    const [words, others] = [this.words, other.words];
    for (let i = 0; i < words.length; i++) words[i] |= others[i];
    return this;
  }

  /** Removes the rows that are in `other`. */
  andNot(other: Bitset): this {
    const [words, others] = [this.words, other.words];
    for (let i = 0; i < words.length; i++) words[i] &= ~others[i];
    return this;
  }

  not(): this {
    const { words } = this;
    for (let i = 0; i < words.length; i++) words[i] = ~words[i];
    this.clearTail();
    return this;
  }

  clone(): Bitset {
    return new Bitset(this.size, this.words.slice());
  }

  isEmpty(): boolean {
    const { words } = this;
    for (let i = 0; i < words.length; i++) if (words[i] !== 0) return false;
    return true;
  }

  /** How many rows are in the set. */
  count(): number {
    const { words } = this;
    let total = 0;
    for (let i = 0; i < words.length; i++) total += popcount(words[i]);
    return total;
  }

  /** Calls `visit` with each row of the set, ascending. */
  forEach(visit: (row: number) => void): void {
    for (let i = 0; i < this.words.length; i++) {
      let word = this.words[i];
      while (word !== 0) {
        const bit = 31 - Math.clz32(word & -word);
        visit((i << 5) + bit);
        word &= word - 1;
      }
    }
  }

  /** How many rows of the set lie before `row`. */
  rank(row: number): number {
    let total = 0;
    for (let i = 0; i < row >>> 5; i++) total += popcount(this.words[i]);
    const rest = row & 31;
    return rest === 0 ? total : total + popcount(this.words[row >>> 5] & ((1 << rest) - 1));
  }

  private clearTail(): void {
    const used = this.size & 31;
    if (used !== 0) this.words[this.words.length - 1] &= (1 << used) - 1;
  }
}

/** The number of one bits of a 32-bit word (Hacker's Delight, 5-1). */
export function popcount(word: number): number {
  let w = word - ((word >>> 1) & 0x55555555);
  w = (w & 0x33333333) + ((w >>> 2) & 0x33333333);
  return Math.imul((w + (w >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
