import type { Bitset } from "../../base/bitset.ts";
import type { BoundedHeap } from "../../base/bounded-heap.ts";
import type { RowSelector } from "./row-selector.ts";

/** A search for the rows that are nearest to a binary vector. */
export interface BinarySearch {
  /** As many bytes as a row has. */
  readonly query: Uint8Array;
  /** The rows that may be found, by their number in the segment; absent: all. */
  readonly allowed?: Bitset | undefined;
  /** Rows count only when their key is below this. */
  readonly bound: number;
  /** Rows with a smaller key than this are passed over: the begin of a range. */
  readonly lowerBound?: number | undefined;
}

/** Where hits go, and which keys are hits. */
export class HitCollector {
  readonly #heap: BoundedHeap;
  readonly #bound: number;
  readonly #lowerBound: number;
  readonly #keyLimit: number;

  constructor(heap: BoundedHeap, search: BinarySearch, keyLimit: number) {
    this.#heap = heap;
    this.#bound = search.bound;
    this.#lowerBound = search.lowerBound ?? Number.NEGATIVE_INFINITY;
    this.#keyLimit = keyLimit;
  }

  /** The greatest key that may be a hit now. */
  get bound(): number {
    return Math.min(this.#heap.bound, this.#bound, this.#keyLimit);
  }

  /** Offers what was picked. Row r is the one with the number `ids[r]`, r itself without them. */
  take({ rows, keys }: RowSelector, count: number, ids?: Uint32Array): void {
    for (let i = 0; i < count; i++) {
      const key = keys[i];
      if (key >= this.#bound || key < this.#lowerBound) continue;
      this.#heap.push(key, ids === undefined ? rows[i] : ids[rows[i]]);
    }
  }
}
