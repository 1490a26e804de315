import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { BrainError, messageOf } from "../base/brain-error.ts";

/** The SHA-256 of a file's bytes as hex. Throws `file-not-found` or `file-unreadable`. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(path), hash);
  } catch (cause) {
    throw readFailure(path, cause);
  }
  return hash.digest("hex");
}

/** How many bytes a file has. Throws `file-not-found` or `file-unreadable`. */
export async function fileSize(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    throw readFailure(path, cause);
  }
}

/** A text file in UTF-8. Throws `file-not-found` or `file-unreadable`. */
export async function readFileText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw readFailure(path, cause);
  }
}

function readFailure(path: string, cause: unknown): BrainError {
  const isMissing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
  return new BrainError(
    isMissing ? "file-not-found" : "file-unreadable",
    isMissing
      ? `Cannot read "${path}": there is no such file`
      : `Cannot read "${path}": ${messageOf(cause)}`,
    { details: { path }, cause },
  );
}
