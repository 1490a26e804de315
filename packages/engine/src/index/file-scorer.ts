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
  /** Where rows are read to, by dimension. */
  readonly #buffers = new Map<number, Float32Array>();

  constructor(kernels: Kernels, readRow: ReadRow) {
    this.#kernels = kernels;
    this.#readRow = readRow;
  }

  /** As {@link Kernels.prepare}, for the rows of a file. */
  prepare(block: QueryBlock, file: VectorFile): RowScorer {
    const { dim } = block;
    const buffer = this.#bufferOf(dim);
    const inner = this.#kernels.prepare(block, buffer);
    const rowCapacity = Math.min(rowCountMax, inner.rowCapacity);
    const targets = rowsOf(buffer, dim);
    const readRow = this.#readRow;
    const rows = new Uint32Array(rowCapacity);
    for (let i = 0; i < rowCapacity; i++) inner.rows[i] = i;
    return {
      rowCapacity,
      rows,
      scores: inner.scores,
      score(rowCount: number): void {
        for (let i = 0; i < rowCount; i++) {
          readRow(file.descriptor, targets[i], file.offset + rows[i] * dim * 4);
        }
        inner.score(rowCount);
      },
    };
  }

  #bufferOf(dim: number): Float32Array {
    let buffer = this.#buffers.get(dim);
    if (buffer === undefined) {
      const bytes = allocateVectorBytes(rowCountMax * dim * 4);
      buffer = new Float32Array(bytes.buffer, 0, rowCountMax * dim);
      this.#buffers.set(dim, buffer);
    }
    return buffer;
  }
}

/** The bytes of each row of a buffer. */
function rowsOf(buffer: Float32Array, dim: number): readonly Uint8Array[] {
  return Array.from(
    { length: rowCountMax },
    (_, i) => new Uint8Array(buffer.buffer, i * dim * 4, dim * 4),
  );
}
