import { unreachable } from "../base/assert.ts";
import type { SparseRows } from "./sparse/sparse-rows.ts";

/** Vectors to search for, of whatever kind the searched field has. Plain data. */
export type QueryVectors = DenseQueries | BinaryQueries | SparseQueries | ListQueries;

/** `dim` floats for each, as the caller gave them: not normalised. */
export interface DenseQueries {
  readonly kind: "dense";
  readonly dim: number;
  readonly values: Float32Array;
}

/** `rowBytes` bytes for each. */
export interface BinaryQueries {
  readonly kind: "binary";
  readonly rowBytes: number;
  readonly values: Uint8Array;
}

export interface SparseQueries {
  readonly kind: "sparse";
  readonly rows: SparseRows;
}

/** Lists of vectors: query q has the vectors `offsets[q]` to `offsets[q + 1]` of `vectors`. */
export interface ListQueries {
  readonly kind: "list";
  readonly offsets: Uint32Array;
  readonly vectors: DenseQueries | BinaryQueries;
}

/** The queries `start` to `end` in arrays of their own: a view would take its whole buffer along in a message. */
export function copyQueries<Q extends QueryVectors>(queries: Q, range: QueryRange): Q {
  // What is answered is of the kind that was given.
  return copyOf(queries, range) as Q;
}

/** Some of several queries: from `start` to before `end`. */
interface QueryRange {
  readonly start: number;
  readonly end: number;
}

function copyOf(queries: QueryVectors, { start, end }: QueryRange): QueryVectors {
  switch (queries.kind) {
    case "dense":
    case "binary":
      return copyVectors(queries, start, end);
    case "sparse": {
      const { offsets, indices, values } = queries.rows;
      const [from, to] = [offsets[start], offsets[end]];
      const rows = {
        offsets: offsets.slice(start, end + 1).map((offset) => offset - from),
        indices: indices.slice(from, to),
        values: values.slice(from, to),
      };
      return { kind: "sparse", rows };
    }
    case "list": {
      const { offsets, vectors } = queries;
      const from = offsets[start];
      return {
        kind: "list",
        offsets: offsets.slice(start, end + 1).map((offset) => offset - from),
        vectors: copyVectors(vectors, from, offsets[end]),
      };
    }
    default:
      return unreachable(queries);
  }
}

function copyVectors(
  queries: DenseQueries | BinaryQueries,
  start: number,
  end: number,
): DenseQueries | BinaryQueries {
  if (queries.kind === "dense") {
    const { dim, values } = queries;
    return { kind: "dense", dim, values: values.slice(start * dim, end * dim) };
  }
  const { rowBytes, values } = queries;
  return { kind: "binary", rowBytes, values: values.slice(start * rowBytes, end * rowBytes) };
}

/** The vector of a query, as a view. */
export function denseQueryAt({ dim, values }: DenseQueries, query: number): Float32Array {
  return values.subarray(query * dim, (query + 1) * dim);
}

export function binaryQueryAt({ rowBytes, values }: BinaryQueries, query: number): Uint8Array {
  return values.subarray(query * rowBytes, (query + 1) * rowBytes);
}
