/** Numbers from −0.5 to 0.5 that only the seed decides. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
}

/** Vectors of which every tenth comes again, a little changed, right behind it. */
export function vectorsWithDuplicates(count: number, dim: number, seed = 1): Float32Array[] {
  const next = randomNumbers(seed);
  const vectors: Float32Array[] = [];
  for (let i = 0; i < count; i++) {
    const before = vectors[i - 1];
    vectors.push(
      i % 10 === 1 && before !== undefined
        ? before.map((value) => value + 0.05 * next())
        : Float32Array.from({ length: dim }, next),
    );
  }
  return vectors;
}

export function cosineDistance(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, v, d) => sum + v * y[d], 0);
  return 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** The positions that are kept where each drops all behind it that are within the threshold. */
export function uniqueByBruteForce(
  vectors: readonly Float32Array[],
  threshold: number,
  metric: "cosine" | "euclidean" = "cosine",
): number[] {
  const table = vectors.map((vector) => Float64Array.from(vector));
  const distance = (a: number, b: number): number => {
    const sum = (of: (d: number) => number) => table[a].reduce((total, _, d) => total + of(d), 0);
    if (metric === "euclidean") return Math.sqrt(sum((d) => (table[a][d] - table[b][d]) ** 2));
    const lengths = sum((d) => table[a][d] ** 2) * sum((d) => table[b][d] ** 2);
    return 1 - sum((d) => table[a][d] * table[b][d]) / Math.sqrt(lengths);
  };
  const kept: number[] = [];
  for (let i = 0; i < vectors.length; i++) {
    if (kept.every((other) => distance(other, i) > threshold)) kept.push(i);
  }
  return kept;
}
