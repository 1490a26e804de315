/** How near two vectors are. L2 is the squared distance, ascending; IP and COSINE descend. */
export type Metric = "L2" | "IP" | "COSINE";

export const metrics: readonly Metric[] = ["L2", "IP", "COSINE"];
