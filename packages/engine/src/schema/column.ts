/**
 * A column holds one field's values of a run of rows, as plain typed arrays (the layouts of Apache
 * Arrow, with 32-bit offsets). A column never changes once it is visible to a reader, may be sent
 * to a worker thread, and is written to disk buffer by buffer.
 *
 * `validity` has one bit per row, least significant first, 1 = there is a value. It is absent when
 * every row has one. A null row has a placeholder in `values` (0, or no bytes).
 */
export type Column = FixedColumn | BytesColumn | ListColumn | VectorColumn | SparseColumn;

/** The typed arrays of numbers: Bool (0 or 1) is Uint8Array, Int64 is BigInt64Array. */
export type FixedArray =
  | Uint8Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** Bool, the number types, and Timestamptz (microseconds since 1970). `values` has `rowCount` elements. */
export interface FixedColumn {
  readonly layout: "fixed";
  readonly rowCount: number;
  readonly values: FixedArray;
  readonly validity?: Uint8Array;
}

/**
 * VarChar (UTF-8), JSON (UTF-8 JSON text) and Geometry (WKB, little-endian): row i is `bytes[offsets[i] .. offsets[i + 1]]`.
 */
export interface BytesColumn {
  readonly layout: "bytes";
  readonly rowCount: number;
  /** `rowCount + 1` ascending offsets. The first need not be 0. */
  readonly offsets: Uint32Array;
  readonly bytes: Uint8Array;
  readonly validity?: Uint8Array;
}

/** Array and ArrayOfVector: row i is the elements `offsets[i] .. offsets[i + 1]`. */
export interface ListColumn {
  readonly layout: "list";
  readonly rowCount: number;
  readonly offsets: Uint32Array;
  readonly elements: FixedColumn | BytesColumn | VectorColumn;
  readonly validity?: Uint8Array;
}

/** How the components of a vector lie in memory, and in files. */
export type VectorElement = keyof VectorArrays;

/** The typed array of each kind of component. Half-precision numbers are their bits. */
export interface VectorArrays {
  readonly float32: Float32Array;
  readonly float16: Uint16Array;
  readonly bfloat16: Uint16Array;
  readonly int8: Int8Array;
  /** Eight components a byte, the first one in the highest bit. */
  readonly bit: Uint8Array;
}

/**
 * Vectors of `dim` components: row i is `values[i * stride .. (i + 1) * stride]`, where the stride is
 * `dim`, and `dim / 8` for bits.
 */
export interface VectorColumn<E extends VectorElement = VectorElement> {
  readonly layout: "vector";
  readonly rowCount: number;
  readonly element: E;
  readonly dim: number;
  readonly values: VectorArrays[E];
  readonly validity?: Uint8Array;
}

/**
 * SparseFloatVector: row i has the components `offsets[i] .. offsets[i + 1]`, with ascending indices
 * below 2^32 - 1; all others are 0.
 */
export interface SparseColumn {
  readonly layout: "sparse";
  readonly rowCount: number;
  readonly offsets: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Float32Array;
  readonly validity?: Uint8Array;
}

/** Columns by the id of their field, all with the same number of rows. */
export type ColumnSet = ReadonlyMap<number, Column>;

/** Whether `row` has a value. */
export function isValid({ validity }: Pick<Column, "validity">, row: number): boolean {
  return validity === undefined || ((validity[row >>> 3] >>> (row & 7)) & 1) === 1;
}

/** The bytes of one row of a bytes column, as a view. */
export function bytesAt(column: BytesColumn, row: number): Uint8Array {
  return column.bytes.subarray(column.offsets[row], column.offsets[row + 1]);
}
