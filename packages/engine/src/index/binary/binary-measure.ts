import { unreachable } from "../../base/assert.ts";
import type { BinaryMetric } from "../../base/metric.ts";
import type { BinaryMetricCode } from "../../kernels/exports/binary-exports.ts";

/** How near two binary vectors are. Keys are smaller for the nearer one. */
export type BinaryMeasure =
  /** The number of bits that differ. */
  | { readonly metric: "HAMMING" }
  /** 1 - |a & b| / |a | b|, 0 to 1; 1 for two vectors without a bit, as in Milvus. */
  | { readonly metric: "JACCARD" }
  /** 0 for rows that have all the bits of the query. No other row is found. */
  | { readonly metric: "SUBSTRUCTURE" }
  /** 0 for rows that have no bit beside those of the query. No other row is found. */
  | { readonly metric: "SUPERSTRUCTURE" }
  /**
   * The share of equal elements of two MinHash signatures, 0 to 1, descending. No row without an
   * equal element is found. The elements fill a row.
   */
  | { readonly metric: "MHJACCARD"; readonly elementBits: ElementBits };

/** Bits of an element of a MinHash signature. */
export type ElementBits = 8 | 16 | 32 | 64;
export const elementWidths: readonly ElementBits[] = [8, 16, 32, 64];

/** A metric with what it needs to know. */
export function measureOf(metric: BinaryMetric, elementBits: ElementBits): BinaryMeasure {
  return metric === "MHJACCARD" ? { metric, elementBits } : { metric };
}

/** The greatest key of a row that may be found. */
export function keyLimitOf(metric: BinaryMetric): number {
  return metric === "MHJACCARD" ? -(2 ** -149) : 2 ** 127;
}

/** What the kernels call a measure. */
export function codeOf(measure: BinaryMeasure): BinaryMetricCode {
  switch (measure.metric) {
    case "HAMMING":
      return 0;
    case "JACCARD":
      return 1;
    case "SUBSTRUCTURE":
      return 2;
    case "SUPERSTRUCTURE":
      return 3;
    case "MHJACCARD":
      return MIN_HASH_CODES[measure.elementBits];
    default:
      return unreachable(measure);
  }
}

const MIN_HASH_CODES = { 8: 4, 16: 5, 32: 6, 64: 7 } as const;
