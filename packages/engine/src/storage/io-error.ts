import { getSystemErrorMap } from "node:util";
import { EngineError } from "../base/errors.ts";

/** What the operating system calls each error, by its name: "ENOSPC" -> "no space left on device". */
const descriptions = new Map(getSystemErrorMap().values());

/** An `io` error: what was attempted ("create", "sync", ...), on which file, and what the disk said. */
export function ioError(
  attempt: string,
  path: string,
  errno: string,
  cause?: unknown,
): EngineError {
  const description = descriptions.get(errno);
  const reason = description === undefined ? errno : `${description} (${errno})`;
  return new EngineError("io", `Cannot ${attempt} "${path}": ${reason}`, {
    details: { path, errno },
    cause,
  });
}
