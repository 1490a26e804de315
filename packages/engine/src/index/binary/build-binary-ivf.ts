import { IndexMemory } from "../../kernels/index-memory.ts";
import type { RunSteps } from "../vector-index.ts";
import { type BinaryCentroids, type BinaryIvf, binaryIvfBytes } from "./binary-ivf.ts";
import type { BinaryIvfStep } from "./binary-ivf-step.ts";
import { assignSteps, cut, type SharedBinaryVectors } from "./train-binary-centroids.ts";

const ROWS_PER_COPY_STEP = 16_384;

/**
 * Puts the rows `rowStart` to `rowEnd` into the lists of their nearest centroids. Throws
 * `limit-exceeded` when they do not fit into 4 GiB, and what `run` throws.
 */
export async function buildBinaryIvf(
  { values, rowBytes }: SharedBinaryVectors,
  { rowStart, rowEnd }: { readonly rowStart: number; readonly rowEnd: number },
  centroids: BinaryCentroids,
  run: RunSteps<BinaryIvfStep, void>,
): Promise<BinaryIvf> {
  const rowCount = rowEnd - rowStart;
  const own = values.subarray(rowStart * rowBytes, rowEnd * rowBytes);
  const nearest = new Uint32Array(new SharedArrayBuffer(4 * rowCount));
  await run(assignSteps(centroids, own, nearest, { from: 0, to: rowCount }));

  const memory = IndexMemory.create();
  const starts = memory.allocate(4 * (centroids.count + 1));
  const rows = memory.allocate(4 * rowCount);
  const vectors = memory.allocate(rowBytes * rowCount);
  writeLists(nearest, rowStart, {
    starts: memory.u32(starts, centroids.count + 1),
    rows: memory.u32(rows, rowCount),
  });
  await run(
    cut({ from: 0, to: rowCount }, ROWS_PER_COPY_STEP).map((part) => ({
      kind: "binary-copy",
      memory: memory.memory,
      vectors: values,
      rowBytes,
      rows,
      target: vectors,
      ...part,
    })),
  );
  return {
    kind: "binary",
    metric: centroids.metric,
    dim: 8 * rowBytes,
    rowStart,
    rowEnd,
    byteSize: binaryIvfBytes(centroids.count, rowCount, rowBytes),
    centroids,
    memory: memory.memory,
    starts,
    rows,
    vectors,
  };
}

/** Sorts the rows by their lists: a counting sort, so that rows ascend in each. */
function writeLists(
  nearest: Uint32Array,
  rowStart: number,
  { starts, rows }: { starts: Uint32Array; rows: Uint32Array },
): void {
  for (const list of nearest) starts[list + 1]++;
  for (let list = 1; list < starts.length; list++) starts[list] += starts[list - 1];
  const nexts = starts.slice();
  for (let i = 0; i < nearest.length; i++) rows[nexts[nearest[i]]++] = rowStart + i;
}
