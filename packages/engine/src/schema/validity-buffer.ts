import { type Column, isValid } from "./column.ts";

/** Which rows have values, as a bitmap that comes into being with the first null. */
export class ValidityBuffer {
  #bits: Uint8Array | undefined;

  get byteSize(): number {
    return this.#bits?.length ?? 0;
  }

  append(column: Column, start: number, end: number, rowCount: number): void {
    if (column.validity === undefined && this.#bits === undefined) return;
    this.#reserve(rowCount + end - start, rowCount);
    const bits = this.#bits;
    if (bits === undefined) return;
    for (let i = 0; i < end - start; i++) {
      const row = rowCount + i;
      if (isValid(column, start + i)) bits[row >>> 3] |= 1 << (row & 7);
    }
  }

  view(rowCount: number): { validity?: Uint8Array } {
    return this.#bits === undefined
      ? {}
      : { validity: this.#bits.subarray(0, (rowCount + 7) >>> 3) };
  }

  #reserve(rows: number, validSoFar: number): void {
    const needed = (rows + 7) >>> 3;
    const old = this.#bits;
    if (old !== undefined && old.length >= needed) return;
    const grown = new Uint8Array(Math.max(needed, (old?.length ?? 0) * 2, 8));
    if (old !== undefined) grown.set(old);
    else for (let row = 0; row < validSoFar; row++) grown[row >>> 3] |= 1 << (row & 7);
    this.#bits = grown;
  }
}
