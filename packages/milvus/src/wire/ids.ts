import type { BytesColumn, Column, FixedColumn } from "@redkite/engine";
import { readStrings, writeByteStrings } from "./byte-strings.ts";
import { readLongArray, writeLongs } from "./packed-numbers.ts";
import { WireReader } from "./wire-reader.ts";
import { WireWriter } from "./wire-writer.ts";

const intIdNumber = 1;
const strIdNumber = 2;

/** Decodes a `schema.IDs` to a column of keys. Undefined when it holds none of either kind. */
export function decodeIds(bytes: Uint8Array): FixedColumn | BytesColumn | undefined {
  const reader = new WireReader(bytes);
  let keys: FixedColumn | BytesColumn | undefined;
  while (reader.next()) {
    if (reader.field === intIdNumber) {
      const values = readLongArray(reader.message());
      keys = { layout: "fixed", rowCount: values.length, values };
    } else if (reader.field === strIdNumber) {
      const strings = readStrings(reader.bytes());
      keys = { layout: "bytes", rowCount: strings.offsets.length - 1, ...strings };
    } else reader.skip();
  }
  return keys;
}

/** Encodes a column of keys, Int64 or VarChar, as a `schema.IDs`. */
export function encodeIds(keys: Column): Uint8Array {
  const writer = new WireWriter();
  writeIdsContent(writer, keys);
  return writer.finish();
}

/** Writes a column of keys as the given field, a `schema.IDs`. */
export function writeIds(writer: WireWriter, field: number, keys: Column): void {
  const mark = writer.begin(field, keys.rowCount * 8);
  writeIdsContent(writer, keys);
  writer.end(mark);
}

function writeIdsContent(writer: WireWriter, keys: Column): void {
  if (keys.layout === "bytes") {
    writeByteStrings(writer, strIdNumber, keys);
  } else if (keys.layout === "fixed" && keys.values instanceof BigInt64Array) {
    const mark = writer.begin(intIdNumber, keys.rowCount * 5);
    writeLongs(writer, 1, keys.values);
    writer.end(mark);
  } else throw new TypeError("Keys are Int64 or VarChar");
}
