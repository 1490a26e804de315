/** What `assembly/binary.ts` exports. All addresses are bytes. */
export interface BinaryExports {
  /**
   * Looks at the rows with the numbers at `rows` and keeps there, in their order, those whose key is
   * at most `bound`, with their keys at `keys`; answers how many.
   */
  selectBinaryRows(
    metric: BinaryMetricCode,
    query: number,
    base: number,
    rowBytes: number,
    rows: number,
    rowCount: number,
    bound: number,
    keys: number,
  ): number;
  /** The same of the rows `first` to `first + rowCount`, whose numbers it writes to `rows`. */
  selectBinaryRange(
    metric: BinaryMetricCode,
    query: number,
    base: number,
    rowBytes: number,
    first: number,
    rowCount: number,
    rows: number,
    bound: number,
    keys: number,
  ): number;
  /**
   * Writes for each of the rows at `base` the number (u32) of the centroid with the smallest key,
   * the first of equals. `metric` is HAMMING or JACCARD.
   */
  nearestBinaryCentroids(
    metric: 0 | 1,
    base: number,
    rowCount: number,
    rowBytes: number,
    centroids: number,
    centroidCount: number,
    nearest: number,
  ): void;
}

/**
 * 0 HAMMING, 1 JACCARD, 2 SUBSTRUCTURE, 3 SUPERSTRUCTURE, then MinHash signatures whose elements have
 * 8, 16, 32 and 64 bits: 4 to 7. Keys are distances, and for MinHash the share of equal elements
 * times -1. A row that is no (super)structure has the key infinity.
 */
export type BinaryMetricCode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;
