/**
 * What `assembly/sparse.ts` exports. All addresses are bytes. A window and a cursor are laid out as
 * `assembly/sparse-window.ts` says.
 */
export interface SparseExports {
  /**
   * Puts cursors on the terms of a query (u32 ascending, f32) that the window has, those that may
   * add most first, and answers how many. Bounds are multiplied with `boundRatio`.
   */
  openSparseWindow(
    window: number,
    dimensionCount: number,
    terms: number,
    weights: number,
    termCount: number,
    boundRatio: number,
    cursors: number,
  ): number;
  /** Adds all postings of all terms to one f32 per row. */
  addSparseTerms(
    window: number,
    dimensionCount: number,
    cursors: number,
    cursorCount: number,
    sums: number,
  ): void;
  /**
   * Adds the postings of the first terms, at least of those without which no row reaches `loose`,
   * and answers how many terms that are; 0 when no row reaches it.
   */
  addEssentialSparseTerms(
    window: number,
    dimensionCount: number,
    cursors: number,
    cursorCount: number,
    sums: number,
    rowCount: number,
    loose: number,
  ): number;
  /**
   * Looks through the sums of the rows `from` to `to`, sets them to 0, adds the terms from
   * `addedCount` on where they may lift a row to the threshold, and writes the allowed rows (u32)
   * with a score (f32) of at least `threshold`; answers how many. `allowed` is 0 for all.
   */
  collectSparseRows(
    window: number,
    dimensionCount: number,
    cursors: number,
    addedCount: number,
    cursorCount: number,
    sums: number,
    from: number,
    to: number,
    threshold: number,
    loose: number,
    allowed: number,
    allowedBit: number,
    foundRows: number,
    foundScores: number,
  ): number;
  /** Prepares `walkSparseRows`: `order` is one u32 per cursor. */
  startSparseWalk(
    window: number,
    dimensionCount: number,
    cursors: number,
    cursorCount: number,
    order: number,
  ): void;
  /** Finds the rows up to `to` by WAND. Writes and answers as `collectSparseRows` does. */
  walkSparseRows(
    window: number,
    dimensionCount: number,
    cursors: number,
    cursorCount: number,
    order: number,
    to: number,
    threshold: number,
    loose: number,
    allowed: number,
    allowedBit: number,
    foundRows: number,
    foundScores: number,
  ): number;
}

/** Bytes of a cursor. */
export const SPARSE_CURSOR_BYTES = 32;
