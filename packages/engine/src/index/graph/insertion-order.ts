import { type PresentRows, rowAt } from "../present-rows.ts";

/** Near rows that are inserted one after the other, before others from elsewhere come. */
const TOGETHER = 32;

/** How a graph's rows are grouped: by the nearest of some of them. */
export interface RowGroups {
  readonly groupCount: number;
  /** The group of each node. */
  readonly groupOf: Uint32Array;
}

/**
 * The nodes of rows in the order in which they are inserted, in shared memory: all over the range, since rows
 * that come in the order of their values make worse graphs. The last `sampleCount` serve as a sample.
 *
 * Of the others few that are near to each other follow each other, so that each finds in the caches what
 * the one before has looked at: half of the time of inserting a row is waiting for memory otherwise.
 */
export function insertionOrderOf(
  rows: PresentRows,
  sampleCount: number,
  groups: RowGroups | undefined,
): Uint32Array {
  const { count, rowStart } = rows;
  const order = new Uint32Array(new SharedArrayBuffer(4 * count));
  const stride = strideOf(count);
  for (let i = 0; i < count; i++) order[i] = rowAt(rows, (i * stride) % count) - rowStart;
  if (groups === undefined) return order;
  const grouped = sortedByGroup(order.slice(0, count - sampleCount), groups);
  const pieceCount = Math.floor(grouped.length / TOGETHER);
  const pieceStride = strideOf(pieceCount);
  for (let i = 0; i < pieceCount; i++) {
    const first = ((i * pieceStride) % pieceCount) * TOGETHER;
    order.set(grouped.subarray(first, first + TOGETHER), i * TOGETHER);
  }
  order.set(grouped.subarray(pieceCount * TOGETHER), pieceCount * TOGETHER);
  return order;
}

/** Has no divisor in common with `count`, and is far from all of its simple fractions. */
function strideOf(count: number): number {
  let stride = Math.max(1, Math.floor(0.618 * count));
  while (greatestCommonDivisor(stride, count) !== 1) stride++;
  return stride;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** The nodes group by group, those of a group in the order that they had. */
function sortedByGroup(nodes: Uint32Array, { groupCount, groupOf }: RowGroups): Uint32Array {
  const starts = new Uint32Array(groupCount + 1);
  for (const node of nodes) starts[groupOf[node] + 1]++;
  for (let group = 0; group < groupCount; group++) starts[group + 1] += starts[group];
  const sorted = new Uint32Array(nodes.length);
  for (const node of nodes) sorted[starts[groupOf[node]]++] = node;
  return sorted;
}
