/**
 * What the `assembly/ivf-*.ts` export. All addresses are bytes. Rows and centroids are rotated, and
 * `dim` is the padded dimension, a multiple of 8. Entries are words of 64 bits: a key in the high
 * half, a number in the low one.
 */
export interface IvfExports {
  /**
   * Halves of `count` 7-bit codes, at most 63, on which rows are compared with centroids, and the
   * squares of what they stand for, in levels of the 7-bit codes.
   */
  halveCodes(
    codes: number,
    count: number,
    codeBytes: number,
    halves: number,
    squares: number,
  ): void;
  /**
   * The nearest centroid for each of `rowCount` 7-bit codes that lie one after the other: its
   * number, and its distance in squared levels.
   */
  assignRows(
    codes: number,
    squares: number,
    rowCount: number,
    codeBytes: number,
    halves: number,
    halfSquares: number,
    listCount: number,
    assigned: number,
    distances: number,
  ): void;
  /** For {@link assignRowsByHeads}: the squares of the heads of `count` halves. */
  squareHeads(halves: number, count: number, codeBytes: number, squares: number): void;
  /**
   * {@link assignRows} for codes of more than 128 bytes, in two stages: all centroids are compared with the
   * rows' first 128 components, the best few in full. One row in a hundred or fewer gets a centroid
   * that is not quite the nearest. `scratch` is room for three words for each list.
   */
  assignRowsByHeads(
    codes: number,
    squares: number,
    rowCount: number,
    codeBytes: number,
    halves: number,
    halfSquares: number,
    listCount: number,
    headSquares: number,
    scratch: number,
    assigned: number,
    distances: number,
  ): void;
  /**
   * The mean of the codes with these numbers, at least one, as a vector. `sums` is room for
   * `codeBytes` words; `mean` and `scale` are those that the codes were made with.
   */
  meanOfCodes(
    codes: number,
    codeBytes: number,
    rows: number,
    rowCount: number,
    sums: number,
    mean: number,
    scale: number,
    dim: number,
    centroid: number,
  ): void;
  /**
   * Codes the residuals of rows, whose lists are words at `lists`. The records, one after the other, have the
   * signs (bit i of byte j for component 8 j + i), the base and the slope as floats, and a fine code of
   * `fineBytes`, which may be 0: see index/ivf/ivf-index.ts. `levels` is room for `dim` bytes.
   */
  codeRows(
    rows: number,
    rowCount: number,
    dim: number,
    centroids: number,
    lists: number,
    mean: number,
    isInnerProduct: number,
    records: number,
    fineBytes: number,
    levels: number,
  ): void;
  /**
   * Packs the records of rows with these numbers into the slots from `slot` on of the blocks at
   * `blocks`, which must be zeroed, and of the fine codes at `fine`. The first record is that of the
   * row `firstNumber`.
   */
  packRows(
    records: number,
    numbers: number,
    rowCount: number,
    firstNumber: number,
    dim: number,
    blocks: number,
    slot: number,
    fine: number,
    fineBytes: number,
  ): void;
  /**
   * A query as a fine code: a signed byte for each component of q - mean, zeros up to a multiple of
   * 32. Two floats at `scaling`: what a level is worth, and what is to be subtracted from each sum.
   */
  codeFineQuery(query: number, mean: number, dim: number, code: number, scaling: number): void;
  /** Distances of a 7-bit query to `count` codes in their order, as floats: times `unit`. */
  codeDistances(
    query: number,
    querySquare: number,
    codes: number,
    squares: number,
    codeBytes: number,
    count: number,
    unit: number,
    distances: number,
  ): void;
  /** Squared distances of a query to `count` rows in their order. */
  exactDistances(query: number, rows: number, dim: number, count: number, distances: number): void;
  /**
   * Ranks `count` lists by their gap plus their penalty, and writes a probe for each of the best
   * `most`, unless the sum is more than `reach` above the mean of the four smallest: the list's
   * number as a word, its gap and its spread as floats. The spread is the distance of the query to
   * the centroid. The gap is its square, or, when `norms` (the centroids' squared norms) is not 0,
   * their inner product times -1. `entries` is room for `count` entries. Answers how many probes
   * there are, at least one.
   */
  rankLists(
    distances: number,
    count: number,
    most: number,
    reach: number,
    penalties: number,
    norms: number,
    querySquare: number,
    entries: number,
    probes: number,
  ): number;
  /**
   * Fills the table of a query: for each four components of q - mean sixteen bytes, the sums of
   * these components with all combinations of signs. A sum is its byte times a step above an offset;
   * the step and the sum of all offsets are the two floats written at `scaling`.
   */
  fillTable(query: number, mean: number, dim: number, table: number, scaling: number): void;
  /**
   * Scans lists: `scan` is the address of a `ListScan` of assembly/ivf-scan.ts. Answers 1 when all
   * are done, 0 when the candidates must be taken out first: then call again.
   */
  scanLists(scan: number): number;
  /** Sorts the smallest `wanted` of the entries to the front, ascending. */
  sortEntries(entries: number, count: number, wanted: number): void;
}
