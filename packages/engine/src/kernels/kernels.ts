import type { DenseMetric } from "../base/metric.ts";
import type { DenseRows } from "./dense-rows.ts";
import type { WasmExports } from "./exports/wasm-exports.ts";
import type { WasmMemory } from "./web-assembly.ts";

/** Scores rows against queries. A kernel instance belongs to one thread. */
export interface Kernels {
  readonly kind: KernelKind;
  /** The number of the thread, which has the slot of this number in each memory of vectors. */
  readonly slot: number;
  /**
   * Takes in queries and answers what scores rows against them, whatever their components are. The
   * scorer that an earlier call answered must not be used any more.
   */
  prepare(block: QueryBlock, rows: DenseRows): RowScorer;
  /** The functions of the module over a memory; `undefined` for the twin in TypeScript, which has none. */
  exportsOver(memory: WasmMemory): WasmExports | undefined;
}

/** What computes: three builds of one WebAssembly module, or the twin in TypeScript. */
export type KernelKind = "relaxed" | "simd128" | "wasm-scalar" | "scalar";

/** Queries to score rows against together. */
export interface QueryBlock {
  readonly metric: DenseMetric;
  /** Components of a vector, 1 to 32,768. */
  readonly dim: number;
  /** The queries, one after the other: `queryCount * dim` floats. */
  readonly queries: Float32Array;
  /** 1 to `queryCapacityOf(dim)`. */
  readonly queryCount: number;
}

/** Scores one block of rows after the other. */
export interface RowScorer {
  /** Most rows of a block. */
  readonly rowCapacity: number;
  /** Where the caller puts the numbers of the rows of a block. Row r begins at component `r * dim`. */
  readonly rows: Uint32Array;
  /**
   * The scores of the block: that of query q and the i-th row is at `q * rowCapacity + i`. For L2
   * the squared distance, for IP the inner product, for COSINE the cosine, which is 0 where the
   * query or the row has norm 0. Sums are f32: squares and products beyond its range give an
   * infinity or NaN, and squares below it count as 0.
   */
  readonly scores: Float32Array;
  /** Scores the first `rowCount` of `rows`, at most `rowCapacity`. */
  score(rowCount: number): void;
}
