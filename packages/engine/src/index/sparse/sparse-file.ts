import { EngineError } from "../../base/errors.ts";
import type { SparseMetric } from "../../base/metric.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import { isCount } from "../is-count.ts";
import type { StoredIndexContent } from "../stored-index.ts";
import { byteSizeOf } from "./build-sparse-inverted.ts";
import {
  SPARSE_WINDOW_ROWS_MAX,
  type SparseInverted,
  type SparseWindow,
  windowBytes,
} from "./sparse-inverted.ts";

/** What an index file says of an inverted index, beside its sections. */
export interface SparseDescriptor {
  readonly kind: "sparse";
  readonly metric: SparseMetric;
  readonly rowStart: number;
  readonly rowEnd: number;
  readonly windowRows: number;
  /** Of each window. */
  readonly dimensionCounts: readonly number[];
  readonly postingCounts: readonly number[];
}

/** One section for each window, as it lies in memory: `kernels/assembly/sparse-window.ts`. */
export function sparseToFile(index: SparseInverted): StoredIndexContent {
  const { kind, metric, rowStart, rowEnd, windowRows, windows } = index;
  const descriptor: SparseDescriptor = {
    kind,
    metric,
    rowStart,
    rowEnd,
    windowRows,
    dimensionCounts: windows.map(({ dimensionCount }) => dimensionCount),
    postingCounts: windows.map(({ postingCount }) => postingCount),
  };
  return { descriptor, sections: sectionsOf(index) };
}

/**
 * Makes room for a stored index: fill `targets` with the sections, then `finish`. Throws
 * `corrupt-file` when the descriptor makes no sense, the lengths are not those that follow from it,
 * or, in the end, postings do not name rows; `limit-exceeded` when memory is short.
 */
export function placeSparse(
  descriptor: unknown,
  lengths: readonly number[],
): { readonly targets: readonly Uint8Array[]; finish(): SparseInverted } {
  if (!isDescriptor(descriptor)) throw corrupt("its descriptor makes no sense");
  const { kind, metric, rowStart, rowEnd, windowRows, dimensionCounts, postingCounts } = descriptor;
  const expected = dimensionCounts.map((count, w) => windowBytes(count, postingCounts[w]));
  if (lengths.length !== expected.length || expected.some((length, w) => length !== lengths[w])) {
    throw corrupt("sections of other lengths than follow from its descriptor");
  }
  const memory = IndexMemory.create();
  const windows = expected.map((length, w) => ({
    address: memory.allocate(length),
    dimensionCount: dimensionCounts[w],
    postingCount: postingCounts[w],
  }));
  const index: SparseInverted = {
    kind,
    metric,
    rowStart,
    rowEnd,
    byteSize: byteSizeOf(windows),
    memory: memory.memory,
    windowRows,
    windows,
  };
  return {
    targets: sectionsOf(index),
    finish(): SparseInverted {
      for (const [w, window] of windows.entries()) {
        const firstRow = rowStart + w * windowRows;
        checkWindow(memory, window, Math.min(windowRows, rowEnd - firstRow));
      }
      return index;
    },
  };
}

/** Kernels read where a window says, and write to the rows that it names, without looking twice. */
function checkWindow(
  memory: IndexMemory,
  { address, dimensionCount, postingCount }: SparseWindow,
  rowCount: number,
): void {
  const starts = memory.u32(address + 4 * dimensionCount, dimensionCount + 1);
  const isAscending = starts.every((start, i) => i === 0 || start >= starts[i - 1]);
  if (!isAscending || starts[0] !== 0 || starts[dimensionCount] !== postingCount) {
    throw corrupt("its postings do not follow one another");
  }
  const rowsAt = address + 4 * (3 * dimensionCount + 1) + 4 * postingCount;
  for (const row of new Uint16Array(memory.memory.buffer, rowsAt, postingCount)) {
    if (row >= rowCount) throw corrupt(`a posting has row ${row} of ${rowCount}`);
  }
}

function isDescriptor(value: unknown): value is SparseDescriptor {
  // What is asked of each of them is checked below.
  const d = value as Partial<SparseDescriptor> | null | undefined;
  if (d?.kind !== "sparse" || (d.metric !== "IP" && d.metric !== "BM25")) return false;
  const { rowStart, rowEnd, windowRows, dimensionCounts, postingCounts } = d;
  if (!isCount(rowStart) || !isCount(rowEnd, rowStart + 1)) return false;
  if (!isCount(windowRows, 1, SPARSE_WINDOW_ROWS_MAX)) return false;
  const windowCount = Math.ceil((rowEnd - rowStart) / windowRows);
  return areCounts(dimensionCounts, windowCount) && areCounts(postingCounts, windowCount);
}

function areCounts(value: unknown, length: number): boolean {
  return Array.isArray(value) && value.length === length && value.every((each) => isCount(each));
}

function sectionsOf({ memory, windows }: SparseInverted): readonly Uint8Array[] {
  return windows.map(({ address, dimensionCount, postingCount }) =>
    IndexMemory.over(memory).u8(address, windowBytes(dimensionCount, postingCount)),
  );
}

function corrupt(reason: string): EngineError {
  return new EngineError("corrupt-file", `Cannot read a sparse index: ${reason}`);
}
