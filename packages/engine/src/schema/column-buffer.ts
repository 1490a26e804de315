import { unreachable } from "../base/assert.ts";
import { allocateVectorBytes } from "../kernels/vector-memory.ts";
import type { Field } from "./collection-schema.ts";
import {
  type BytesColumn,
  type Column,
  type FixedArray,
  type FixedColumn,
  isValid,
  type ListColumn,
  type VectorColumn,
} from "./column.ts";
import { type DataType, infoOf } from "./data-type.ts";

/**
 * A column that grows at its end, as growing segments hold it. `view()` shows the rows so far as an
 * immutable column without a copy: later appends write behind it, or into new memory.
 */
export interface ColumnBuffer {
  readonly rowCount: number;
  /** Bytes of memory that the buffer holds. */
  readonly byteSize: number;
  /** Appends rows `start` to `end` of a column of the same field, all of it by default. */
  append(column: Column, start?: number, end?: number): void;
  view(): Column;
}

/**
 * An empty buffer for a field's values, with room for vectors of `rowCapacity` rows at first.
 * Vectors lie in shared memory, for the worker threads.
 */
export function createColumnBuffer(field: Field, rowCapacity: number = initialRows): ColumnBuffer {
  const { layout } = infoOf(field.type);
  switch (layout) {
    case "fixed":
      return new FixedBuffer(field.type);
    case "bytes":
      return new BytesBuffer();
    case "list":
      return new ListBuffer(field.elementType ?? "Int64");
    case "vector":
      return new VectorBuffer(field.dim ?? 0, rowCapacity);
    default:
      return unreachable(layout);
  }
}

/** An empty typed array of the kind that holds a fixed type. */
export function createFixedArray(type: DataType, length: number): FixedArray {
  switch (type) {
    case "Bool":
      return new Uint8Array(length);
    case "Int8":
      return new Int8Array(length);
    case "Int16":
      return new Int16Array(length);
    case "Int32":
      return new Int32Array(length);
    case "Float":
      return new Float32Array(length);
    case "Double":
      return new Float64Array(length);
    default:
      return new BigInt64Array(length);
  }
}

const initialRows = 64;

/** Which rows have values, as a bitmap that comes into being with the first null. */
class ValidityBuffer {
  #bits: Uint8Array | undefined;

  get byteSize(): number {
    return this.#bits?.length ?? 0;
  }

  append(column: Column, start: number, end: number, rowCount: number): void {
    if (column.validity === undefined && this.#bits === undefined) return;
    this.#reserve(rowCount + end - start, rowCount);
    const bits = this.#bits;
    if (bits === undefined) return;
    for (let i = 0; i < end - start; i++) {
      const row = rowCount + i;
      if (isValid(column, start + i)) bits[row >>> 3] |= 1 << (row & 7);
    }
  }

  view(rowCount: number): { validity?: Uint8Array } {
    return this.#bits === undefined
      ? {}
      : { validity: this.#bits.subarray(0, (rowCount + 7) >>> 3) };
  }

  #reserve(rows: number, validSoFar: number): void {
    const needed = (rows + 7) >>> 3;
    const old = this.#bits;
    if (old !== undefined && old.length >= needed) return;
    const grown = new Uint8Array(Math.max(needed, (old?.length ?? 0) * 2, 8));
    if (old !== undefined) grown.set(old);
    else for (let row = 0; row < validSoFar; row++) grown[row >>> 3] |= 1 << (row & 7);
    this.#bits = grown;
  }
}

class FixedBuffer implements ColumnBuffer {
  rowCount = 0;
  #values: FixedArray;
  readonly #type: DataType;
  readonly #validity = new ValidityBuffer();

  constructor(type: DataType) {
    this.#type = type;
    this.#values = createFixedArray(type, initialRows);
  }

  get byteSize(): number {
    return this.#values.byteLength + this.#validity.byteSize;
  }

  append(column: Column, start = 0, end: number = column.rowCount): void {
    const source = (column as FixedColumn).values;
    const needed = this.rowCount + end - start;
    if (needed > this.#values.length) {
      const grown = createFixedArray(this.#type, Math.max(needed, this.#values.length * 2));
      copyValues(grown, this.#values, 0);
      this.#values = grown;
    }
    copyValues(this.#values, source.subarray(start, end), this.rowCount);
    this.#validity.append(column, start, end, this.rowCount);
    this.rowCount = needed;
  }

  view(): FixedColumn {
    const { rowCount } = this;
    return {
      layout: "fixed",
      rowCount,
      values: this.#values.subarray(0, rowCount),
      ...this.#validity.view(rowCount),
    };
  }
}

/** Both arrays are of one kind, which the compiler can't know. */
function copyValues(target: FixedArray, source: FixedArray, offset: number): void {
  if (target instanceof BigInt64Array) target.set(source as BigInt64Array, offset);
  else target.set(source as Float64Array, offset);
}

class BytesBuffer implements ColumnBuffer {
  rowCount = 0;
  #offsets = new Uint32Array(initialRows + 1);
  #bytes = new Uint8Array(initialRows * 16);
  readonly #validity = new ValidityBuffer();

  get byteSize(): number {
    return this.#bytes.length + this.#offsets.byteLength + this.#validity.byteSize;
  }

  append(column: Column, start = 0, end: number = column.rowCount): void {
    const source = column as BytesColumn;
    const from = source.offsets[start];
    const to = source.offsets[end];
    const rowCount = this.rowCount + end - start;
    const used = this.#offsets[this.rowCount];
    this.#offsets = growOffsets(this.#offsets, rowCount);
    if (used + to - from > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(used + to - from, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, used));
      this.#bytes = grown;
    }
    this.#bytes.set(source.bytes.subarray(from, to), used);
    appendOffsets(this.#offsets, source.offsets, { start, end, rowCount: this.rowCount });
    this.#validity.append(column, start, end, this.rowCount);
    this.rowCount = rowCount;
  }

  view(): BytesColumn {
    const { rowCount } = this;
    return {
      layout: "bytes",
      rowCount,
      offsets: this.#offsets.subarray(0, rowCount + 1),
      bytes: this.#bytes.subarray(0, this.#offsets[rowCount]),
      ...this.#validity.view(rowCount),
    };
  }
}

class ListBuffer implements ColumnBuffer {
  rowCount = 0;
  #offsets = new Uint32Array(initialRows + 1);
  readonly #elements: FixedBuffer | BytesBuffer;
  readonly #validity = new ValidityBuffer();

  constructor(elementType: DataType) {
    this.#elements =
      infoOf(elementType).layout === "bytes" ? new BytesBuffer() : new FixedBuffer(elementType);
  }

  get byteSize(): number {
    return this.#elements.byteSize + this.#offsets.byteLength + this.#validity.byteSize;
  }

  append(column: Column, start = 0, end: number = column.rowCount): void {
    const source = column as ListColumn;
    const rowCount = this.rowCount + end - start;
    this.#offsets = growOffsets(this.#offsets, rowCount);
    appendOffsets(this.#offsets, source.offsets, { start, end, rowCount: this.rowCount });
    this.#elements.append(source.elements, source.offsets[start], source.offsets[end]);
    this.#validity.append(column, start, end, this.rowCount);
    this.rowCount = rowCount;
  }

  view(): ListColumn {
    const { rowCount } = this;
    return {
      layout: "list",
      rowCount,
      offsets: this.#offsets.subarray(0, rowCount + 1),
      elements: this.#elements.view(),
      ...this.#validity.view(rowCount),
    };
  }
}

class VectorBuffer implements ColumnBuffer {
  rowCount = 0;
  readonly #dim: number;
  #values: Float32Array;
  readonly #validity = new ValidityBuffer();

  constructor(dim: number, rowCapacity: number) {
    this.#dim = dim;
    this.#values = allocateFloats(rowCapacity * dim);
  }

  get byteSize(): number {
    return this.#values.byteLength + this.#validity.byteSize;
  }

  append(column: Column, start = 0, end: number = column.rowCount): void {
    const source = column as VectorColumn;
    const used = this.rowCount * this.#dim;
    const needed = used + (end - start) * this.#dim;
    if (needed > this.#values.length) {
      const grown = allocateFloats(Math.max(needed, this.#values.length * 2));
      grown.set(this.#values.subarray(0, used));
      this.#values = grown;
    }
    this.#values.set(source.values.subarray(start * this.#dim, end * this.#dim), used);
    this.#validity.append(column, start, end, this.rowCount);
    this.rowCount += end - start;
  }

  view(): VectorColumn {
    const { rowCount } = this;
    return {
      layout: "vector",
      rowCount,
      dim: this.#dim,
      values: this.#values.subarray(0, rowCount * this.#dim),
      ...this.#validity.view(rowCount),
    };
  }
}

function allocateFloats(length: number): Float32Array {
  return new Float32Array(allocateVectorBytes(length * 4).buffer, 0, length);
}

function growOffsets(
  offsets: Uint32Array<ArrayBuffer>,
  rowCount: number,
): Uint32Array<ArrayBuffer> {
  if (rowCount < offsets.length) return offsets;
  const grown = new Uint32Array(Math.max(rowCount + 1, offsets.length * 2));
  grown.set(offsets);
  return grown;
}

function appendOffsets(
  target: Uint32Array,
  source: Uint32Array,
  rows: { start: number; end: number; rowCount: number },
): void {
  const shift = target[rows.rowCount] - source[rows.start];
  for (let i = 1; i <= rows.end - rows.start; i++) {
    target[rows.rowCount + i] = source[rows.start + i] + shift;
  }
}
