/**
 * What `assembly/codes.ts` and `assembly/rotate.ts` export. All addresses are bytes.
 *
 * A 7-bit code is a byte per component, `clamp(floor((x - mean) * scale + 64.5), 0, 127)`, padded
 * with zeros to `codeBytes`, a multiple of 32. A 4-bit code is the 7-bit one shifted right by 3,
 * two to a byte, component i of a group of 32 in the low half of byte i, i + 16 in the high half.
 * The distance of two codes is the exact squared distance of the bytes, as u32.
 */
export interface CodeExports {
  /**
   * Codes of `rowCount` rows of `dim` floats that lie one after the other, and their square sums.
   * `mean` is the address of `dim` floats, `scale` a number. A component that is NaN becomes 0.
   */
  quantize7(
    source: number,
    rowCount: number,
    dim: number,
    mean: number,
    scale: number,
    codes: number,
    squares: number,
    codeBytes: number,
  ): void;
  /** 4-bit codes of 7-bit ones, `codeBytes / 2` each, and the sums of (8 c + 4)^2 over `dim`. */
  pack4(
    codes7: number,
    rowCount: number,
    dim: number,
    codeBytes: number,
    codes4: number,
    squares4: number,
  ): void;
  /**
   * Distances of a 7-bit query to the rows with these numbers. `squares` lies parallel to codes.
   * The cache lines of sixteen rows are touched before the first of them is computed with.
   */
  distances7(
    query: number,
    querySquare: number,
    codes: number,
    squares: number,
    codeBytes: number,
    rows: number,
    rowCount: number,
    distances: number,
  ): void;
  /** The same for 4-bit rows and a 7-bit query, whose `querySquare` is |q|^2 - 8 sum(q). */
  distances4(
    query: number,
    querySquare: number,
    codes4: number,
    squares4: number,
    codeBytes: number,
    rows: number,
    rowCount: number,
    distances: number,
  ): void;
  /**
   * Rotates rows in place: four rounds of signs (`signs` has 4 * dim floats of -1 or 1) and a fast
   * Walsh-Hadamard transform on the largest power of two that fits, from the front and from the
   * back by turns. `dim` is a multiple of 64. Norms and angles stay.
   */
  rotate(rows: number, rowCount: number, dim: number, signs: number): void;
  /**
   * Copies rows of `dim` floats to rows of `paddedDim`, with zeros behind; scaled to norm 1 if
   * `normalize` is not 0. A row whose squares are too small for f32 becomes all zeros then.
   */
  padRows(
    source: number,
    rowCount: number,
    dim: number,
    target: number,
    paddedDim: number,
    normalize: number,
  ): void;
}
