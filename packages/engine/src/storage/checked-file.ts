import { crc32 } from "node:zlib";
import { assert } from "../base/assert.ts";
import { ByteReader } from "../base/byte-reader.ts";
import { ByteWriter } from "../base/byte-writer.ts";
import { corruptFile } from "./corrupt-file.ts";
import {
  checkPrelude,
  type FileKind,
  fileKinds,
  PRELUDE_BYTES,
  writePrelude,
} from "./file-prelude.ts";
import type { FileSystem } from "./file-system.ts";

/** The kinds of small files that are read whole and replaced in one step. */
export type CheckedKind = Extract<FileKind, "access" | "catalog" | "manifest" | "deletes">;

/** Prelude, crc32 (u32) of all that follows, payload length (u32): `docs/format/checked-file.md`. */
const HEADER_BYTES = PRELUDE_BYTES + 8;
const CHECKED_FROM = PRELUDE_BYTES + 4;

/** The bytes of a file of this kind around `payload`, which must be shorter than 4 GiB. */
export function encodeChecked(kind: CheckedKind, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  assert(payload.length <= 0xffffffff, "A checked file's payload is shorter than 4 GiB");
  const file = new Uint8Array(HEADER_BYTES + payload.length);
  const prelude = new ByteWriter(PRELUDE_BYTES);
  writePrelude(prelude, kind);
  file.set(prelude.finish());
  file.set(payload, HEADER_BYTES);
  const view = new DataView(file.buffer);
  view.setUint32(CHECKED_FROM, payload.length, true);
  view.setUint32(PRELUDE_BYTES, crc32(file.subarray(CHECKED_FROM)), true);
  return file;
}

/**
 * The payload of a file of this kind, as a view on `bytes`. Throws `corrupt-file` when any byte is
 * wrong, missing or too many, `format-too-new` when a later version of Redkite wrote it.
 */
export function decodeChecked(kind: CheckedKind, bytes: Uint8Array, path: string): Uint8Array {
  checkPrelude(kind, bytes, path);
  const { title } = fileKinds[kind];
  if (bytes.length < HEADER_BYTES) {
    throw corruptFile(path, `${title} of at least ${HEADER_BYTES} bytes`, `${bytes.length} bytes`);
  }
  const reader = new ByteReader(bytes);
  reader.bytes(PRELUDE_BYTES);
  const checksum = reader.u32();
  const expectedBytes = HEADER_BYTES + reader.u32();
  if (bytes.length !== expectedBytes) {
    throw corruptFile(path, `${title} of ${expectedBytes} bytes`, `${bytes.length} bytes`);
  }
  if (crc32(bytes.subarray(CHECKED_FROM)) !== checksum) {
    throw corruptFile(path, `${title} with checksum ${checksum}`, "another checksum");
  }
  return bytes.subarray(HEADER_BYTES);
}

/** Reads a file that {@link writeChecked} wrote. Throws as {@link decodeChecked} does, and `io`. */
export async function readChecked(
  fs: FileSystem,
  kind: CheckedKind,
  path: string,
): Promise<Uint8Array> {
  return decodeChecked(kind, await fs.readFile(path), path);
}

/** Replaces the file in one step; durable when resolved. Throws `io`. */
export async function writeChecked(
  fs: FileSystem,
  kind: CheckedKind,
  path: string,
  payload: Uint8Array,
): Promise<void> {
  await fs.replaceFile(path, encodeChecked(kind, payload));
}
