import { BrainError } from "../base/brain-error.ts";
import type { VectorRow } from "../similarity/vector-row.ts";

/** Metrics whose numbers are distances: products are not, a vector may be nearer to others than to itself. */
export type DistanceMetric = "cosine" | "euclidean";

/** Vectors in memory, by position: the order of the rows that it was made of. */
export class VectorTable {
  readonly metric: DistanceMetric;
  readonly ids: readonly string[];
  /** Of each position; equal to `ids` for whole samples. */
  readonly sampleIds: readonly string[];
  readonly dim: number;
  /** Row after row. */
  readonly values: Float32Array;
  readonly #positions: ReadonlyMap<string, number>;
  readonly #squares: Float64Array;

  /** No id may be there twice. Throws `embedding-invalid` for vectors of different lengths. */
  constructor(metric: DistanceMetric, rows: readonly VectorRow[]) {
    this.metric = metric;
    this.ids = rows.map(({ id }) => id);
    this.sampleIds = rows.map(({ sampleId }) => sampleId);
    this.dim = rows[0]?.vector.length ?? 0;
    this.values = new Float32Array(rows.length * this.dim);
    for (const [i, { id, vector }] of rows.entries()) {
      if (vector.length !== this.dim) {
        throw new BrainError(
          "embedding-invalid",
          `Cannot analyse the embedding of "${id}": it has ${vector.length} numbers, expected ${this.dim}`,
        );
      }
      this.values.set(vector, i * this.dim);
    }
    this.#positions = new Map(this.ids.map((id, position) => [id, position]));
    this.#squares = Float64Array.from(rows, (_, i) =>
      dot(this.values, this.values, i, i, this.dim),
    );
  }

  get count(): number {
    return this.ids.length;
  }

  positionOf(id: string): number | undefined {
    return this.#positions.get(id);
  }

  /** A view of the table's memory. */
  vector(position: number): Float32Array {
    return this.values.subarray(position * this.dim, (position + 1) * this.dim);
  }

  /** Exactly 0 for equal vectors. By cosine a vector of zeros has no direction: it is 1 from all others. */
  distance(a: number, b: number): number {
    const { values, dim } = this;
    if (this.metric === "euclidean") return Math.sqrt(squaredDistance(values, a, b, dim));
    const lengths = Math.sqrt(this.#squares[a] * this.#squares[b]);
    if (lengths === 0) return a === b ? 0 : 1;
    return Math.max(0, 1 - dot(values, values, a, b, dim) / lengths);
  }

  /** The vectors of length one where directions count, else a copy as they are. */
  directions(): Float32Array {
    const copy = this.values.slice();
    if (this.metric === "euclidean") return copy;
    for (let i = 0; i < copy.length; i++) {
      const square = this.#squares[Math.floor(i / this.dim)];
      if (square > 0) copy[i] /= Math.sqrt(square);
    }
    return copy;
  }
}

function dot(a: Float32Array, b: Float32Array, i: number, j: number, dim: number): number {
  const iStart = i * dim;
  const jStart = j * dim;
  // Four sums, so that one addition need not wait for the last.
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let d = 0;
  for (; d + 3 < dim; d += 4) {
    s0 += a[iStart + d] * b[jStart + d];
    s1 += a[iStart + d + 1] * b[jStart + d + 1];
    s2 += a[iStart + d + 2] * b[jStart + d + 2];
    s3 += a[iStart + d + 3] * b[jStart + d + 3];
  }
  for (; d < dim; d++) s0 += a[iStart + d] * b[jStart + d];
  return s0 + s1 + (s2 + s3);
}

function squaredDistance(values: Float32Array, i: number, j: number, dim: number): number {
  const iStart = i * dim;
  const jStart = j * dim;
  let sum = 0;
  for (let d = 0; d < dim; d++) {
    const difference = values[iStart + d] - values[jStart + d];
    sum += difference * difference;
  }
  return sum;
}
