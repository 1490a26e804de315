import type { ByteReader } from "../base/byte-reader.ts";
import type { Column } from "../schema/column.ts";
import { columnOf, partsOf } from "./column-buffers.ts";
import { type ByteSink, bufferLengths, decodeShape, encodeShape } from "./column-shape.ts";

/** Buffers begin at multiples of this, so that typed arrays may lie on them. */
const ALIGNMENT = 8;

/**
 * Appends a column: its shape, then its buffers, each at a multiple of 8 bytes counted from the
 * writer's first; ends at one too. The form is described in `docs/format/column.md`.
 */
export function encodeColumn(writer: ByteSink, column: Column): void {
  const { shape, buffers } = partsOf(column);
  encodeShape(writer, shape);
  for (const buffer of buffers) {
    writer.align(ALIGNMENT);
    writer.bytes(buffer);
  }
  writer.align(ALIGNMENT);
}

/**
 * Reads what {@link encodeColumn} wrote, from a reader whose first byte is that of the writer. The
 * column's arrays are views on the reader's memory where alignment allows, else copies. Throws
 * `UnexpectedEndError` or `MalformedBytesError`; never allocates more than the bytes that are there.
 */
export function decodeColumn(reader: ByteReader): Column {
  const shape = decodeShape(reader);
  const buffers = bufferLengths(shape).map((length) => {
    reader.align(ALIGNMENT);
    return reader.bytes(length);
  });
  reader.align(ALIGNMENT);
  return columnOf(shape, buffers);
}
