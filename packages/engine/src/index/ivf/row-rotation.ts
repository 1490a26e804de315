import { assert, must } from "../../base/assert.ts";
import type { DenseMetric } from "../../base/metric.ts";
import { copyFloats } from "../../kernels/dense-rows.ts";
import type { WasmExports } from "../../kernels/exports/wasm-exports.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import type { WasmMemory } from "../../kernels/web-assembly.ts";
import type { SharedVectors } from "../vector-index.ts";
import { scratchParts } from "./scratch-parts.ts";

/** Rows that are copied and rotated together: see the note on calls in kernels/assembly/index.ts. */
export const chunkRows = 128;

/** What tells how rows are rotated. */
export interface Rotation {
  readonly metric: DenseMetric;
  readonly dim: number;
  readonly paddedDim: number;
  /** Where the rotation's signs are. */
  readonly memory: WasmMemory;
}

/** Copies rows into a memory, as a step of a build has to: an instance sees one memory only. */
export class RowRotation {
  readonly exports: WasmExports;
  readonly memory: IndexMemory;
  /** Where the rotated rows are: up to {@link chunkRows} of `paddedDim` floats. */
  readonly rotated: number;
  readonly #rotation: Rotation;
  readonly #signs: number;
  readonly #source: SharedVectors;
  readonly #rows: number;
  readonly #rowsView: Float32Array;

  /** `signs` is the address of the rotation's signs. */
  constructor(
    kernels: Kernels,
    rotation: Rotation,
    { source, signs }: { source: SharedVectors; signs: number },
  ) {
    this.memory = IndexMemory.over(rotation.memory);
    this.exports = must(kernels.exportsOver(this.memory.memory), "kernels in WebAssembly");
    this.#rotation = rotation;
    this.#signs = signs;
    this.#source = source;
    const { rows, rotated } = scratchParts(this.memory, "ivf-rotation", {
      rows: 4 * chunkRows * rotation.dim,
      rotated: 4 * chunkRows * rotation.paddedDim,
    });
    this.#rows = rows;
    this.#rowsView = this.memory.f32(rows, chunkRows * rotation.dim);
    this.rotated = rotated;
  }

  /** Takes in the rows `start` to `start + count`. */
  loadRange(start: number, count: number): void {
    const { dim } = this.#source;
    assert(count <= chunkRows, `${count} rows in a chunk`);
    const range = { start: start * dim, end: (start + count) * dim };
    copyFloats(this.#source, range, this.#rowsView);
    this.#rotate(count);
  }

  /** Takes in the rows with the first `count` of these numbers. */
  loadRows(numbers: ArrayLike<number>, count: number): void {
    const { dim } = this.#source;
    assert(count <= chunkRows, `${count} rows in a chunk`);
    for (let i = 0; i < count; i++) {
      const start = numbers[i] * dim;
      copyFloats(this.#source, { start, end: start + dim }, this.#rowsView, i * dim);
    }
    this.#rotate(count);
  }

  #rotate(count: number): void {
    const { dim, paddedDim, metric } = this.#rotation;
    const normalize = metric === "COSINE" ? 1 : 0;
    this.exports.padRows(this.#rows, count, dim, this.rotated, paddedDim, normalize);
    this.exports.rotate(this.rotated, count, paddedDim, this.#signs);
  }
}
