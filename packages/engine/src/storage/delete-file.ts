import { assert } from "../base/assert.ts";
import { ByteReader } from "../base/byte-reader.ts";
import { ByteWriter } from "../base/byte-writer.ts";
import { bytesOf, viewAs } from "./byte-view.ts";
import { readChecked, writeChecked } from "./checked-file.ts";
import { decodeFile, MalformedBytesError } from "./corrupt-file.ts";
import type { FileSystem } from "./file-system.ts";

/**
 * The deleted rows of one segment, as parallel arrays: row `rows[i]` was deleted at
 * `timestamps[i]`. The rows ascend, each at most once.
 */
export interface RowDeletes {
  readonly rows: Uint32Array;
  readonly timestamps: BigUint64Array;
}

/** Replaces the delete file in one step; durable when resolved. Throws `io`. */
export async function writeDeleteFile(
  fs: FileSystem,
  path: string,
  deletes: RowDeletes,
): Promise<void> {
  await writeChecked(fs, "deletes", path, encodeRowDeletes(deletes));
}

/** Throws `io`, `corrupt-file` and `format-too-new`. */
export async function readDeleteFile(fs: FileSystem, path: string): Promise<RowDeletes> {
  const payload = await readChecked(fs, "deletes", path);
  return decodeFile(path, "ascending rows and as many timestamps", () => decodeRowDeletes(payload));
}

/** Timestamps first, so that both arrays lie on multiples of their width. */
function encodeRowDeletes({ rows, timestamps }: RowDeletes): Uint8Array {
  assert(rows.length === timestamps.length, "Each deleted row has a timestamp");
  assert(isAscending(rows), "Deleted rows ascend");
  return new ByteWriter(8 + rows.length * 12)
    .u64(BigInt(rows.length))
    .bytes(bytesOf(timestamps))
    .bytes(bytesOf(rows))
    .finish();
}

function decodeRowDeletes(payload: Uint8Array): RowDeletes {
  const reader = new ByteReader(payload);
  const count = Number(reader.u64());
  if (reader.remaining !== count * 12) {
    throw new MalformedBytesError(`${count} deletes in ${reader.remaining} bytes`);
  }
  const timestamps = viewAs(BigUint64Array, reader.bytes(count * 8));
  const rows = viewAs(Uint32Array, reader.bytes(count * 4));
  if (!isAscending(rows)) throw new MalformedBytesError("rows that do not ascend");
  return { rows, timestamps };
}

function isAscending(rows: Uint32Array): boolean {
  for (let i = 1; i < rows.length; i++) if (rows[i] <= rows[i - 1]) return false;
  return true;
}
