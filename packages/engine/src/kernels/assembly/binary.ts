// Kernels for binary vectors: rows of `rowBytes` bytes, of which all bits count. Addresses are bytes
// and need no alignment. A call takes at most a few hundred rows: see index.ts.
import {
  BinaryMetric, HAMMING, JACCARD, keyOf, MINHASH_16, MINHASH_32, MINHASH_64, MINHASH_8, SUBSTRUCTURE,
  SUPERSTRUCTURE,
} from "./binary-keys";

/**
 * Looks at the rows with the numbers at `rows` and keeps there, in their order, those whose key is
 * at most `bound`, with the keys at `keys`; answers how many.
 */
export function selectBinaryRows(
  metric: BinaryMetric, query: usize, base: usize, rowBytes: usize, rows: usize, rowCount: i32, bound: f32, keys: usize,
): i32 {
  switch (metric) {
    case HAMMING: return selectRows(HAMMING, query, base, rowBytes, rows, rowCount, bound, keys);
    case JACCARD: return selectRows(JACCARD, query, base, rowBytes, rows, rowCount, bound, keys);
    case SUBSTRUCTURE: return selectRows(SUBSTRUCTURE, query, base, rowBytes, rows, rowCount, bound, keys);
    case SUPERSTRUCTURE: return selectRows(SUPERSTRUCTURE, query, base, rowBytes, rows, rowCount, bound, keys);
    case MINHASH_8: return selectRows(MINHASH_8, query, base, rowBytes, rows, rowCount, bound, keys);
    case MINHASH_16: return selectRows(MINHASH_16, query, base, rowBytes, rows, rowCount, bound, keys);
    case MINHASH_32: return selectRows(MINHASH_32, query, base, rowBytes, rows, rowCount, bound, keys);
    default: return selectRows(MINHASH_64, query, base, rowBytes, rows, rowCount, bound, keys);
  }
}

/** {@link selectBinaryRows} of the rows `first` to `first + rowCount`, whose numbers it writes. */
export function selectBinaryRange(
  metric: BinaryMetric, query: usize, base: usize, rowBytes: usize, first: i32, rowCount: i32, rows: usize, bound: f32,
  keys: usize,
): i32 {
  switch (metric) {
    case HAMMING: return selectRange(HAMMING, query, base, rowBytes, first, rowCount, rows, bound, keys);
    case JACCARD: return selectRange(JACCARD, query, base, rowBytes, first, rowCount, rows, bound, keys);
    case SUBSTRUCTURE: return selectRange(SUBSTRUCTURE, query, base, rowBytes, first, rowCount, rows, bound, keys);
    case SUPERSTRUCTURE: return selectRange(SUPERSTRUCTURE, query, base, rowBytes, first, rowCount, rows, bound, keys);
    case MINHASH_8: return selectRange(MINHASH_8, query, base, rowBytes, first, rowCount, rows, bound, keys);
    case MINHASH_16: return selectRange(MINHASH_16, query, base, rowBytes, first, rowCount, rows, bound, keys);
    case MINHASH_32: return selectRange(MINHASH_32, query, base, rowBytes, first, rowCount, rows, bound, keys);
    default: return selectRange(MINHASH_64, query, base, rowBytes, first, rowCount, rows, bound, keys);
  }
}

/**
 * Writes for each of the rows that lie one after the other at `base` the number of the centroid with
 * the smallest key, the first of equals. `metric` is HAMMING or JACCARD.
 */
export function nearestBinaryCentroids(
  metric: BinaryMetric, base: usize, rowCount: i32, rowBytes: usize, centroids: usize, centroidCount: i32, nearest: usize,
): void {
  for (let r = 0; r < rowCount; r++) {
    const row = base + <usize>r * rowBytes;
    const found = metric == HAMMING
      ? nearestTo(HAMMING, row, rowBytes, centroids, centroidCount)
      : nearestTo(JACCARD, row, rowBytes, centroids, centroidCount);
    store<i32>(nearest + (<usize>r << 2), found);
  }
}

// @ts-ignore: decorator
@inline
function selectRows(
  metric: BinaryMetric, query: usize, base: usize, rowBytes: usize, rows: usize, rowCount: i32, bound: f32, keys: usize,
): i32 {
  let kept: usize = 0;
  for (let r: usize = 0; r < <usize>rowCount; r++) {
    const row = load<u32>(rows + (r << 2));
    const key = keyOf(metric, query, base + <usize>row * rowBytes, rowBytes);
    if (key <= bound) {
      store<u32>(rows + (kept << 2), row);
      store<f32>(keys + (kept << 2), key);
      kept++;
    }
  }
  return <i32>kept;
}

// @ts-ignore: decorator
@inline
function selectRange(
  metric: BinaryMetric, query: usize, base: usize, rowBytes: usize, first: i32, rowCount: i32, rows: usize, bound: f32,
  keys: usize,
): i32 {
  let kept: usize = 0;
  let at = base + <usize>first * rowBytes;
  for (let row = first; row < first + rowCount; row++) {
    const key = keyOf(metric, query, at, rowBytes);
    if (key <= bound) {
      store<u32>(rows + (kept << 2), row);
      store<f32>(keys + (kept << 2), key);
      kept++;
    }
    at += rowBytes;
  }
  return <i32>kept;
}

// @ts-ignore: decorator
@inline
function nearestTo(
  metric: BinaryMetric, row: usize, rowBytes: usize, centroids: usize, centroidCount: i32,
): i32 {
  let best: i32 = 0;
  let bestKey = <f32>Infinity;
  let at = centroids;
  for (let c = 0; c < centroidCount; c++) {
    const key = keyOf(metric, row, at, rowBytes);
    if (key < bestKey) {
      bestKey = key;
      best = c;
    }
    at += rowBytes;
  }
  return best;
}
