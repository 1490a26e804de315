/**
 * Which share of the k true neighbours is among the rows that were found. A row that is exactly as
 * good as the k-th counts as well.
 */
export function recallOf({ neighbourCount, rows, scores }, query, found) {
  const k = Math.min(found.k, neighbourCount);
  const first = query * neighbourCount;
  const worst = scores[first + k - 1];
  const right = new Set();
  for (let i = first; i < first + neighbourCount; i++) {
    if (i < first + k || scores[i] === worst) right.add(rows[i]);
  }
  const hits = found.rows.filter((row) => right.delete(row)).length;
  return Math.min(hits, k) / k;
}
