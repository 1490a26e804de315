import type { Column, SparseColumn } from "./column.ts";
import { appendOffsets, growOffsets } from "./growing-offsets.ts";
import { ValidityBuffer } from "./validity-buffer.ts";

const initialRows = 64;
const initialComponents = 1024;

/** A `ColumnBuffer` of sparse vectors, with their components in shared memory, for the worker threads. */
export class SparseBuffer {
  rowCount = 0;
  #offsets = new Uint32Array(initialRows + 1);
  #indices = new Uint32Array(new SharedArrayBuffer(initialComponents * 4));
  #values = new Float32Array(new SharedArrayBuffer(initialComponents * 4));
  readonly #validity = new ValidityBuffer();

  get byteSize(): number {
    const components = this.#indices.byteLength + this.#values.byteLength;
    return components + this.#offsets.byteLength + this.#validity.byteSize;
  }

  append(column: Column, start = 0, end: number = column.rowCount): void {
    const source = column as SparseColumn;
    const from = source.offsets[start];
    const to = source.offsets[end];
    const rowCount = this.rowCount + end - start;
    const used = this.#offsets[this.rowCount];
    this.#offsets = growOffsets(this.#offsets, rowCount);
    this.#reserve(used, used + to - from);
    this.#indices.set(source.indices.subarray(from, to), used);
    this.#values.set(source.values.subarray(from, to), used);
    appendOffsets(this.#offsets, source.offsets, { start, end, rowCount: this.rowCount });
    this.#validity.append(column, start, end, this.rowCount);
    this.rowCount = rowCount;
  }

  view(): SparseColumn {
    const { rowCount } = this;
    const count = this.#offsets[rowCount];
    return {
      layout: "sparse",
      rowCount,
      offsets: this.#offsets.subarray(0, rowCount + 1),
      indices: this.#indices.subarray(0, count),
      values: this.#values.subarray(0, count),
      ...this.#validity.view(rowCount),
    };
  }

  #reserve(used: number, needed: number): void {
    if (needed <= this.#indices.length) return;
    const length = Math.max(needed, this.#indices.length * 2);
    const indices = new Uint32Array(new SharedArrayBuffer(length * 4));
    const values = new Float32Array(new SharedArrayBuffer(length * 4));
    indices.set(this.#indices.subarray(0, used));
    values.set(this.#values.subarray(0, used));
    this.#indices = indices;
    this.#values = values;
  }
}
