import type { WireWriter } from "./wire-writer.ts";

const nothing = new Uint8Array();

/** Writes the status with which answers of success begin, in field 1: code 0, which proto3 leaves out. */
export function writeSuccess(writer: WireWriter): void {
  writer.bytesElement(1, nothing);
}
