import { BrainError } from "../base/brain-error.ts";

/** How two vectors are compared. */
export type SimilarityMetric = "cosine" | "dotproduct" | "euclidean";

/** What Milvus calls each metric. */
const milvusNames: { readonly [Metric in SimilarityMetric]: string } = {
  cosine: "COSINE",
  dotproduct: "IP",
  euclidean: "L2",
};

export const similarityMetrics: readonly SimilarityMetric[] = ["cosine", "dotproduct", "euclidean"];

export function milvusMetricOf(metric: SimilarityMetric): string {
  return milvusNames[metric];
}

/** The metric that Milvus calls so, or undefined for one that a similarity index can't have. */
export function metricOfMilvus(name: string): SimilarityMetric | undefined {
  return similarityMetrics.find((metric) => milvusNames[metric] === name.toUpperCase());
}

/** Throws `invalid-argument` for what is no metric. */
export function checkMetric(metric: string): SimilarityMetric {
  const known = similarityMetrics.find((each) => each === metric);
  if (known !== undefined) return known;
  throw new BrainError(
    "invalid-argument",
    `Unsupported metric '${metric}'. Supported values are ${similarityMetrics.join(", ")}`,
    { details: { metric, supported: similarityMetrics } },
  );
}

/** How alike, by two numbers that always mean the same: distance is lower, score higher, for closer. */
export interface Similarity {
  /** cosine: 1 − cosine, 0 to 2. dotproduct: 1 − product. euclidean: the length between, from 0. */
  readonly distance: number;
  /** cosine: the cosine, −1 to 1. dotproduct: the product. euclidean: 1 / (1 + distance), to 1. */
  readonly score: number;
}

/** What Milvus calls a score: a cosine, a product, or the square of a length. */
export function similarityOf(metric: SimilarityMetric, milvusScore: number): Similarity {
  if (metric !== "euclidean") return { distance: 1 - milvusScore, score: milvusScore };
  const distance = Math.sqrt(Math.max(0, milvusScore));
  return { distance, score: 1 / (1 + distance) };
}

/** The distance between two vectors of equal length, as in `similarityOf`. */
export function distanceBetween(
  metric: SimilarityMetric,
  a: Float32Array,
  b: Float32Array,
): number {
  if (metric === "euclidean") return Math.sqrt(squaredDistance(a, b));
  const product = dotProduct(a, b);
  if (metric === "dotproduct") return 1 - product;
  const lengths = Math.sqrt(dotProduct(a, a) * dotProduct(b, b));
  // As in Milvus, a vector without a direction is like nothing.
  return lengths === 0 ? 1 : 1 - product / lengths;
}

/** The score that goes with a distance. */
export function scoreOfDistance(metric: SimilarityMetric, distance: number): number {
  return metric === "euclidean" ? 1 / (1 + distance) : 1 - distance;
}

function dotProduct(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d] * b[d];
  return sum;
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += (a[d] - b[d]) ** 2;
  return sum;
}
