import { writeInts } from "./packed-numbers.ts";
import type { WireWriter } from "./wire-writer.ts";

/** Writes the numbers of elements of rows as a field of the type `schema.LongArray`. */
export function writeElementNumbers(
  writer: WireWriter,
  field: number,
  elements: Uint32Array,
): void {
  const mark = writer.begin(field);
  // Arrays have less than 2^31 elements: as 64-bit numbers they are written alike.
  writeInts(writer, 1, elements);
  writer.end(mark);
}
