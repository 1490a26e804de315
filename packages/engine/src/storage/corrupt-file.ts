import { UnexpectedEndError } from "../base/byte-reader.ts";
import { EngineError } from "../base/errors.ts";

/** Thrown by decoders, which know no path, when bytes break a rule of their format. */
export class MalformedBytesError extends Error {
  override readonly name = "MalformedBytesError";
}

/** A `corrupt-file` error that says what the file should hold, what it holds, and what to do. */
export function corruptFile(
  path: string,
  expected: string,
  found: string,
  cause?: unknown,
): EngineError {
  return new EngineError(
    "corrupt-file",
    `Cannot read "${path}": expected ${expected}, found ${found}; ` +
      "the file is damaged: restore the database from a copy",
    { details: { path, expected, found }, cause },
  );
}

/** Runs a decoder on bytes of the file at `path`; what it finds wrong becomes `corrupt-file`. */
export function decodeFile<T>(path: string, expected: string, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    if (cause instanceof MalformedBytesError || cause instanceof UnexpectedEndError) {
      throw corruptFile(path, expected, `other bytes (${cause.message})`, cause);
    }
    throw cause;
  }
}
