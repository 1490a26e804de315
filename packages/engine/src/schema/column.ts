/**
 * A column holds one field's values of a run of rows, as plain typed arrays (the layouts of Apache
 * Arrow, with 32-bit offsets). A column never changes once it is visible to a reader, may be sent
 * to a worker thread, and is written to disk buffer by buffer.
 *
 * `validity` has one bit per row, least significant first, 1 = there is a value. It is absent when
 * every row has one. A null row has a placeholder in `values` (0, or no bytes).
 */
export type Column = FixedColumn | BytesColumn | ListColumn | VectorColumn;

/** The typed arrays of numbers: Bool (0 or 1) is Uint8Array, Int64 is BigInt64Array. */
export type FixedArray =
  | Uint8Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** Bool and the number types. `values` has `rowCount` elements. */
export interface FixedColumn {
  readonly layout: "fixed";
  readonly rowCount: number;
  readonly values: FixedArray;
  readonly validity?: Uint8Array;
}

/** VarChar (UTF-8) and JSON (UTF-8 JSON text): row i is `bytes[offsets[i] .. offsets[i + 1]]`. */
export interface BytesColumn {
  readonly layout: "bytes";
  readonly rowCount: number;
  /** `rowCount + 1` ascending offsets. The first need not be 0. */
  readonly offsets: Uint32Array;
  readonly bytes: Uint8Array;
  readonly validity?: Uint8Array;
}

/** Array: row i is the elements `offsets[i] .. offsets[i + 1]`. */
export interface ListColumn {
  readonly layout: "list";
  readonly rowCount: number;
  readonly offsets: Uint32Array;
  readonly elements: FixedColumn | BytesColumn;
  readonly validity?: Uint8Array;
}

/** FloatVector: row i is `values[i * dim .. (i + 1) * dim]`. */
export interface VectorColumn {
  readonly layout: "vector";
  readonly rowCount: number;
  readonly dim: number;
  readonly values: Float32Array;
  readonly validity?: Uint8Array;
}

/** Columns by the id of their field, all with the same number of rows. */
export type ColumnSet = ReadonlyMap<number, Column>;

/** Whether `row` has a value. */
export function isValid(column: Column, row: number): boolean {
  const { validity } = column;
  return validity === undefined || ((validity[row >>> 3] >>> (row & 7)) & 1) === 1;
}

/** The bytes of one row of a bytes column, as a view. */
export function bytesAt(column: BytesColumn, row: number): Uint8Array {
  return column.bytes.subarray(column.offsets[row], column.offsets[row + 1]);
}
