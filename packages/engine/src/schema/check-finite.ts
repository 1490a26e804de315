import { EngineError } from "../base/errors.ts";
import type { VectorColumn } from "./column.ts";
import { type HalfElement, halvesToFloats, indexOfNonFinite } from "./half-precision.ts";

/** Throws `invalid-parameter` with Milvus's text when a component is NaN or infinite. */
export function checkFinite(values: Float32Array | Float64Array, field: string): void {
  // x - x is 0 for every finite x and NaN for the others: one sum tells of them all; in four parts,
  // since each addition waits for the one before.
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 4 <= values.length; i += 4) {
    a += values[i] - values[i];
    b += values[i + 1] - values[i + 1];
    c += values[i + 2] - values[i + 2];
    d += values[i + 3] - values[i + 3];
  }
  for (; i < values.length; i++) a += values[i] - values[i];
  if (a + b + c + d === 0) return;
  throw notFinite(values.find((value) => !Number.isFinite(value)) ?? Number.NaN, field);
}

/** As {@link checkFinite}, for vectors of any element: integers and bits are always finite. */
export function checkFiniteVectors({ element, values }: VectorColumn, field: string): void {
  if (values instanceof Float32Array) checkFinite(values, field);
  else if (values instanceof Uint16Array) {
    const half: HalfElement = element === "bfloat16" ? "bfloat16" : "float16";
    const index = indexOfNonFinite(half, values);
    if (index < 0) return;
    throw notFinite(halvesToFloats(half, values.subarray(index, index + 1))[0], field);
  }
}

function notFinite(found: number, field: string): EngineError {
  const shown = Number.isNaN(found) ? "NaN" : found > 0 ? "+Inf" : "-Inf";
  return new EngineError("invalid-parameter", `value '${shown}' is not a number or infinity`, {
    details: { field, found: shown },
  });
}
