import { must, unreachable } from "../../base/assert.ts";
import type { Bitset } from "../../base/bitset.ts";
import type { BoundedHeap } from "../../base/bounded-heap.ts";
import { SPARSE_CURSOR_BYTES, type SparseExports } from "../../kernels/exports/sparse-exports.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import type { WasmMemory } from "../../kernels/web-assembly.ts";
import type { SparseInverted, SparseWindow } from "./sparse-inverted.ts";
import { prepareSparseQuery } from "./sparse-query.ts";
import type { SparseVector } from "./sparse-rows.ts";
import type { SparseSearch } from "./sparse-search.ts";

/**
 * So many rows are looked at before the first hits raise the threshold; then twice as many, and so
 * on, up to a window. Hits of a step go through the heap one by one.
 */
const FIRST_STEP_ROWS = 256;

/** The smallest f32 above 0: scores of 0 are no hits. */
const SCORE_MIN = 2 ** -149;

/** Searches sparse indexes. Belongs to the thread of its kernels. */
export class SparseSearcher {
  readonly #kernels: Kernels;
  readonly #spaces = new WeakMap<WasmMemory, SearchSpace>();

  constructor(kernels: Kernels) {
    this.#kernels = kernels;
  }

  /**
   * Offers the hits to `heap`: scores times -1, and row numbers. The heap may have hits already.
   * Throws `invalid-parameter` when the query is no sparse vector.
   */
  search(index: SparseInverted, search: SparseSearch, heap: BoundedHeap): void {
    const query = prepareSparseQuery(search.query, search.dropRatio ?? 0);
    if (query.indices.length === 0 || heap.capacity === 0) return;
    const space = this.#spaceOf(index, query.indices.length);
    space.begin(index, query, search.allowed);
    const walk = new Walk(index, space, search, heap);
    for (let w = 0; w < index.windows.length; w++) walk.through(w);
  }

  #spaceOf({ memory, windowRows }: SparseInverted, termCount: number): SearchSpace {
    const known = this.#spaces.get(memory);
    if (known !== undefined && known.termCapacity >= termCount) return known;
    const exports = must(this.#kernels.exportsOver(memory), "an index lies in WebAssembly memory");
    const space = new SearchSpace(exports, IndexMemory.over(memory), {
      // Room for somewhat longer queries, so that it is not made anew for each.
      termCapacity: Math.max(64, 2 * termCount),
      windowRows,
    });
    this.#spaces.set(memory, space);
    return space;
  }
}

/** This thread's scratch space in an index's memory, and views on it. */
class SearchSpace {
  readonly exports: SparseExports;
  readonly termCapacity: number;
  readonly cursors: number;
  readonly order: number;
  /** One f32 for each row of a window: 0 between searches. */
  readonly sums: number;
  readonly foundRows: Uint32Array;
  readonly foundScores: Float32Array;
  termCount = 0;
  /** Address of the allowed rows' bits, 0 when all are allowed. */
  allowed = 0;
  readonly #memory: IndexMemory;
  readonly #terms: Uint32Array;
  readonly #weights: Float32Array;

  constructor(
    exports: SparseExports,
    memory: IndexMemory,
    { termCapacity, windowRows }: { termCapacity: number; windowRows: number },
  ) {
    this.exports = exports;
    this.termCapacity = termCapacity;
    this.#memory = memory;
    const perTerm = 12 * termCapacity;
    const cursorBytes = SPARSE_CURSOR_BYTES * (termCapacity + 1);
    const base = memory.scratch("sparse-search", perTerm + cursorBytes + 12 * windowRows);
    this.cursors = base;
    this.sums = base + cursorBytes;
    this.foundRows = memory.u32(this.sums + 4 * windowRows, windowRows);
    this.foundScores = memory.f32(this.sums + 8 * windowRows, windowRows);
    this.order = this.sums + 12 * windowRows;
    this.#terms = memory.u32(this.order + 4 * termCapacity, termCapacity);
    this.#weights = memory.f32(this.order + 8 * termCapacity, termCapacity);
    memory.f32(this.sums, windowRows).fill(0);
  }

  begin(index: SparseInverted, query: SparseVector, allowed: Bitset | undefined): void {
    this.termCount = query.indices.length;
    this.#terms.set(query.indices);
    this.#weights.set(query.values);
    this.allowed = 0;
    if (allowed === undefined) return;
    const firstWord = index.rowStart >>> 5;
    const words = allowed.words.subarray(firstWord, (index.rowEnd + 31) >>> 5);
    this.allowed = this.#memory.scratch("sparse-allowed", 4 * words.length);
    this.#memory.u32(this.allowed, words.length).set(words);
  }

  /** Puts cursors on the query's terms in a window and answers how many the window has. */
  open({ address, dimensionCount }: SparseWindow, boundRatio: number): number {
    const terms = this.#terms.byteOffset;
    const weights = this.#weights.byteOffset;
    const { exports, termCount, cursors } = this;
    return exports.openSparseWindow(
      address,
      dimensionCount,
      terms,
      weights,
      termCount,
      boundRatio,
      cursors,
    );
  }
}

/** One search's way through the windows. */
class Walk {
  readonly #index: SparseInverted;
  readonly #space: SearchSpace;
  readonly #search: SparseSearch;
  readonly #heap: BoundedHeap;
  readonly #boundRatio: number;
  readonly #lowerBound: number;
  /** Sums of bounds may be too small by this share: see `assembly/sparse.ts`. */
  readonly #slack: number;
  #stepRows = FIRST_STEP_ROWS;

  constructor(index: SparseInverted, space: SearchSpace, search: SparseSearch, heap: BoundedHeap) {
    this.#index = index;
    this.#space = space;
    this.#search = search;
    this.#heap = heap;
    this.#boundRatio = search.boundRatio ?? 1;
    this.#lowerBound = search.lowerBound ?? Number.NEGATIVE_INFINITY;
    this.#slack = 1 - (space.termCount + 4) * 2 ** -23;
  }

  through(windowNumber: number): void {
    const { windows, windowRows, rowStart, rowEnd } = this.#index;
    const window = windows[windowNumber];
    const firstRow = rowStart + windowNumber * windowRows;
    const rowCount = Math.min(windowRows, rowEnd - firstRow);
    const { address, dimensionCount } = window;
    const { exports, cursors, sums } = this.#space;
    const cursorCount = this.#space.open(window, this.#boundRatio);
    const algorithm = this.#search.algorithm ?? "maxscore";
    switch (algorithm) {
      case "taat":
        exports.addSparseTerms(address, dimensionCount, cursors, cursorCount, sums);
        this.#collect(window, { firstRow, rowCount, cursorCount, addedCount: cursorCount });
        break;
      case "maxscore": {
        const addedCount = exports.addEssentialSparseTerms(
          address,
          dimensionCount,
          cursors,
          cursorCount,
          sums,
          rowCount,
          this.#threshold() * this.#slack,
        );
        this.#collect(window, { firstRow, rowCount, cursorCount, addedCount });
        break;
      }
      case "wand":
        this.#leap(window, { firstRow, rowCount, cursorCount });
        break;
      default:
        unreachable(algorithm);
    }
  }

  /** Looks through the sums of the first terms of a window. */
  #collect(
    { address, dimensionCount }: SparseWindow,
    rows: { firstRow: number; rowCount: number; cursorCount: number; addedCount: number },
  ): void {
    const { exports, cursors, sums, allowed, foundRows, foundScores } = this.#space;
    const { firstRow, rowCount, cursorCount, addedCount } = rows;
    if (addedCount === 0) return;
    for (let from = 0; from < rowCount; ) {
      const to = Math.min(from + this.#stepRows, rowCount);
      const threshold = this.#threshold();
      const foundCount = exports.collectSparseRows(
        address,
        dimensionCount,
        cursors,
        addedCount,
        cursorCount,
        sums,
        from,
        to,
        threshold,
        threshold * this.#slack,
        allowed,
        firstRow - (this.#index.rowStart & ~31),
        foundRows.byteOffset,
        foundScores.byteOffset,
      );
      this.#offer(firstRow, foundCount);
      from = to;
    }
  }

  #leap(
    { address, dimensionCount }: SparseWindow,
    rows: { firstRow: number; rowCount: number; cursorCount: number },
  ): void {
    const { exports, cursors, order, allowed, foundRows, foundScores } = this.#space;
    const { firstRow, rowCount, cursorCount } = rows;
    exports.startSparseWalk(address, dimensionCount, cursors, cursorCount, order);
    for (let to = 0; to < rowCount; ) {
      to = Math.min(to + this.#stepRows, rowCount);
      const threshold = this.#threshold();
      const foundCount = exports.walkSparseRows(
        address,
        dimensionCount,
        cursors,
        cursorCount,
        order,
        to,
        threshold,
        threshold * this.#slack,
        allowed,
        firstRow - (this.#index.rowStart & ~31),
        foundRows.byteOffset,
        foundScores.byteOffset,
      );
      this.#offer(firstRow, foundCount);
    }
  }

  /** A row with a smaller score is no hit. */
  #threshold(): number {
    return Math.max(SCORE_MIN, -Math.min(this.#heap.bound, this.#search.bound));
  }

  #offer(firstRow: number, foundCount: number): void {
    const { foundRows, foundScores } = this.#space;
    const { bound } = this.#search;
    for (let i = 0; i < foundCount; i++) {
      const key = -foundScores[i];
      if (key < bound && key >= this.#lowerBound) this.#heap.push(key, firstRow + foundRows[i]);
    }
    this.#stepRows *= 2;
  }
}
