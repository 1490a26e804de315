import type { Metric } from "../base/metric.ts";
import type { Kernels, QueryBlock } from "./kernels.ts";
import { createScalarKernels } from "./scalar-kernels.ts";
import { createWasmKernels } from "./wasm-kernels.ts";

/**
 * The fastest kernels that this runtime has and that compute rightly here. An instance belongs to
 * the thread that loads it, whose number is `slot`: 0 for the main thread, 1 and up for those of a
 * pool. Loading takes about a millisecond.
 */
export function loadKernels(slot = 0): Kernels {
  const scalar = createScalarKernels();
  const wasm = createWasmKernels(slot);
  return wasm !== undefined && agree(wasm, scalar) ? wasm : scalar;
}

const METRICS: readonly Metric[] = ["L2", "IP", "COSINE"];

/**
 * Whether kernels score a few vectors as the scalar twin does. V8's baseline compiler has
 * miscompiled SIMD instructions before; a wrong score would never be noticed otherwise.
 */
function agree(kernels: Kernels, twin: Kernels): boolean {
  const dim = 39; // two and more of each loop: 16, 8 and 4 components at a time, then single ones
  const queryCount = 5; // four at once and one alone
  const rowCount = 3;
  const queries = Float32Array.from({ length: queryCount * dim }, (_, i) => Math.sin(i));
  const rows = Float32Array.from({ length: rowCount * dim }, (_, i) => Math.cos(i * i));
  return METRICS.every((metric) => {
    const block: QueryBlock = { metric, dim, queries, queryCount };
    const scores = scoresOf(kernels, block, rows);
    return scoresOf(twin, block, rows).every((score, i) => Math.abs(score - scores[i]) < 1e-4);
  });
}

function scoresOf(kernels: Kernels, block: QueryBlock, vectors: Float32Array): Float32Array {
  const scorer = kernels.prepare(block, vectors);
  const rowCount = vectors.length / block.dim;
  for (let row = 0; row < rowCount; row++) scorer.rows[row] = row;
  scorer.score(rowCount);
  const scores = new Float32Array(block.queryCount * rowCount);
  for (let q = 0; q < block.queryCount; q++) {
    const start = q * scorer.rowCapacity;
    scores.set(scorer.scores.subarray(start, start + rowCount), q * rowCount);
  }
  return scores;
}
