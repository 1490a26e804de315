/** Offsets with room for `rowCount` rows: the given ones, or a longer copy. */
export function growOffsets(
  offsets: Uint32Array<ArrayBuffer>,
  rowCount: number,
): Uint32Array<ArrayBuffer> {
  if (rowCount < offsets.length) return offsets;
  const grown = new Uint32Array(Math.max(rowCount + 1, offsets.length * 2));
  grown.set(offsets);
  return grown;
}

/** Appends the lengths of the rows `start` to `end` of another column behind the first `rowCount`. */
export function appendOffsets(
  target: Uint32Array,
  source: Uint32Array,
  rows: { start: number; end: number; rowCount: number },
): void {
  const shift = target[rows.rowCount] - source[rows.start];
  for (let i = 1; i <= rows.end - rows.start; i++) {
    target[rows.rowCount + i] = source[rows.start + i] + shift;
  }
}
