import { unreachable } from "../base/assert.ts";
import type { Field } from "./collection-schema.ts";
import type { BytesColumn, Column, FixedArray, FixedColumn, ListColumn } from "./column.ts";
import { type DataType, infoOf } from "./data-type.ts";
import { appendOffsets, growOffsets } from "./growing-offsets.ts";
import { SparseBuffer } from "./sparse-buffer.ts";
import { ValidityBuffer } from "./validity-buffer.ts";
import { VectorBuffer } from "./vector-buffer.ts";
import { vectorShapeOf } from "./vector-layout.ts";

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
      return new ListBuffer(createElementBuffer(field));
    case "vector":
      return new VectorBuffer(vectorShapeOf(field), rowCapacity);
    case "sparse":
      return new SparseBuffer();
    default:
      return unreachable(layout);
  }
}

function createElementBuffer(field: Field): ElementBuffer {
  const type = field.elementType ?? "Int64";
  if (field.type === "ArrayOfVector") return new VectorBuffer(vectorShapeOf(field), 0);
  return infoOf(type).layout === "bytes" ? new BytesBuffer() : new FixedBuffer(type);
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

type ElementBuffer = FixedBuffer | BytesBuffer | VectorBuffer;

class ListBuffer implements ColumnBuffer {
  rowCount = 0;
  #offsets = new Uint32Array(initialRows + 1);
  readonly #elements: ElementBuffer;
  readonly #validity = new ValidityBuffer();

  constructor(elements: ElementBuffer) {
    this.#elements = elements;
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
