/**
 * What an element of a row weighs in a score. It is worked out once, when the index is built, so that
 * every search is one of inner products.
 */
export type SparseWeighting =
  /** Its value: scores are inner products. */
  | { readonly kind: "value" }
  /**
   * Okapi BM25 of a term's frequency (the value) in a document of a length (the sum of the row's
   * values): `tf (k1 + 1) / (tf + k1 (1 - b + b length / averageLength))`. The query's values are the
   * terms' inverse document frequencies. k1 is 0 or more, b 0 to 1, averageLength above 0.
   */
  | {
      readonly kind: "bm25";
      readonly k1: number;
      readonly b: number;
      readonly averageLength: number;
    };

/**
 * What the length of a row does to the weights of its elements `start` to `end`: the `k1 (1 - b + b
 * length / averageLength)` of BM25; nothing when they weigh their values.
 */
export function saturationOf(
  weighting: SparseWeighting,
  values: Float32Array,
  { start, end }: { readonly start: number; readonly end: number },
): number {
  if (weighting.kind === "value") return 0;
  let length = 0;
  for (let i = start; i < end; i++) length += values[i];
  const { k1, b, averageLength } = weighting;
  return k1 * (1 - b + (b * length) / averageLength);
}

/** What an element weighs in a row of this saturation. Round it to f32, as it is stored. */
export function weightOf(weighting: SparseWeighting, value: number, saturation: number): number {
  // Where k1 is 0, a value of 0 would weigh 0 / 0.
  if (weighting.kind === "value" || value === 0) return value;
  return (value * (weighting.k1 + 1)) / (value + saturation);
}
