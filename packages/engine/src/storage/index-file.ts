import { crc32 } from "node:zlib";
import { assert } from "../base/assert.ts";
import { ByteReader } from "../base/byte-reader.ts";
import { ByteWriter } from "../base/byte-writer.ts";
import { messageOf } from "../base/errors.ts";
import {
  checkSize,
  dataLength,
  type OpenedFile,
  padded,
  readCheckedBlocks,
  roundedUp,
  writeCheckedBlocks,
} from "./checked-blocks.ts";
import { corruptFile } from "./corrupt-file.ts";
import { checkPrelude, PRELUDE_BYTES, writePrelude } from "./file-prelude.ts";
import type { FileSystem } from "./file-system.ts";
import { SlicedBytes } from "./sliced-bytes.ts";

/** What an index is when it is stored. */
export interface IndexFileContent {
  /** What JSON can hold: the kind of the index, its sizes and parameters. */
  readonly descriptor: object;
  /** Its memory. */
  readonly sections: readonly Uint8Array[];
}

/** Prelude, crc32 (u32) of all that follows in the header, length of the text (u32). */
const TEXT_OFFSET = PRELUDE_BYTES + 8;
const CHECKED_FROM = PRELUDE_BYTES + 4;

/** The text of the header, as JSON. */
interface HeaderText {
  readonly descriptor: unknown;
  /** The lengths of the sections in bytes. */
  readonly sections: readonly number[];
}

/**
 * Writes a new file with an index and answers its size in bytes. The file's bytes are durable when
 * resolved; its name is after `syncDirectory` of the folder. Throws `io`, EEXIST among them, and
 * leaves no file then that it had not found.
 */
export async function writeIndexFile(
  fs: FileSystem,
  path: string,
  { descriptor, sections }: IndexFileContent,
): Promise<number> {
  const header = encodeHeader({ descriptor, sections: sections.map(({ length }) => length) });
  return writeCheckedBlocks(fs, path, { header, buffers: sections });
}

/**
 * Reads a file that {@link writeIndexFile} wrote: asks `place` where each of the sections, whose
 * lengths it is told, is to lie, fills that memory, all bytes checked, and answers the descriptor.
 * Throws what `place` throws, `io`, `corrupt-file`, and `format-too-new`; the memory may be filled
 * in part then.
 */
export async function readIndexFile(
  fs: FileSystem,
  path: string,
  place: (descriptor: unknown, lengths: readonly number[]) => readonly Uint8Array[],
): Promise<unknown> {
  const file = await fs.openRead(path);
  try {
    const { descriptor, sections, headerBytes } = await readHeader({ file, path });
    checkSize({ file, path }, { headerBytes, dataBytes: dataLength(sections) });
    const targets = place(descriptor, sections);
    const isPlaced = sections.every((length, i) => targets[i]?.length === length);
    assert(isPlaced && targets.length === sections.length, "There is room for each section");
    await readCheckedBlocks({ file, path }, headerBytes, new SlicedBytes(padded(targets)));
    return descriptor;
  } finally {
    await file.close();
  }
}

function encodeHeader(content: HeaderText): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(content));
  const header = new Uint8Array(roundedUp(TEXT_OFFSET + text.length));
  const prelude = new ByteWriter(PRELUDE_BYTES);
  writePrelude(prelude, "index");
  header.set(prelude.finish());
  header.set(text, TEXT_OFFSET);
  const view = new DataView(header.buffer);
  view.setUint32(CHECKED_FROM, text.length, true);
  view.setUint32(PRELUDE_BYTES, crc32(header.subarray(CHECKED_FROM)), true);
  return header;
}

async function readHeader({
  file,
  path,
}: OpenedFile): Promise<HeaderText & { readonly headerBytes: number }> {
  const start = new Uint8Array(Math.min(file.size, TEXT_OFFSET));
  await file.readInto(start, 0);
  checkPrelude("index", start, path);
  if (start.length < TEXT_OFFSET) {
    throw corruptFile(path, `at least ${TEXT_OFFSET} bytes`, `${start.length} bytes`);
  }
  const reader = new ByteReader(start.subarray(PRELUDE_BYTES));
  const checksum = reader.u32();
  const textBytes = reader.u32();
  const headerBytes = roundedUp(TEXT_OFFSET + textBytes);
  if (file.size < headerBytes) {
    throw corruptFile(path, `at least ${headerBytes} bytes`, `${file.size} bytes`);
  }
  const header = new Uint8Array(headerBytes);
  await file.readInto(header, 0);
  if (crc32(header.subarray(CHECKED_FROM)) !== checksum) {
    throw corruptFile(path, "an intact header", "a wrong checksum");
  }
  const text = header.subarray(TEXT_OFFSET, TEXT_OFFSET + textBytes);
  return { ...parseText(text, path), headerBytes };
}

function parseText(text: Uint8Array, path: string): HeaderText {
  try {
    // The checksum has vouched that it is what encodeHeader() wrote.
    return JSON.parse(new TextDecoder().decode(text)) as HeaderText;
  } catch (cause) {
    throw corruptFile(path, "a header in JSON", messageOf(cause), cause);
  }
}
