import { BrainError } from "../base/brain-error.ts";
import { normalizeVector } from "./normalize-vector.ts";

export interface ExpectedVectors {
  /** What answered, for messages. */
  readonly from: string;
  readonly count: number;
  /** Undefined while it is not known yet. */
  readonly dim: number | undefined;
  readonly normalize: boolean;
}

/**
 * What a model answered, as vectors.
 *
 * @throws {BrainError} `model-failed` when it is not `count` lists of `dim` finite numbers.
 */
export function checkVectors(answer: unknown, expected: ExpectedVectors): Float32Array[] {
  const { from, count, dim, normalize } = expected;
  const fail = (found: string): never => {
    throw new BrainError(
      "model-failed",
      `${from} answered ${found}, expected ${count} vectors of ${dim ?? "equally many"} numbers`,
      { details: { count, dim } },
    );
  };
  if (!Array.isArray(answer)) return fail("no list of vectors");
  if (answer.length !== count) return fail(`${answer.length} vectors`);
  const vectors = answer.map((list: unknown) =>
    isNumberList(list) ? Float32Array.from(list) : fail("something else than lists of numbers"),
  );
  const length = dim ?? vectors[0]?.length ?? 0;
  for (const vector of vectors) {
    if (vector.length !== length || length === 0) fail(`a vector of ${vector.length} numbers`);
    if (!vector.every(Number.isFinite)) fail("a vector with NaN or infinity");
    if (normalize) normalizeVector(vector);
  }
  return vectors;
}

function isNumberList(value: unknown): value is ArrayLike<number> {
  if (value instanceof Float32Array || value instanceof Float64Array) return true;
  return Array.isArray(value) && value.every((member) => typeof member === "number");
}
