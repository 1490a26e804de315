import { crc32 } from "node:zlib";
import { ByteWriter } from "../base/byte-writer.ts";
import { viewAs } from "./byte-view.ts";
import { corruptFile } from "./corrupt-file.ts";
import type { AppendFile, FileSystem, ReadFile } from "./file-system.ts";
import { SlicedBytes } from "./sliced-bytes.ts";

// Column and index files: a header, the data in blocks with a checksum each, the checksums. The form
// is described in `docs/format/column.md`.

/** Buffers begin at multiples of this from the start of the file: a cache line. */
const ALIGNMENT = 64;

/** One checksum guards so many bytes. */
const BLOCK_BYTES = 1 << 20;

/** So much is read or written at a time, while the checksums of the piece before are computed. */
const PIECE_BYTES = 4 * BLOCK_BYTES;

/** A file that is being read. */
export interface OpenedFile {
  readonly file: ReadFile;
  readonly path: string;
}

/**
 * Writes a new file of a header, whose length is a multiple of 64, and buffers, and answers its size
 * in bytes. The file's bytes are durable when resolved; its name is after `syncDirectory` of the
 * folder. Throws `io`, EEXIST among them, and leaves no file then that it had not found.
 */
export async function writeCheckedBlocks(
  fs: FileSystem,
  path: string,
  { header, buffers }: { header: Uint8Array; buffers: readonly Uint8Array[] },
): Promise<number> {
  const file = await fs.create(path);
  try {
    await file.append([header]);
    const checksums = await appendBlocks(file, new SlicedBytes(padded(buffers)));
    await file.append([encodeChecksums(checksums)]);
    await file.sync();
    await file.close();
    return file.size;
  } catch (cause) {
    // The first error is the one to report; a file that stays is swept up with its segment.
    await Promise.allSettled([file.close()]);
    await Promise.allSettled([fs.remove(path)]);
    throw cause;
  }
}

/** Bytes of data that buffers of these lengths make, each with the zeros behind it. */
export function dataLength(lengths: readonly number[]): number {
  return lengths.reduce((total, length) => total + roundedUp(length), 0);
}

/** The next multiple of 64, where a buffer may begin. */
export function roundedUp(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

/** Throws `corrupt-file` unless the file has room for exactly this header and data. */
export function checkSize(
  { file, path }: OpenedFile,
  { headerBytes, dataBytes }: { headerBytes: number; dataBytes: number },
): void {
  const fileBytes = headerBytes + dataBytes + (blockCountOf(dataBytes) + 1) * 4;
  if (file.size === fileBytes) return;
  throw corruptFile(path, `${fileBytes} bytes`, `${file.size} bytes`);
}

/**
 * Fills `data` from behind the header of a file whose size was checked. Throws `corrupt-file` at a
 * block that is not intact, and `io`.
 */
export async function readCheckedBlocks(
  { file, path }: OpenedFile,
  headerBytes: number,
  data: SlicedBytes,
): Promise<void> {
  const checksums = await readChecksums({ file, path }, blockCountOf(data.length));
  const read = async (start: number): Promise<void> => {
    let offset = headerBytes + start;
    for (const slice of data.slice(start, start + PIECE_BYTES)) {
      await file.readInto(slice, offset);
      offset += slice.length;
    }
  };
  let reading = read(0);
  try {
    for (let start = 0; start < data.length; start += PIECE_BYTES) {
      await reading;
      reading = read(start + PIECE_BYTES);
      const end = Math.min(start + PIECE_BYTES, data.length);
      for (let block = start; block < end; block += BLOCK_BYTES) {
        const blockEnd = Math.min(block + BLOCK_BYTES, end);
        if (data.checksum(block, blockEnd) === checksums[block / BLOCK_BYTES]) continue;
        const expected = `${blockEnd - block} intact bytes from ${headerBytes + block}`;
        throw corruptFile(path, expected, "a wrong checksum");
      }
    }
  } finally {
    // After a damaged block the next piece is still on its way: into memory, from an open file.
    await Promise.allSettled([reading]);
  }
}

/** The buffers, each followed by zeros up to a multiple of {@link ALIGNMENT}. */
export function padded(buffers: readonly Uint8Array[]): Uint8Array[] {
  return buffers.flatMap((buffer) => [
    buffer,
    new Uint8Array(roundedUp(buffer.length) - buffer.length),
  ]);
}

function blockCountOf(dataBytes: number): number {
  return Math.ceil(dataBytes / BLOCK_BYTES);
}

/** Appends the data and answers the checksums of its blocks. */
async function appendBlocks(file: AppendFile, data: SlicedBytes): Promise<number[]> {
  const checksums: number[] = [];
  let writing: Promise<void> = Promise.resolve();
  for (let start = 0; start < data.length; start += PIECE_BYTES) {
    const end = Math.min(start + PIECE_BYTES, data.length);
    for (let block = start; block < end; block += BLOCK_BYTES) {
      checksums.push(data.checksum(block, Math.min(block + BLOCK_BYTES, end)));
    }
    await writing;
    writing = file.append(data.slice(start, end));
  }
  await writing;
  return checksums;
}

/** The blocks' checksums and, last, that of the checksums. */
function encodeChecksums(checksums: readonly number[]): Uint8Array {
  const writer = new ByteWriter((checksums.length + 1) * 4);
  for (const checksum of checksums) writer.u32(checksum);
  return writer.u32(crc32(writer.finish())).finish();
}

async function readChecksums({ file, path }: OpenedFile, blockCount: number): Promise<Uint32Array> {
  const bytes = new Uint8Array((blockCount + 1) * 4);
  await file.readInto(bytes, file.size - bytes.length);
  const checksums = viewAs(Uint32Array, bytes);
  if (crc32(bytes.subarray(0, blockCount * 4)) !== checksums[blockCount]) {
    throw corruptFile(path, "an intact table of checksums", "a wrong checksum");
  }
  return checksums;
}
