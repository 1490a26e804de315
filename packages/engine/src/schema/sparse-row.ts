import { EngineError } from "../base/errors.ts";

/** Indices are below this: 2^32 - 1 itself is none. */
const indexEnd = 0xffff_ffff;

/** A vector that is 0 wherever it does not say otherwise. */
export interface SparseRow {
  /** Ascending, without repetition, below 2^32 - 1. */
  readonly indices: Uint32Array;
  /** Finite, 0 or more; as many as indices. */
  readonly values: Float32Array;
}

/**
 * Throws `invalid-parameter` with Milvus's text unless the elements `start` to `end` are a vector
 * as {@link SparseRow} says. A vector without elements is one: it finds nothing and is not found.
 */
export function checkSparseRow(
  { indices, values }: SparseRow,
  start = 0,
  end: number = indices.length,
): void {
  for (let i = start; i < end; i++) {
    if (indices[i] >= indexEnd) {
      throw invalid("invalid index in sparse float vector: must be less than 2^32-1");
    }
    if (i > start && indices[i] <= indices[i - 1]) {
      throw invalid("unsorted or same indices in sparse float vector");
    }
    if (!Number.isFinite(values[i])) {
      throw invalid(`value '${shown(values[i])}' is not a number or infinity`);
    }
    if (values[i] < 0) throw invalid("negative value in sparse float vector");
  }
}

function shown(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "+Inf" : "-Inf";
}

function invalid(message: string): EngineError {
  return new EngineError("invalid-parameter", message);
}
