import { EngineError, messageOf } from "../base/errors.ts";
import { type CheckedKind, readChecked, writeChecked } from "./checked-file.ts";
import type { FileSystem } from "./file-system.ts";

/**
 * Small documents in checked files, as JSON. A bigint is `{"$int64": "digits"}`, so that no reader
 * rounds it; undefined members are left out.
 */
export async function writeDocument(
  fileSystem: FileSystem,
  kind: CheckedKind,
  path: string,
  document: object,
): Promise<void> {
  const text = JSON.stringify(document, (_key, value: unknown) =>
    typeof value === "bigint" ? { $int64: String(value) } : value,
  );
  await writeChecked(fileSystem, kind, path, new TextEncoder().encode(text));
}

/**
 * Reads what `writeDocument` wrote. The checksum has vouched for the bytes, so the caller may rely on
 * the shape. Throws `corrupt-file`, `format-too-new` or `io`.
 */
export async function readDocument<T extends object>(
  fileSystem: FileSystem,
  kind: CheckedKind,
  path: string,
): Promise<T> {
  const payload = await readChecked(fileSystem, kind, path);
  try {
    return JSON.parse(new TextDecoder().decode(payload), reviveBigint) as T;
  } catch (cause) {
    throw new EngineError("corrupt-file", `Cannot read "${path}": ${messageOf(cause)}`, {
      details: { path },
      cause,
    });
  }
}

function reviveBigint(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("$int64" in value)) return value;
  return BigInt(String(value.$int64));
}
