import { EngineError } from "../../base/errors.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import type { StoredIndexContent } from "../stored-index.ts";
import { byteSizeOf } from "./build-sparse-inverted.ts";
import { type SparseInverted, type SparseMetric, windowBytes } from "./sparse-inverted.ts";

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

/** An index whose sections, with these lengths, are still to be filled. */
export function placeSparse(
  descriptor: SparseDescriptor,
  lengths: readonly number[],
): { readonly index: SparseInverted; readonly sections: readonly Uint8Array[] } {
  const { kind, metric, rowStart, rowEnd, windowRows, dimensionCounts, postingCounts } = descriptor;
  const expected = dimensionCounts.map((count, w) => windowBytes(count, postingCounts[w]));
  const windowCount = Math.ceil((rowEnd - rowStart) / windowRows);
  if (
    expected.length !== windowCount ||
    lengths.length !== windowCount ||
    expected.some((length, w) => length !== lengths[w])
  ) {
    throw new EngineError(
      "corrupt-file",
      "Cannot read an index: sections of other lengths than a sparse index has",
    );
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
  return { index, sections: sectionsOf(index) };
}

function sectionsOf({ memory, windows }: SparseInverted): readonly Uint8Array[] {
  return windows.map(({ address, dimensionCount, postingCount }) =>
    IndexMemory.over(memory).u8(address, windowBytes(dimensionCount, postingCount)),
  );
}
