import type { BinaryExports, BinaryMetricCode } from "../../kernels/exports/binary-exports.ts";
import { binaryKey } from "./binary-key.ts";

/** Rows that are looked at in one call: enough to forget the call, few enough for the caches. */
export const SELECTOR_CAPACITY = 256;

/** Bytes of scratch space that a selector in WebAssembly needs, for rows of `rowBytes`. */
export function selectorBytes(rowBytes: number): number {
  return Math.ceil(rowBytes / 8) * 8 + 8 * SELECTOR_CAPACITY;
}

/** Picks the rows of binary vectors that are near a query, some hundred at a time. */
export interface RowSelector {
  /** The caller's row numbers before a call of `selectRows`, those picked after any call. */
  readonly rows: Uint32Array;
  /** The keys of the rows that were picked. */
  readonly keys: Float32Array;
  setQuery(query: Uint8Array): void;
  /** Keeps of the first `rowCount` of `rows` those with a key of at most `bound`; answers how many. */
  selectRows(rowCount: number, bound: number): number;
  /** The same for the rows from `first` on, at most {@link SELECTOR_CAPACITY}. */
  selectRange(first: number, rowCount: number, bound: number): number;
}

/** Where rows lie in WebAssembly memory, and scratch space of `selectorBytes`. */
export interface SelectorPlace {
  readonly exports: BinaryExports;
  readonly buffer: SharedArrayBuffer;
  readonly base: number;
  readonly scratch: number;
}

/** A selector over rows that lie in WebAssembly memory. */
export class WasmRowSelector implements RowSelector {
  readonly rows: Uint32Array;
  readonly keys: Float32Array;
  readonly #code: BinaryMetricCode;
  readonly #place: SelectorPlace;
  readonly #query: Uint8Array;

  constructor(code: BinaryMetricCode, rowBytes: number, place: SelectorPlace) {
    const { buffer, scratch } = place;
    this.#code = code;
    this.#place = place;
    this.rows = new Uint32Array(buffer, scratch, SELECTOR_CAPACITY);
    this.keys = new Float32Array(buffer, scratch + 4 * SELECTOR_CAPACITY, SELECTOR_CAPACITY);
    this.#query = new Uint8Array(buffer, scratch + 8 * SELECTOR_CAPACITY, rowBytes);
  }

  setQuery(query: Uint8Array): void {
    this.#query.set(query);
  }

  selectRows(rowCount: number, bound: number): number {
    const { exports, base } = this.#place;
    const { byteOffset: query, length: rowBytes } = this.#query;
    const { byteOffset: rows } = this.rows;
    const { byteOffset: keys } = this.keys;
    return exports.selectBinaryRows(this.#code, query, base, rowBytes, rows, rowCount, bound, keys);
  }

  selectRange(first: number, rowCount: number, bound: number): number {
    const { exports, base } = this.#place;
    const { byteOffset: query, length: rowBytes } = this.#query;
    const { byteOffset: rows } = this.rows;
    const { byteOffset: keys } = this.keys;
    return exports.selectBinaryRange(
      this.#code,
      query,
      base,
      rowBytes,
      first,
      rowCount,
      rows,
      bound,
      keys,
    );
  }
}

/** The twin in TypeScript: for runtimes without WebAssembly, and what the kernels are held against. */
export class ScalarRowSelector implements RowSelector {
  readonly rows: Uint32Array = new Uint32Array(SELECTOR_CAPACITY);
  readonly keys: Float32Array = new Float32Array(SELECTOR_CAPACITY);
  readonly #code: BinaryMetricCode;
  readonly #vectors: Uint8Array;
  readonly #query: Uint8Array;

  constructor(code: BinaryMetricCode, rowBytes: number, vectors: Uint8Array) {
    this.#code = code;
    this.#vectors = vectors;
    this.#query = new Uint8Array(rowBytes);
  }

  setQuery(query: Uint8Array): void {
    this.#query.set(query);
  }

  selectRows(rowCount: number, bound: number): number {
    const { length: rowBytes } = this.#query;
    let kept = 0;
    for (let i = 0; i < rowCount; i++) {
      const row = this.rows[i];
      const key = binaryKey(this.#code, this.#query, this.#vectors, row * rowBytes);
      if (!(key <= bound)) continue;
      this.rows[kept] = row;
      this.keys[kept++] = key;
    }
    return kept;
  }

  selectRange(first: number, rowCount: number, bound: number): number {
    for (let i = 0; i < rowCount; i++) this.rows[i] = first + i;
    return this.selectRows(rowCount, bound);
  }
}
