/** A vector of an index: of a sample, or of one of its labels. */
export interface VectorRow {
  /** The id of the label, or of the sample where samples are indexed. */
  readonly id: string;
  readonly sampleId: string;
  readonly vector: Float32Array;
}

/** A vector that a search found. */
export interface VectorHit {
  readonly id: string;
  readonly sampleId: string;
  /** Lower is closer, see `Similarity`. */
  readonly distance: number;
}
