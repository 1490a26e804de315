import { crc32 } from "node:zlib";
import { ByteReader } from "../base/byte-reader.ts";
import { ByteWriter } from "../base/byte-writer.ts";
import { allocateVectorBytes } from "../kernels/vector-memory.ts";
import type { Column } from "../schema/column.ts";
import {
  checkSize,
  dataLength,
  type OpenedFile,
  readCheckedBlocks,
  roundedUp,
  writeCheckedBlocks,
} from "./checked-blocks.ts";
import { columnOf, partsOf } from "./column-buffers.ts";
import { bufferLengths, type ColumnShape, decodeShape, encodeShape } from "./column-shape.ts";
import { corruptFile, decodeFile, MalformedBytesError } from "./corrupt-file.ts";
import { checkPrelude, PRELUDE_BYTES, writePrelude } from "./file-prelude.ts";
import type { FileSystem, ReadFile } from "./file-system.ts";
import { SlicedBytes } from "./sliced-bytes.ts";

/** Prelude, shape, zeros, crc32 of what lies between the prelude and this last u32. */
export const COLUMN_HEADER_BYTES = 64;
const HEADER_CRC_OFFSET = COLUMN_HEADER_BYTES - 4;

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
  const { shape, buffers } = partsOf(column);
  return writeCheckedBlocks(fs, path, { header: encodeHeader(shape), buffers });
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
    const shape = await readColumnHeader({ file, path });
    if (shape.rowCount !== expected.rowCount) {
      throw corruptFile(path, `${expected.rowCount} rows`, `${shape.rowCount} rows`);
    }
    const lengths = bufferLengths(shape);
    const dataBytes = dataLength(lengths);
    const data =
      shape.layout === "vector" || shape.elements?.layout === "vector"
        ? allocateVectorBytes(dataBytes)
        : new Uint8Array(new SharedArrayBuffer(dataBytes));
    await readCheckedBlocks({ file, path }, COLUMN_HEADER_BYTES, new SlicedBytes([data]));
    return decodeFile(path, "a column", () => columnOf(shape, cut(data, lengths)));
  } finally {
    await file.close();
  }
}

/** Reads and checks the header of a column file, and that the file has the size that follows. */
export async function readColumnHeader({ file, path }: OpenedFile): Promise<ColumnShape> {
  const shape = await readHeader(file, path);
  const dataBytes = dataLength(bufferLengths(shape));
  checkSize({ file, path }, { headerBytes: COLUMN_HEADER_BYTES, dataBytes });
  return shape;
}

function encodeHeader(shape: ColumnShape): Uint8Array {
  const header = new Uint8Array(COLUMN_HEADER_BYTES);
  const writer = new ByteWriter(COLUMN_HEADER_BYTES);
  writePrelude(writer, "column");
  encodeShape(writer, shape);
  header.set(writer.finish());
  const checksum = crc32(header.subarray(PRELUDE_BYTES, HEADER_CRC_OFFSET));
  new DataView(header.buffer).setUint32(HEADER_CRC_OFFSET, checksum, true);
  return header;
}

async function readHeader(file: ReadFile, path: string): Promise<ColumnShape> {
  const header = new Uint8Array(Math.min(file.size, COLUMN_HEADER_BYTES));
  await file.readInto(header, 0);
  checkPrelude("column", header, path);
  if (header.length < COLUMN_HEADER_BYTES) {
    throw corruptFile(path, `at least ${COLUMN_HEADER_BYTES} bytes`, `${header.length} bytes`);
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

/** The buffers in the data of a file, as views. */
function cut(data: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  let offset = 0;
  return lengths.map((length) => {
    const buffer = data.subarray(offset, offset + length);
    offset += roundedUp(length);
    return buffer;
  });
}
