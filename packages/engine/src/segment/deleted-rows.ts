import type { Bitset } from "../base/bitset.ts";
import type { Timestamp } from "../base/clock.ts";
import type { RowDeletes } from "../storage/delete-file.ts";

/** Which rows of a segment are deleted, and since when. */
export class DeletedRows {
  readonly #timestamps = new Map<number, Timestamp>();
  /** The same rows as bits: reads of the present subtract them a word at a time. */
  #bits: Uint32Array = new Uint32Array(16);
  #latest: Timestamp = 0n;
  #persisted = 0;

  get count(): number {
    return this.#timestamps.size;
  }

  /** Whether there are deletes that the segment's delete file does not have. */
  get isDirty(): boolean {
    return this.#timestamps.size > this.#persisted;
  }

  /** Marks a row as deleted. The first delete of a row counts. Answers whether it is a new one. */
  add(row: number, timestamp: Timestamp): boolean {
    if (this.#timestamps.has(row)) return false;
    this.#timestamps.set(row, timestamp);
    this.#setBit(row);
    if (timestamp > this.#latest) this.#latest = timestamp;
    return true;
  }

  has(row: number): boolean {
    return this.#timestamps.has(row);
  }

  /** Removes from `rows` those that are deleted at the moment `at`. */
  subtractFrom(rows: Bitset, at: Timestamp): void {
    if (at >= this.#latest) {
      const [words, deleted] = [rows.words, this.#bits];
      const wordCount = Math.min(words.length, deleted.length);
      for (let i = 0; i < wordCount; i++) words[i] &= ~deleted[i];
      return;
    }
    for (const [row, timestamp] of this.#timestamps) {
      if (row < rows.size && timestamp <= at) rows.delete(row);
    }
  }

  /** How many of the first `rowCount` rows are deleted at the moment `at`. */
  countAt(at: Timestamp): number {
    if (at >= this.#latest) return this.count;
    let count = 0;
    for (const timestamp of this.#timestamps.values()) if (timestamp <= at) count++;
    return count;
  }

  entries(): IterableIterator<[number, Timestamp]> {
    return this.#timestamps.entries();
  }

  /** What the delete file stores. */
  toFile(): RowDeletes {
    const sorted = [...this.#timestamps].sort((a, b) => a[0] - b[0]);
    return {
      rows: Uint32Array.from(sorted, ([row]) => row),
      timestamps: BigUint64Array.from(sorted, ([, timestamp]) => timestamp),
    };
  }

  /** Notes that `toFile` is on disk, as it was when `count` rows were deleted. */
  markPersisted(count: number): void {
    this.#persisted = count;
  }

  #setBit(row: number): void {
    const word = row >>> 5;
    if (word >= this.#bits.length) {
      const bits = new Uint32Array(Math.max(word + 1, 2 * this.#bits.length));
      bits.set(this.#bits);
      this.#bits = bits;
    }
    this.#bits[word] |= 1 << (row & 31);
  }

  static fromFile(deletes: RowDeletes): DeletedRows {
    const rows = new DeletedRows();
    for (let i = 0; i < deletes.rows.length; i++) rows.add(deletes.rows[i], deletes.timestamps[i]);
    rows.markPersisted(rows.count);
    return rows;
  }
}
