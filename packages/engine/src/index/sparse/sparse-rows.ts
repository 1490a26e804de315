import { EngineError } from "../../base/errors.ts";

/** A vector that is 0 wherever it does not say otherwise. */
export interface SparseVector {
  /** Ascending, without repetition, below 2^32 - 1. */
  readonly indices: Uint32Array;
  /** Finite, 0 or more; as many as indices. */
  readonly values: Float32Array;
}

/** Sparse vectors one after the other: row r has the elements `offsets[r]` to `offsets[r + 1]`. */
export interface SparseRows extends SparseVector {
  /** One more than there are rows, from 0. */
  readonly offsets: Uint32Array;
}

const INDEX_END = 0xffffffff;

/**
 * Throws `invalid-parameter` with Milvus's text unless the elements `start` to `end` are a vector
 * as {@link SparseVector} says. A vector without elements is one: it finds nothing and is not found.
 */
export function checkSparseVector(
  { indices, values }: SparseVector,
  start = 0,
  end: number = indices.length,
): void {
  for (let i = start; i < end; i++) {
    if (indices[i] >= INDEX_END) {
      throw invalid("invalid index in sparse float vector: must be less than 2^32-1");
    }
    if (i > start && indices[i] <= indices[i - 1]) {
      throw invalid("unsorted or same indices in sparse float vector");
    }
    if (!Number.isFinite(values[i])) {
      throw invalid(`value '${values[i]}' is not a number or infinity`);
    }
    if (values[i] < 0) throw invalid("negative value in sparse float vector");
  }
}

function invalid(message: string): EngineError {
  return new EngineError("invalid-parameter", message);
}
