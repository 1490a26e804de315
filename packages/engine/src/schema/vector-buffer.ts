import { allocateVectorBytes } from "../kernels/vector-memory.ts";
import type { Column, VectorColumn, VectorElement } from "./column.ts";
import { ValidityBuffer } from "./validity-buffer.ts";
import { strideOf, type VectorArray, type VectorShape, vectorArrayKind } from "./vector-layout.ts";

/** A `ColumnBuffer` of vectors of one shape, in memory that kernels of all threads read. */
export class VectorBuffer {
  rowCount = 0;
  readonly #shape: VectorShape;
  readonly #stride: number;
  #values: VectorArray;
  readonly #validity = new ValidityBuffer();

  constructor(shape: VectorShape, rowCapacity: number) {
    this.#shape = shape;
    this.#stride = strideOf(shape.element, shape.dim);
    this.#values = allocateVectors(shape.element, rowCapacity * this.#stride);
  }

  get byteSize(): number {
    return this.#values.byteLength + this.#validity.byteSize;
  }

  append(column: Column, start = 0, end: number = column.rowCount): void {
    const source = column as VectorColumn;
    const stride = this.#stride;
    const used = this.rowCount * stride;
    const needed = used + (end - start) * stride;
    if (needed > this.#values.length) {
      const length = Math.max(needed, this.#values.length * 2);
      const grown = allocateVectors(this.#shape.element, length);
      grown.set(this.#values.subarray(0, used));
      this.#values = grown;
    }
    this.#values.set(source.values.subarray(start * stride, end * stride), used);
    this.#validity.append(column, start, end, this.rowCount);
    this.rowCount += end - start;
  }

  view(): VectorColumn {
    const { rowCount } = this;
    return {
      layout: "vector",
      rowCount,
      ...this.#shape,
      values: this.#values.subarray(0, rowCount * this.#stride),
      ...this.#validity.view(rowCount),
    };
  }
}

function allocateVectors(element: VectorElement, length: number): VectorArray {
  const kind = vectorArrayKind(element);
  return new kind(allocateVectorBytes(length * kind.BYTES_PER_ELEMENT).buffer, 0, length);
}
