import { EngineError } from "../base/errors.ts";

/** Throws `invalid-parameter` with Milvus's text. `reason` says what is wrong, in the details. */
export function failGeometry(reason: string): never {
  throw new EngineError("invalid-parameter", "failed to insert invalid geometry", {
    details: { reason },
  });
}
