import {
  type DenseArray,
  type DenseElement,
  type DenseRows,
  denseArrayOver,
  elementBytes,
} from "../kernels/dense-rows.ts";
import type { Kernels, QueryBlock, RowScorer } from "../kernels/kernels.ts";
import { allocateVectorBytes } from "../kernels/vector-memory.ts";
import type { ExactVectors } from "./vector-index.ts";

/** Fills `target` from an open file, at once. Throws `io`. */
export type ReadRow = (descriptor: number, target: Uint8Array, position: number) => void;

type VectorFile = Extract<ExactVectors, { place: "file" }>;

/** Most rows that are read and scored together. */
const rowCountMax = 64;

/** Scores vectors that stay on disk: reads those that are asked for, one by one. */
export class FileScorers {
  readonly #kernels: Kernels;
  readonly #readRow: ReadRow;
  /** Where rows are read to, by their bytes and what they consist of. */
  readonly #buffers = new Map<string, DenseRows>();

  constructor(kernels: Kernels, readRow: ReadRow) {
    this.#kernels = kernels;
    this.#readRow = readRow;
  }

  /** As {@link Kernels.prepare}, for the rows of a file. */
  prepare(block: QueryBlock, file: VectorFile): RowScorer {
    const { dim } = block;
    const rowBytes = dim * elementBytes[file.element];
    const buffer = this.#bufferOf(file.element, rowBytes);
    const inner = this.#kernels.prepare(block, buffer);
    const rowCapacity = Math.min(rowCountMax, inner.rowCapacity);
    const targets = rowsOf(buffer.values, rowBytes);
    const readRow = this.#readRow;
    const rows = new Uint32Array(rowCapacity);
    for (let i = 0; i < rowCapacity; i++) inner.rows[i] = i;
    return {
      rowCapacity,
      rows,
      scores: inner.scores,
      score(rowCount: number): void {
        for (let i = 0; i < rowCount; i++) {
          readRow(file.descriptor, targets[i], file.offset + rows[i] * rowBytes);
        }
        inner.score(rowCount);
      },
    };
  }

  #bufferOf(element: DenseElement, rowBytes: number): DenseRows {
    const key = `${element} ${rowBytes}`;
    let rows = this.#buffers.get(key);
    if (rows === undefined) {
      const { buffer } = allocateVectorBytes(rowCountMax * rowBytes);
      const length = (rowCountMax * rowBytes) / elementBytes[element];
      rows = { element, values: denseArrayOver(element, buffer, length) };
      this.#buffers.set(key, rows);
    }
    return rows;
  }
}

/** The bytes of each row of a buffer. */
function rowsOf({ buffer }: DenseArray, rowBytes: number): readonly Uint8Array[] {
  return Array.from(
    { length: rowCountMax },
    (_, i) => new Uint8Array(buffer, i * rowBytes, rowBytes),
  );
}
