import { crc32 } from "node:zlib";

/** Several pieces of memory, seen as one run of bytes, without a copy. */
export class SlicedBytes {
  readonly parts: readonly Uint8Array[];
  readonly length: number;

  constructor(parts: readonly Uint8Array[]) {
    this.parts = parts;
    this.length = parts.reduce((total, part) => total + part.length, 0);
  }

  /** The bytes `start` (included) to `end` (excluded), as views. */
  slice(start: number, end: number): Uint8Array[] {
    const slices: Uint8Array[] = [];
    let offset = 0;
    for (const part of this.parts) {
      const from = Math.max(start - offset, 0);
      const to = Math.min(end - offset, part.length);
      if (from < to) slices.push(part.subarray(from, to));
      offset += part.length;
    }
    return slices;
  }

  /** The crc32 of the bytes `start` (included) to `end` (excluded). */
  checksum(start: number, end: number): number {
    return this.slice(start, end).reduce((checksum, slice) => crc32(slice, checksum), 0);
  }
}
