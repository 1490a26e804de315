import { isUtf8 } from "node:buffer";
import { WireError, WireReader } from "./wire-reader.ts";
import type { WireWriter } from "./wire-writer.ts";

/** Strings or byte strings in a row: the i-th is `bytes[offsets[i] .. offsets[i + 1]]`. */
export interface ByteStrings {
  /** One more than there are strings, ascending. The first need not be 0. */
  readonly offsets: Uint32Array;
  readonly bytes: Uint8Array;
}

/** Reads the repeated field 1 of a message: a `schema.StringArray`, `BytesArray` or `JSONArray`. */
export function readByteStrings(message: Uint8Array): ByteStrings {
  let count = 0;
  let byteCount = 0;
  const counting = new WireReader(message);
  while (counting.next()) {
    if (counting.field !== 1) {
      counting.skip();
      continue;
    }
    const start = counting.span();
    byteCount += counting.offset - start;
    count++;
  }
  const strings = { offsets: new Uint32Array(count + 1), bytes: new Uint8Array(byteCount) };
  fillByteStrings(message, strings);
  return strings;
}

/** As `readByteStrings`, for fields of type `string`: throws {@link WireError} unless UTF-8. */
export function readStrings(message: Uint8Array): ByteStrings {
  const strings = readByteStrings(message);
  const { offsets, bytes } = strings;
  // Cut between characters, valid text has only valid pieces: one check does for all of them.
  let isValid = isUtf8(bytes);
  for (let i = 0; isValid && i < offsets.length - 1; i++) {
    isValid = offsets[i] === offsets[i + 1] || (bytes[offsets[i]] & 0xc0) !== 0x80;
  }
  if (!isValid) throw new WireError("A string is not valid UTF-8");
  return strings;
}

/** Writes a message whose repeated field 1 holds the strings. */
export function writeByteStrings(writer: WireWriter, field: number, strings: ByteStrings): void {
  const { offsets } = strings;
  const count = offsets.length - 1;
  const mark = writer.begin(field, offsets[count] - offsets[0] + 2 * count);
  writeByteStringElements(writer, strings);
  writer.end(mark);
}

/** Writes the strings as the repeated field 1 of the message that is being written. */
export function writeByteStringElements(writer: WireWriter, { offsets, bytes }: ByteStrings): void {
  for (let i = 0; i < offsets.length - 1; i++) {
    writer.bytesElement(1, bytes.subarray(offsets[i], offsets[i + 1]));
  }
}

function fillByteStrings(message: Uint8Array, { offsets, bytes }: ByteStrings): void {
  const reader = new WireReader(message);
  let count = 0;
  let end = 0;
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip();
      continue;
    }
    const start = reader.span();
    const length = reader.offset - start;
    if (length > 32) bytes.set(message.subarray(start, reader.offset), end);
    // A call costs more than the copy of a short string.
    else for (let i = 0; i < length; i++) bytes[end + i] = message[start + i];
    end += length;
    offsets[++count] = end;
  }
}
