import { isEngineError } from "../base/errors.ts";
import type { DenseMetric } from "../base/metric.ts";
import type { WasmExports } from "./exports/wasm-exports.ts";
import { IndexMemory } from "./index-memory.ts";
import type { Kernels, QueryBlock } from "./kernels.ts";
import { codeDistance, codeOf, middleOf, rotate } from "./scalar-codes.ts";
import { type NarrowType, widen } from "./scalar-components.ts";
import { createScalarKernels } from "./scalar-kernels.ts";
import { graphIsRight } from "./self-test-graph.ts";
import { intervalMarksAreRight } from "./self-test-intervals.ts";
import { listScanIsRight } from "./self-test-lists.ts";
import { allocateVectorBytes } from "./vector-memory.ts";

/**
 * Whether kernels compute a few things as their definitions say. V8's baseline compiler has
 * miscompiled SIMD instructions before; a wrong score would never be noticed otherwise.
 */
export function computesRightly(kernels: Kernels): boolean {
  try {
    return answersRightly(kernels);
  } catch (error) {
    if (isEngineError(error)) throw error;
    return false; // a trap: such a build must not be used either
  }
}

function answersRightly(kernels: Kernels): boolean {
  if (!scoresRightly(kernels)) return false;
  if (kernels.kind === "scalar") return true;
  const memory = IndexMemory.create();
  const exports = kernels.exportsOver(memory.memory);
  return exports !== undefined && checks.every((check) => check(exports, memory));
}

/** One for each family of functions that the module exports, beside those that `prepare` calls. */
const checks: readonly ((exports: WasmExports, memory: IndexMemory) => boolean)[] = [
  narrowRowsAreRight,
  codesAreRight,
  rotationIsRight,
  listScanIsRight,
  graphIsRight,
  intervalMarksAreRight,
];

/** In the order of their numbers in the kernels. */
const METRICS: readonly DenseMetric[] = ["L2", "IP", "COSINE"];

// Two and more of each loop: 16, 8 and 4 components at a time, then single ones.
const DIM = 39;

function scoresRightly(kernels: Kernels): boolean {
  const queryCount = 5; // four at once and one alone
  const rowCount = 3;
  const queries = Float32Array.from({ length: queryCount * DIM }, (_, i) => Math.sin(i));
  const rows = new Float32Array(allocateVectorBytes(4 * rowCount * DIM).buffer, 0, rowCount * DIM);
  for (let i = 0; i < rows.length; i++) rows[i] = Math.cos(i * i);
  return METRICS.every((metric) => {
    const block: QueryBlock = { metric, dim: DIM, queries, queryCount };
    return areClose(scoresOf(kernels, block, rows), scoresOf(createScalarKernels(), block, rows));
  });
}

function scoresOf(kernels: Kernels, block: QueryBlock, vectors: Float32Array): Float32Array {
  const scorer = kernels.prepare(block, { element: "float32", values: vectors });
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

function narrowRowsAreRight(exports: WasmExports, memory: IndexMemory): boolean {
  const query = memory.allocate(4 * DIM);
  const row = memory.allocate(2 * DIM);
  const rows = memory.allocate(4);
  const score = memory.allocate(4);
  const queries = memory.f32(query, DIM);
  // Eighths of norm 1, as a query for the cosine has it, so that sums with bytes are exact.
  for (let i = 0; i < 16; i++) queries[2 * i + (i & 1)] = i % 3 === 0 ? -0.25 : 0.25;
  const bytes = memory.u8(row, 2 * DIM);
  // Without the upper bit of the exponent: magnitudes below 2, and some below the normal ones.
  for (let i = 0; i < DIM; i++) bytes.set([i * 97, (i * 59) & 0xbf], 2 * i);
  const kernelOf = {
    float16: exports.scoreF16,
    bfloat16: exports.scoreBf16,
    int8: exports.scoreInt8,
  } as const;
  const types: readonly NarrowType[] = ["float16", "bfloat16", "int8"];
  return types.every((type) => {
    const vectors = widen(type, bytes).subarray(0, DIM);
    return METRICS.every((metric, number) => {
      const block: QueryBlock = { metric, dim: DIM, queries, queryCount: 1 };
      kernelOf[type](number, query, row, rows, score, 1, DIM);
      return areClose(memory.f32(score, 1), scoresOf(createScalarKernels(), block, vectors));
    });
  });
}

/** Quantises rows, packs them, and compares the first with all of them. */
function codesAreRight(exports: WasmExports, memory: IndexMemory): boolean {
  const codeBytes = 64;
  const rowCount = 6; // four at once and two alone
  const scale = 70; // cuts some components at both ends
  const source = memory.allocate(4 * rowCount * DIM);
  const mean = memory.allocate(4 * DIM);
  const codes = memory.allocate(rowCount * codeBytes);
  const squares = memory.allocate(4 * rowCount);
  const codes4 = memory.allocate((rowCount * codeBytes) / 2);
  const squares4 = memory.allocate(4 * rowCount);
  const rows = memory.allocate(4 * rowCount);
  const distances = memory.allocate(4 * rowCount);

  const vectors = memory.f32(source, rowCount * DIM);
  for (let i = 0; i < vectors.length; i++) vectors[i] = Math.sin(i * i);
  const center = memory.f32(mean, DIM);
  for (let i = 0; i < DIM; i++) center[i] = Math.cos(i) / 8;
  for (let r = 0; r < rowCount; r++) memory.u32(rows, rowCount)[rowCount - 1 - r] = r;
  const expected = Array.from({ length: rowCount }, (_, r) =>
    codeOf(vectors.subarray(r * DIM, (r + 1) * DIM), center, scale),
  ).reverse();
  const query = expected[rowCount - 1];
  const square = codeDistance(query, new Uint8Array(DIM));
  const square4 = square - 8 * query.reduce((sum, level) => sum + level, 0);

  exports.quantize7(source, rowCount, DIM, mean, scale, codes, squares, codeBytes);
  exports.pack4(codes, rowCount, DIM, codeBytes, codes4, squares4);
  const found = memory.u32(distances, rowCount);
  exports.distances7(codes, square, codes, squares, codeBytes, rows, rowCount, distances);
  if (expected.some((code, i) => found[i] !== codeDistance(query, code))) return false;
  exports.distances4(codes, square4, codes4, squares4, codeBytes, rows, rowCount, distances);
  return expected.every((code, i) => found[i] === codeDistance(query, code.map(middleOf)));
}

function rotationIsRight(exports: WasmExports, memory: IndexMemory): boolean {
  const dim = 192; // more than the power of two that is transformed at a time
  const source = memory.allocate(4 * (dim - 1));
  const row = memory.allocate(4 * dim);
  const signs = memory.allocate(16 * dim);
  const vector = memory.f32(source, dim - 1);
  for (let i = 0; i < vector.length; i++) vector[i] = Math.sin(i * i);
  const signOf = memory.f32(signs, 4 * dim);
  for (let i = 0; i < signOf.length; i++) signOf[i] = Math.sin(i * i + 1) < 0 ? -1 : 1;
  exports.padRows(source, 1, dim - 1, row, dim, 1);
  exports.rotate(row, 1, dim, signs);

  const expected = new Float32Array(dim);
  const norm = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
  for (let i = 0; i < vector.length; i++) expected[i] = vector[i] / norm;
  rotate(expected, signOf);
  return areClose(memory.f32(row, dim), expected);
}

function areClose(found: Float32Array, expected: Float32Array): boolean {
  return expected.every((x, i) => Math.abs(x - found[i]) <= 1e-4 * (1 + Math.abs(x)));
}
