import { crc32 } from "node:zlib";
import { ByteReader } from "../base/byte-reader.ts";
import { ByteWriter } from "../base/byte-writer.ts";
import { allocateVectorBytes } from "../kernels/vector-memory.ts";
import type { Column } from "../schema/column.ts";
import { viewAs } from "./byte-view.ts";
import { type ColumnParts, columnOf, partsOf } from "./column-buffers.ts";
import { bufferLengths, type ColumnShape, decodeShape, encodeShape } from "./column-shape.ts";
import { corruptFile, decodeFile, MalformedBytesError } from "./corrupt-file.ts";
import { checkPrelude, PRELUDE_BYTES, writePrelude } from "./file-prelude.ts";
import type { AppendFile, FileSystem, ReadFile } from "./file-system.ts";
import { SlicedBytes } from "./sliced-bytes.ts";

/** Prelude, shape, zeros, crc32 of what lies between the prelude and this last u32. */
const HEADER_BYTES = 64;
const HEADER_CRC_OFFSET = HEADER_BYTES - 4;

/** Buffers begin at multiples of this from the start of the file: a cache line. */
const ALIGNMENT = 64;

/** One checksum guards so many bytes. */
const BLOCK_BYTES = 1 << 20;

/** So much is read or written at a time, while the checksums of the piece before are computed. */
const PIECE_BYTES = 4 * BLOCK_BYTES;

/**
 * Writes a new file with one column of a sealed segment and answers its size in bytes. The file's
 * bytes are durable when resolved; its name is after `syncDirectory` of the folder. Throws `io`,
 * EEXIST among them, and leaves no file then that it had not found.
 */
export async function writeColumnFile(
  fs: FileSystem,
  path: string,
  column: Column,
): Promise<number> {
  const parts = partsOf(column);
  const file = await fs.create(path);
  try {
    await writeParts(file, parts);
    await file.close();
    return file.size;
  } catch (cause) {
    // The first error is the one to report; a file that stays is swept up with its segment.
    await Promise.allSettled([file.close()]);
    await Promise.allSettled([fs.remove(path)]);
    throw cause;
  }
}

async function writeParts(file: AppendFile, { shape, buffers }: ColumnParts): Promise<void> {
  await file.append([encodeHeader(shape)]);
  const checksums = await appendBlocks(file, new SlicedBytes(padded(buffers)));
  await file.append([encodeChecksums(checksums)]);
  await file.sync();
}

/**
 * Reads a file that {@link writeColumnFile} wrote, all its bytes checked, into shared memory, so
 * that worker threads can scan it. Throws `io`, `corrupt-file` (also when it does not hold
 * `expected.rowCount` rows) and `format-too-new`.
 */
export async function readColumnFile(
  fs: FileSystem,
  path: string,
  expected: { readonly rowCount: number },
): Promise<Column> {
  const file = await fs.openRead(path);
  try {
    const shape = await readHeader(file, path);
    if (shape.rowCount !== expected.rowCount) {
      throw corruptFile(path, `${expected.rowCount} rows`, `${shape.rowCount} rows`);
    }
    const lengths = bufferLengths(shape);
    const dataBytes = lengths.reduce((total, length) => total + roundedUp(length), 0);
    const blockCount = Math.ceil(dataBytes / BLOCK_BYTES);
    const fileBytes = HEADER_BYTES + dataBytes + (blockCount + 1) * 4;
    if (file.size !== fileBytes) {
      throw corruptFile(path, `${fileBytes} bytes`, `${file.size} bytes`);
    }
    const checksums = await readChecksums(file, path, blockCount);
    const data =
      shape.layout === "vector"
        ? allocateVectorBytes(dataBytes)
        : new Uint8Array(new SharedArrayBuffer(dataBytes));
    await readBlocks({ file, path }, data, checksums);
    return decodeFile(path, "a column", () => columnOf(shape, cut(data, lengths)));
  } finally {
    await file.close();
  }
}

function encodeHeader(shape: ColumnShape): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  const writer = new ByteWriter(HEADER_BYTES);
  writePrelude(writer, "column");
  encodeShape(writer, shape);
  header.set(writer.finish());
  const checksum = crc32(header.subarray(PRELUDE_BYTES, HEADER_CRC_OFFSET));
  new DataView(header.buffer).setUint32(HEADER_CRC_OFFSET, checksum, true);
  return header;
}

async function readHeader(file: ReadFile, path: string): Promise<ColumnShape> {
  const header = new Uint8Array(Math.min(file.size, HEADER_BYTES));
  await file.readInto(header, 0);
  checkPrelude("column", header, path);
  if (header.length < HEADER_BYTES) {
    throw corruptFile(path, `at least ${HEADER_BYTES} bytes`, `${header.length} bytes`);
  }
  const checksum = new DataView(header.buffer).getUint32(HEADER_CRC_OFFSET, true);
  if (crc32(header.subarray(PRELUDE_BYTES, HEADER_CRC_OFFSET)) !== checksum) {
    throw corruptFile(path, "an intact header", "a wrong checksum");
  }
  return decodeFile(path, "a column's header", () => {
    const reader = new ByteReader(header.subarray(PRELUDE_BYTES, HEADER_CRC_OFFSET));
    const shape = decodeShape(reader);
    const isZero = reader.bytes(reader.remaining).every((byte) => byte === 0);
    if (!isZero) throw new MalformedBytesError("more in it than a column's header");
    return shape;
  });
}

/** The buffers, each followed by zeros up to a multiple of {@link ALIGNMENT}. */
function padded(buffers: readonly Uint8Array[]): Uint8Array[] {
  return buffers.flatMap((buffer) => [
    buffer,
    new Uint8Array(roundedUp(buffer.length) - buffer.length),
  ]);
}

/** The buffers that {@link padded} laid out, as views. */
function cut(data: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  let offset = 0;
  return lengths.map((length) => {
    const buffer = data.subarray(offset, offset + length);
    offset += roundedUp(length);
    return buffer;
  });
}

function roundedUp(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
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

/** Fills `data` from behind the header and throws `corrupt-file` at a block that is not intact. */
async function readBlocks(
  { file, path }: { file: ReadFile; path: string },
  data: Uint8Array,
  checksums: Uint32Array,
): Promise<void> {
  const read = async (start: number): Promise<void> => {
    const piece = data.subarray(start, start + PIECE_BYTES);
    if (piece.length > 0) await file.readInto(piece, HEADER_BYTES + start);
  };
  let reading = read(0);
  try {
    for (let start = 0; start < data.length; start += PIECE_BYTES) {
      await reading;
      reading = read(start + PIECE_BYTES);
      verify(path, data.subarray(start, start + PIECE_BYTES), {
        checksums,
        first: start / BLOCK_BYTES,
      });
    }
  } finally {
    // After a damaged block the next piece is still on its way: into memory, from an open file.
    await Promise.allSettled([reading]);
  }
}

function verify(
  path: string,
  piece: Uint8Array,
  { checksums, first }: { checksums: Uint32Array; first: number },
): void {
  for (let i = 0; i * BLOCK_BYTES < piece.length; i++) {
    const block = piece.subarray(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES);
    if (crc32(block) === checksums[first + i]) continue;
    const offset = HEADER_BYTES + (first + i) * BLOCK_BYTES;
    throw corruptFile(path, `${block.length} intact bytes from ${offset}`, "a wrong checksum");
  }
}

/** The blocks' checksums and, last, that of the checksums. */
function encodeChecksums(checksums: readonly number[]): Uint8Array {
  const writer = new ByteWriter((checksums.length + 1) * 4);
  for (const checksum of checksums) writer.u32(checksum);
  return writer.u32(crc32(writer.finish())).finish();
}

async function readChecksums(
  file: ReadFile,
  path: string,
  blockCount: number,
): Promise<Uint32Array> {
  const bytes = new Uint8Array((blockCount + 1) * 4);
  await file.readInto(bytes, file.size - bytes.length);
  const checksums = viewAs(Uint32Array, bytes);
  if (crc32(bytes.subarray(0, blockCount * 4)) !== checksums[blockCount]) {
    throw corruptFile(path, "an intact table of checksums", "a wrong checksum");
  }
  return checksums;
}
