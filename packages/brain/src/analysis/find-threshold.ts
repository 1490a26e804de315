import { type LongOperationOptions, throwIfCancelled } from "../base/progress.ts";
import type { NeighborLists } from "./neighbor-lists.ts";
import { pickUnique } from "./pick-unique.ts";

/** Halvings: after so many an interval is as narrow as a float of 32 bits can tell. */
const roundsMax = 40;

/**
 * The threshold by which `keptCount` vectors are kept, or the nearest to it there is: of equal vectors
 * only one can be.
 */
export async function findThreshold(
  lists: NeighborLists,
  keptCount: number,
  options: LongOperationOptions = {},
): Promise<number> {
  const { count } = lists.table;
  if (keptCount >= count) return -1;
  const { signal } = options;
  const kept = async (threshold: number): Promise<number> =>
    (await pickUnique(lists, threshold, { withNearest: false, ...(signal && { signal }) })).kept
      .length;
  // Each that goes is within the threshold of another, so fewer would go below this distance.
  const nearest = (await nearestDistances(lists, options)).sort();
  let low = nearest[count - keptCount - 1];
  if ((await kept(low)) <= keptCount) return low;
  let high = Math.max(low * 2, Number.EPSILON);
  while ((await kept(high)) > keptCount) {
    low = high;
    high *= 2;
  }
  for (let round = 0; round < roundsMax; round++) {
    const middle = (low + high) / 2;
    const found = await kept(middle);
    if (found === keptCount) return middle;
    if (found > keptCount) low = middle;
    else high = middle;
    if (high - low <= high * 1e-7) break;
  }
  return high;
}

/** How far the nearest other vector is, by position; of a single vector nothing is near. */
export async function nearestDistances(
  lists: NeighborLists,
  { progress, signal }: LongOperationOptions = {},
): Promise<Float64Array> {
  const { count } = lists.table;
  const distances = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  await forEachList(lists, 1, { progress, signal }, (position) => {
    distances[position] = lists.list(position)?.distances[0] ?? Number.POSITIVE_INFINITY;
  });
  return distances;
}

/** Visits every position once its `length` nearest are known. */
export async function forEachList(
  lists: NeighborLists,
  length: number,
  {
    progress,
    signal,
  }: { [Name in keyof LongOperationOptions]: LongOperationOptions[Name] | undefined },
  visit: (position: number) => void,
): Promise<void> {
  const { count } = lists.table;
  const batchSize = 1_024;
  for (let start = 0; start < count; start += batchSize) {
    throwIfCancelled(signal, "Searching neighbours");
    const end = Math.min(count, start + batchSize);
    const batch = Array.from({ length: end - start }, (_, i) => start + i);
    await lists.nearest(batch, length, signal);
    for (const position of batch) visit(position);
    progress?.({ done: end, total: count });
  }
}
