import type { WasmMemory } from "../../kernels/web-assembly.ts";

/** The measures that lists of near rows help with. */
export type BinaryIvfMetric = "HAMMING" | "JACCARD";

/** Binary vectors that stand for the rows around them. Indexes of several segments may share them. */
export interface BinaryCentroids {
  readonly metric: BinaryIvfMetric;
  readonly rowBytes: number;
  readonly count: number;
  readonly memory: WasmMemory;
  /** Where the centroids lie one after the other. */
  readonly address: number;
}

/**
 * An inverted file over the binary vectors of the rows `rowStart` to `rowEnd` of a segment: each row
 * lies in the list of its nearest centroid (BIN_IVF_FLAT). Never changes. It is plain data over shared
 * memory, which can be sent to a thread.
 */
export interface BinaryIvf {
  readonly kind: "binary";
  readonly metric: BinaryIvfMetric;
  /** Bits of a vector. */
  readonly dim: number;
  readonly rowStart: number;
  readonly rowEnd: number;
  /** Bytes in memory, beside the centroids. */
  readonly byteSize: number;
  readonly centroids: BinaryCentroids;
  readonly memory: WasmMemory;
  /** Where list l begins (u32), as a number of rows; one more than there are lists. */
  readonly starts: number;
  /** Row numbers (u32) in the order of the lists, ascending in each. */
  readonly rows: number;
  /** The vectors in the same order. */
  readonly vectors: number;
}

/** Bytes of the structure of an index beside its centroids. */
export function binaryIvfBytes(listCount: number, rowCount: number, rowBytes: number): number {
  return 4 * (listCount + 1) + (4 + rowBytes) * rowCount;
}

// Nanoseconds as in flat/flat-scan.ts.
const SEARCH_NS = 5_000;
const ROW_NS = 2;
const BYTE_NS = 0.2;

/** About how long a search for one vector takes, in nanoseconds of one core. */
export function binaryCost(
  { centroids, rowStart, rowEnd }: BinaryIvf,
  {
    effort: { probeCount = centroids.count },
  }: { readonly effort: { readonly probeCount?: number } },
): number {
  const { count, rowBytes } = centroids;
  const probedRows = (rowEnd - rowStart) * Math.min(1, probeCount / count);
  return SEARCH_NS + (count + probedRows) * (ROW_NS + BYTE_NS * rowBytes);
}
