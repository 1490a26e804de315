import { BrainError, messageOf } from "../base/brain-error.ts";
import { damagedError, firstLineOf } from "./open-error.ts";

/**
 * What a statement threw, where the file or the machine is at fault. All else stays as it is: errors of
 * the caller's own, and the binder's, which views turn into theirs.
 */
export function queryError(path: string, cause: unknown): unknown {
  if (cause instanceof BrainError) return cause;
  const text = messageOf(cause);
  if (/corrupt|checksum|serialization error|database has been invalidated/i.test(text)) {
    return damagedError(path, cause);
  }
  if (/^(?:IO Error|Out of Memory Error|OutOfMemoryException)/i.test(text)) {
    return new BrainError("io", `Cannot read or write ${path}: ${firstLineOf(text)}`, {
      details: { path },
      cause,
    });
  }
  return cause;
}
