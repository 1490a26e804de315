import { type Random, seededRandom } from "../kit/random.ts";

/** Vectors in clusters, as embeddings lie: exact neighbours are near, and most rows are far. */
export function clusteredVectors(
  rowCount: number,
  dim: number,
  {
    seed = 1,
    clusters = 40,
    spread = 0.35,
  }: { seed?: number; clusters?: number; spread?: number } = {},
): Float32Array {
  const random = seededRandom(seed);
  const centres = Float32Array.from({ length: clusters * dim }, () => gaussian(random));
  const vectors = new Float32Array(rowCount * dim);
  for (let row = 0; row < rowCount; row++) {
    const cluster = Math.floor(random() * clusters);
    const scale = 0.5 + random();
    for (let i = 0; i < dim; i++) {
      const centre = centres[cluster * dim + i];
      vectors[row * dim + i] = scale * (centre + spread * gaussian(random));
    }
  }
  return vectors;
}

/** A sum of four uniform numbers: near enough to normal. */
function gaussian(random: Random): number {
  return (random() + random() + random() + random() - 2) * Math.sqrt(3);
}
