import { assert } from "../../base/assert.ts";
import type { BoundedHeap } from "../../base/bounded-heap.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import { type BinaryMeasure, keyLimitOf } from "../binary/binary-measure.ts";
import { type BinarySearch, HitCollector } from "../binary/binary-search.ts";
import { SELECTOR_CAPACITY } from "../binary/row-selector.ts";
import { selectorOver } from "../binary/scan-binary-rows.ts";
import type { SharedBinaryVectors } from "../binary/train-binary-centroids.ts";
import { bandWords, hashOf, type MinHashLsh } from "./min-hash-lsh.ts";

export interface MinHashSearch extends BinarySearch {
  /**
   * Milvus's mh_search_with_jaccard: candidates are ranked by the share of equal elements. Otherwise
   * each has the score 1, as in Milvus.
   */
  readonly withJaccard: boolean;
  /** Candidates to be found at most: Milvus takes the greater of k and refine_k. */
  readonly candidateCount: number;
}

/** Searches MinHash indexes. Belongs to the thread of its kernels. */
export class MinHashSearcher {
  readonly #kernels: Kernels;
  /** In which search a row, by its number in the index, was a candidate last. */
  #seenIn = new Uint32Array(0);
  #searchNumber = 0;
  #found = new Uint32Array(0);

  constructor(kernels: Kernels) {
    this.#kernels = kernels;
  }

  /**
   * Offers keys (scores times -1) and row numbers of what it finds to `heap`, which may have hits
   * already. The first candidates, in the order of bands and rows, are taken.
   */
  search(
    index: MinHashLsh,
    { values: vectors, rowBytes }: SharedBinaryVectors,
    search: MinHashSearch,
    heap: BoundedHeap,
  ): void {
    assert(search.query.length === rowBytes, `${search.query.length} bytes of ${rowBytes}`);
    if (heap.capacity === 0) return;
    const measure: BinaryMeasure = { metric: "MHJACCARD", elementBits: index.elementBits };
    const hits = new HitCollector(heap, search, keyLimitOf(measure.metric));
    const selector = selectorOver(this.#kernels, { vectors, rowBytes }, measure);
    selector.setQuery(search.query);
    const foundCount = this.#findCandidates(index, vectors, search);
    for (let first = 0; first < foundCount; first += SELECTOR_CAPACITY) {
      const count = Math.min(SELECTOR_CAPACITY, foundCount - first);
      selector.rows.set(this.#found.subarray(first, first + count));
      if (search.withJaccard) {
        hits.take(selector, selector.selectRows(count, hits.bound));
      } else {
        selector.keys.fill(-1, 0, count);
        hits.take(selector, count);
      }
    }
  }

  /** Writes the allowed rows that equal the query in a band, each once, to `#found`. */
  #findCandidates(
    index: MinHashLsh,
    vectors: Uint8Array,
    { query, allowed, candidateCount }: MinHashSearch,
  ): number {
    const { rowStart, bandCount, bucketCount, bands } = index;
    const bandBytes = query.length / bandCount;
    const rowCount = index.rowEnd - rowStart;
    const bandLength = bandWords(bucketCount, rowCount);
    const words = IndexMemory.over(index.memory).u32(bands, bandCount * bandLength);
    const capacity = Math.min(candidateCount, rowCount);
    this.#startSearch(rowCount, capacity);
    let count = 0;
    for (let band = 0; band < bandCount; band++) {
      const at = band * bandBytes;
      const starts = band * bandLength;
      const bucket = starts + (hashOf(query, at, bandBytes) & (bucketCount - 1));
      const rows = starts + bucketCount + 1;
      const end = rows + words[bucket + 1];
      for (let i = rows + words[bucket]; i < end && count < capacity; i++) {
        const row = words[i];
        if (this.#seenIn[row - rowStart] === this.#searchNumber) continue;
        if (allowed !== undefined && !allowed.has(row)) continue;
        if (!hasBand(vectors, row * query.length + at, query, { at, bandBytes })) continue;
        this.#seenIn[row - rowStart] = this.#searchNumber;
        this.#found[count++] = row;
      }
    }
    return count;
  }

  #startSearch(rowCount: number, capacity: number): void {
    if (this.#found.length < capacity) this.#found = new Uint32Array(capacity);
    if (this.#searchNumber === 0xffffffff || this.#seenIn.length < rowCount) {
      this.#seenIn = new Uint32Array(Math.max(rowCount, this.#seenIn.length));
      this.#searchNumber = 0;
    }
    this.#searchNumber++;
  }
}

/** Whether the band that begins at byte `start` is that of the query: other bands share the bucket. */
function hasBand(
  vectors: Uint8Array,
  start: number,
  query: Uint8Array,
  { at, bandBytes }: { at: number; bandBytes: number },
): boolean {
  for (let i = 0; i < bandBytes; i++) if (vectors[start + i] !== query[at + i]) return false;
  return true;
}
