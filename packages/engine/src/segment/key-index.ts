import { type BytesColumn, bytesAt, type Column, type FixedColumn } from "../schema/column.ts";

const none = -1;

/**
 * Finds the rows of a segment by primary key: a hash table with chains of rows. Keys may repeat.
 * It holds row numbers only (8 bytes a row) and compares with the key column itself, so it is built
 * when it is first needed, and extended when the segment grows.
 */
export class KeyIndex {
  readonly #keys: () => Column;
  #heads: Int32Array = new Int32Array(64).fill(none);
  #next: Int32Array = new Int32Array(64);
  #rowCount = 0;

  /** `keys` gives the key column as it is now; rows are only ever added to it. */
  constructor(keys: () => Column) {
    this.#keys = keys;
  }

  /** Calls `visit` with each row whose key is that of row `probeRow` of `probe`. */
  visitRows(probe: Column, probeRow: number, visit: (row: number) => void): void {
    const keys = this.#keys();
    this.#extend(keys);
    const hash = hashAt(probe, probeRow);
    let row = this.#heads[hash & (this.#heads.length - 1)];
    for (; row !== none; row = this.#next[row]) {
      if (equalAt(keys, row, probe, probeRow)) visit(row);
    }
  }

  #extend(keys: Column): void {
    const { rowCount } = keys;
    if (rowCount === this.#rowCount) return;
    if (rowCount > this.#next.length) this.#grow(keys, rowCount);
    for (let row = this.#rowCount; row < rowCount; row++) this.#link(keys, row);
    this.#rowCount = rowCount;
  }

  #grow(keys: Column, rowCount: number): void {
    const capacity = 1 << (32 - Math.clz32(rowCount - 1));
    const next = new Int32Array(capacity);
    next.set(this.#next.subarray(0, this.#rowCount));
    this.#next = next;
    this.#heads = new Int32Array(capacity).fill(none);
    for (let row = 0; row < this.#rowCount; row++) this.#link(keys, row);
  }

  #link(keys: Column, row: number): void {
    const bucket = hashAt(keys, row) & (this.#heads.length - 1);
    this.#next[row] = this.#heads[bucket];
    this.#heads[bucket] = row;
  }
}

/** Whether two key columns hold the same key at the given rows. */
export function equalAt(a: Column, rowA: number, b: Column, rowB: number): boolean {
  if (a.layout === "fixed") return a.values[rowA] === (b as FixedColumn).values[rowB];
  const bytesA = bytesAt(a as BytesColumn, rowA);
  const bytesB = bytesAt(b as BytesColumn, rowB);
  if (bytesA.length !== bytesB.length) return false;
  for (let i = 0; i < bytesA.length; i++) if (bytesA[i] !== bytesB[i]) return false;
  return true;
}

/** The order of two keys: of numbers for Int64, of UTF-8 bytes for VarChar. */
export function compareAt(a: Column, rowA: number, b: Column, rowB: number): number {
  if (a.layout === "fixed") {
    const valueA = a.values[rowA];
    const valueB = (b as FixedColumn).values[rowB];
    return valueA < valueB ? -1 : valueA > valueB ? 1 : 0;
  }
  return Buffer.compare(bytesAt(a as BytesColumn, rowA), bytesAt(b as BytesColumn, rowB));
}

/** A 32-bit hash of one key (MurmurHash3's finaliser over the words of the key). */
export function hashAt(column: Column, row: number): number {
  if (column.layout === "fixed") {
    const key = BigInt.asUintN(64, BigInt(column.values[row]));
    return mix(Number(key & 0xffffffffn) ^ Math.imul(Number(key >> 32n), 0x9e3779b1));
  }
  const { bytes, offsets } = column as BytesColumn;
  let hash = 0x811c9dc5;
  for (let i = offsets[row]; i < offsets[row + 1]; i++) {
    hash = Math.imul(hash ^ bytes[i], 0x01000193);
  }
  return mix(hash);
}

function mix(word: number): number {
  let hash = word;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
