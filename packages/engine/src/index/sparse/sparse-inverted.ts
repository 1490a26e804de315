import type { SparseMetric } from "../../base/metric.ts";
import type { WasmMemory } from "../../kernels/web-assembly.ts";

/**
 * An inverted index of the sparse vectors of the rows `rowStart` to `rowEnd` of a segment: for each
 * dimension the rows that have it, with their values, in windows of consecutive rows. Never changes.
 * It is plain data over shared memory, which can be sent to a thread.
 */
export interface SparseInverted {
  readonly kind: "sparse";
  readonly metric: SparseMetric;
  readonly rowStart: number;
  readonly rowEnd: number;
  /** Bytes in memory. */
  readonly byteSize: number;
  readonly memory: WasmMemory;
  /** Rows of each window but the last, which may have fewer. */
  readonly windowRows: number;
  readonly windows: readonly SparseWindow[];
}

/** Where a window lies: see `kernels/assembly/sparse-window.ts`. */
export interface SparseWindow {
  readonly address: number;
  /** Dimensions that its rows have. */
  readonly dimensionCount: number;
  /** Elements of its rows. */
  readonly postingCount: number;
}

/**
 * Rows of a window when nothing else is asked for: 4,096 sums of f32 fit into a first-level cache of
 * 32 KiB beside the postings that pass through it.
 */
export const SPARSE_WINDOW_ROWS = 8192;

/** Rows are numbered by u16 within a window. */
export const SPARSE_WINDOW_ROWS_MAX = 65_536;

/** Bytes that a window takes. */
export function windowBytes(dimensionCount: number, postingCount: number): number {
  return 4 * (3 * dimensionCount + 1) + 6 * postingCount;
}

// Nanoseconds as in flat/flat-scan.ts, for queries of some dozen terms: a window with its terms, a row
// of it whose sum is looked at, and what comes to an allowed row.
const WINDOW_NS = 4_000;
const ROW_NS = 1;
const ALLOWED_NS = 1;

/** About how long a search for one vector takes, in nanoseconds of one core. */
export function sparseCost(
  { windows, rowStart, rowEnd }: SparseInverted,
  { allowedCount }: { readonly allowedCount: number },
): number {
  return windows.length * WINDOW_NS + (rowEnd - rowStart) * ROW_NS + allowedCount * ALLOWED_NS;
}
