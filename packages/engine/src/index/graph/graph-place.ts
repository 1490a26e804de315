import { must } from "../../base/assert.ts";
import type { Bitset } from "../../base/bitset.ts";
import type { WasmExports } from "../../kernels/exports/wasm-exports.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import type { GraphIndex } from "./graph-index.ts";
import {
  graphWord,
  graphWordCount,
  layoutScratch,
  resultsWord,
  scratchIn,
} from "./graph-layout.ts";
import { codeQuery, type QueryPlace } from "./row-coding.ts";

/** A thread's scratch, and views on its parts. */
export interface SearchRoom extends QueryPlace {
  /** Entries that fit a pool. */
  readonly capacity: number;
  readonly scratch: number;
  readonly words: Uint32Array;
  readonly resultsAddress: number;
  readonly allowed: number;
  readonly allowedWords: Uint32Array;
  /** Two words for each entry; the first is twice the node. */
  readonly pool: Uint32Array;
  readonly results: Uint32Array;
}

/** A graph as one thread sees it: functions over its memory, and views that are kept. */
export class GraphPlace {
  readonly index: GraphIndex;
  readonly exports: WasmExports;
  readonly nodeCount: number;
  /** The next row with the same code, by row; `undefined` if there are no such rows. */
  readonly twins: Uint32Array | undefined;
  readonly #memory: IndexMemory;
  readonly #degree: number;
  #room: SearchRoom | undefined;
  #rows = new Uint32Array(64);

  constructor(kernels: Kernels, index: GraphIndex) {
    this.index = index;
    this.#memory = IndexMemory.over(index.memory);
    this.exports = must(kernels.exportsOver(index.memory), "a graph is in a WebAssembly memory");
    this.nodeCount = index.rowEnd - index.rowStart;
    const words = this.#memory.u32(index.graph, graphWordCount);
    this.#degree = words[graphWord.degree];
    const twins = words[graphWord.twins];
    this.twins = twins === 0 ? undefined : this.#memory.u32(twins, this.nodeCount);
  }

  /** This thread's room for searches with up to `capacity` candidates. */
  roomFor(capacity: number): SearchRoom {
    if (this.#room === undefined || this.#room.capacity < capacity) {
      // Powers of two, so that few searches need more than those before.
      this.#room = this.#makeRoom(Math.max(512, 2 ** Math.ceil(Math.log2(capacity))));
    }
    const room = this.#room;
    room.words[resultsWord] = room.resultsAddress;
    return room;
  }

  writeQuery(room: SearchRoom, query: Float32Array): void {
    codeQuery(this.exports, this.index.coding, query, room);
  }

  /** Copies the part of a filter that is about this graph's rows. */
  writeAllowed(room: SearchRoom, { words }: Bitset): void {
    const { rowStart, rowEnd } = this.index;
    room.allowedWords.set(words.subarray(rowStart >>> 5, (rowEnd + 31) >>> 5));
  }

  /** Room for row numbers, with what it held. */
  rows(count: number): Uint32Array {
    if (this.#rows.length < count) {
      const rows = new Uint32Array(2 * count);
      rows.set(this.#rows);
      this.#rows = rows;
    }
    return this.#rows;
  }

  #makeRoom(capacity: number): SearchRoom {
    const memory = this.#memory;
    const { dim, paddedDim } = this.index.coding;
    const layout = layoutScratch({
      nodeCount: this.nodeCount,
      degree: this.#degree,
      paddedDim,
      poolCapacity: capacity,
    });
    const scratch = scratchIn(memory, layout);
    return {
      capacity,
      scratch,
      words: memory.u32(scratch, layout.words.length),
      resultsAddress: scratch + layout.results,
      row: scratch + layout.row,
      rowView: memory.f32(scratch + layout.row, dim),
      paddedRow: scratch + layout.paddedRow,
      paddedView: memory.f32(scratch + layout.paddedRow, paddedDim),
      code: scratch + layout.code,
      square: scratch + layout.square,
      allowed: scratch + layout.allowed,
      allowedWords: memory.u32(scratch + layout.allowed, (this.nodeCount >>> 5) + 2),
      pool: memory.u32(scratch + layout.pool, 2 * capacity),
      results: memory.u32(scratch + layout.results, 2 * capacity),
    };
  }
}
