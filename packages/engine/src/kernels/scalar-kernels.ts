import { assert } from "../base/assert.ts";
import type { DenseMetric } from "../base/metric.ts";
import { copyFloats, type DenseRows } from "./dense-rows.ts";
import type { Kernels, QueryBlock, RowScorer } from "./kernels.ts";
import { queryCapacityOf, rowCapacityOf, writeQueries } from "./query-block.ts";

/**
 * The kernels in plain TypeScript: what runs where there is no SIMD, and what the SIMD kernels are
 * held against. Sums are f64, rounded to f32 at the end.
 */
export function createScalarKernels(slot = 0): Kernels {
  return { kind: "scalar", slot, prepare, exportsOver: () => undefined };
}

function prepare(block: QueryBlock, vectors: DenseRows): RowScorer {
  const { dim, metric, queryCount } = block;
  assert(queryCount <= queryCapacityOf(dim), `${queryCount} queries of ${dim} in one block`);
  const rowCapacity = rowCapacityOf(dim);
  const queries = new Float32Array(queryCount * dim);
  writeQueries(queries, block);
  const rows = new Uint32Array(rowCapacity);
  const scores = new Float32Array(rowCapacity * queryCount);
  const scoreRow = scoreFunctions[metric];
  const readRow = rowReader(vectors, dim);
  return {
    rowCapacity,
    rows,
    scores,
    score(rowCount: number): void {
      assert(rowCount <= rowCapacity, `${rowCount} rows in a block of ${rowCapacity}`);
      for (let r = 0; r < rowCount; r++) {
        const row = readRow(rows[r]);
        for (let q = 0; q < queryCount; q++) {
          const query = queries.subarray(q * dim, (q + 1) * dim);
          scores[q * rowCapacity + r] = scoreRow(query, row);
        }
      }
    },
  };
}

/** Answers rows as f32: each until the next is asked for. */
function rowReader({ element, values }: DenseRows, dim: number): (row: number) => Float32Array {
  if (values instanceof Float32Array) return (row) => values.subarray(row * dim, (row + 1) * dim);
  const floats = new Float32Array(dim);
  return (row) => {
    copyFloats({ element, values }, { start: row * dim, end: (row + 1) * dim }, floats);
    return floats;
  };
}

type ScoreFunction = (query: Float32Array, row: Float32Array) => number;

const scoreFunctions: Readonly<Record<DenseMetric, ScoreFunction>> = {
  L2: squaredDistance,
  IP: innerProduct,
  COSINE: cosine,
};

function squaredDistance(query: Float32Array, row: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < query.length; i++) {
    const difference = query[i] - row[i];
    sum += difference * difference;
  }
  return sum;
}

function innerProduct(query: Float32Array, row: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < query.length; i++) sum += query[i] * row[i];
  return sum;
}

/** The query has norm 1 or 0. */
function cosine(query: Float32Array, row: Float32Array): number {
  let sum = 0;
  let rowSquare = 0;
  for (let i = 0; i < query.length; i++) {
    const x = row[i];
    sum += query[i] * x;
    rowSquare += x * x;
  }
  return rowSquare === 0 ? 0 : sum / Math.sqrt(rowSquare);
}
