const BATCH_ROWS = 10_000;

/** The rows of a data set in batches: the number of the first one, all floats, and each vector. */
export function* batchesOf({ dim, rowCount, readRows }) {
  for (let start = 0; start < rowCount; start += BATCH_ROWS) {
    const count = Math.min(BATCH_ROWS, rowCount - start);
    const values = readRows(start, count);
    const vectors = Array.from({ length: count }, (_, i) =>
      values.subarray(i * dim, (i + 1) * dim),
    );
    yield { start, count, values, vectors };
  }
}
