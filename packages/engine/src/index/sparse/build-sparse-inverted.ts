import { IndexMemory } from "../../kernels/index-memory.ts";
import type { WasmMemory } from "../../kernels/web-assembly.ts";
import type { RunSteps } from "../vector-index.ts";
import { buildSparseWindow } from "./build-sparse-window.ts";
import {
  SPARSE_WINDOW_ROWS,
  type SparseInverted,
  type SparseWindow,
  windowBytes,
} from "./sparse-inverted.ts";
import type { SparseRows } from "./sparse-rows.ts";
import type { SparseWeighting } from "./sparse-weighting.ts";

export interface SparseBuildOptions {
  readonly weighting: SparseWeighting;
  /** Rows of a window, 1 to 65,536; 4,096 when absent. */
  readonly windowRows?: number;
}

/** Builds one window. The rows lie in shared memory where the step is to run in another thread. */
export interface SparseBuildStep {
  readonly kind: "sparse-window";
  readonly memory: WasmMemory;
  readonly rows: SparseRows;
  readonly rowStart: number;
  readonly rowEnd: number;
  readonly weighting: SparseWeighting;
}

/**
 * Indexes the rows `rowStart` to `rowEnd`, which must be as {@link SparseRows} says. Throws
 * `limit-exceeded` when they do not fit into 4 GiB, and what `run` throws.
 */
export async function buildSparseInverted(
  rows: SparseRows,
  { rowStart, rowEnd }: { readonly rowStart: number; readonly rowEnd: number },
  options: SparseBuildOptions,
  run: RunSteps<SparseBuildStep, SparseWindow>,
): Promise<SparseInverted> {
  const { weighting, windowRows = SPARSE_WINDOW_ROWS } = options;
  const { memory } = IndexMemory.create();
  const steps: SparseBuildStep[] = [];
  for (let start = rowStart; start < rowEnd; start += windowRows) {
    const end = Math.min(start + windowRows, rowEnd);
    steps.push(stepOf(rows, { memory, rowStart: start, rowEnd: end, weighting }));
  }
  const windows = await run(steps);
  return {
    kind: "sparse",
    metric: weighting.kind === "bm25" ? "BM25" : "IP",
    rowStart,
    rowEnd,
    byteSize: byteSizeOf(windows),
    memory,
    windowRows,
    windows,
  };
}

/** A step with no more offsets than it needs: the components of all rows are shared, they are not. */
function stepOf(
  { offsets, indices, values }: SparseRows,
  { rowStart, rowEnd, ...rest }: Omit<SparseBuildStep, "kind" | "rows">,
): SparseBuildStep {
  const own = { offsets: offsets.slice(rowStart, rowEnd + 1), indices, values };
  return { kind: "sparse-window", ...rest, rows: own, rowStart: 0, rowEnd: rowEnd - rowStart };
}

/** Runs a step in this thread: about 5 ms for 4,096 rows of 100 elements. */
export function runSparseBuildStep(step: SparseBuildStep): SparseWindow {
  return buildSparseWindow(IndexMemory.over(step.memory), step);
}

export function byteSizeOf(windows: readonly SparseWindow[]): number {
  return windows.reduce(
    (total, { dimensionCount, postingCount }) => total + windowBytes(dimensionCount, postingCount),
    0,
  );
}
