/**
 * How near two vectors of numbers are. L2 is the squared distance, ascending; IP and COSINE
 * descend.
 */
export type DenseMetric = "L2" | "IP" | "COSINE";

/**
 * How near two binary vectors are: HAMMING counts the bits that differ, JACCARD is a distance, 0 to 1;
 * SUBSTRUCTURE and SUPERSTRUCTURE are 0 for rows that have all bits of the query, or none beside
 * them. They ascend. MHJACCARD, the share of equal elements of two MinHash signatures, descends.
 */
export type BinaryMetric = "HAMMING" | "JACCARD" | "SUBSTRUCTURE" | "SUPERSTRUCTURE" | "MHJACCARD";

/** How near two sparse vectors are: IP of the values, or BM25 of term frequencies. Both descend. */
export type SparseMetric = "IP" | "BM25";

/**
 * How near two lists of vectors are: for each vector of the query the best score that a vector of
 * the row has, all of them added up. Ascends where the score does; MAX_SIM is MAX_SIM_COSINE.
 */
export type ListMetric =
  | "MAX_SIM"
  | "MAX_SIM_COSINE"
  | "MAX_SIM_IP"
  | "MAX_SIM_L2"
  | "MAX_SIM_HAMMING"
  | "MAX_SIM_JACCARD";

/** How near two vectors of any kind are. */
export type Metric = DenseMetric | BinaryMetric | SparseMetric | ListMetric;

export const denseMetrics: readonly DenseMetric[] = ["L2", "IP", "COSINE"];

/** Whether the smaller score is the better one. */
const ascends: Readonly<Record<Metric, boolean>> = {
  L2: true,
  IP: false,
  COSINE: false,
  HAMMING: true,
  JACCARD: true,
  SUBSTRUCTURE: true,
  SUPERSTRUCTURE: true,
  MHJACCARD: false,
  BM25: false,
  MAX_SIM: false,
  MAX_SIM_COSINE: false,
  MAX_SIM_IP: false,
  MAX_SIM_L2: true,
  MAX_SIM_HAMMING: true,
  MAX_SIM_JACCARD: true,
};

/** All metrics. */
// The keys of a record over the union are the union.
export const metrics: readonly Metric[] = Object.keys(ascends) as Metric[];

/** Whether a metric compares whole lists of vectors. */
export function isListMetric(metric: Metric): metric is ListMetric {
  return metric.startsWith("MAX_SIM");
}

/** Whether the smaller of two scores is the better one. */
export function isAscending(metric: Metric): boolean {
  return ascends[metric];
}
