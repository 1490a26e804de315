import { type LongOperationOptions, throwIfCancelled } from "../base/progress.ts";
import type { NeighborLists } from "./neighbor-lists.ts";
import { isAcrossSplits } from "./split-membership.ts";

/** A sample that is near one of another split. */
export interface Leak {
  readonly id: string;
  /** The nearest of another split: itself, for a sample that is in two. */
  readonly nearestId: string;
  readonly distance: number;
}

const batchSize = 1_024;

/** Every sample that is at most the threshold away from one of another split, the nearest pairs first. */
export async function findLeaks(
  lists: NeighborLists,
  masks: readonly number[],
  { threshold, progress, signal }: LongOperationOptions & { readonly threshold: number },
): Promise<Leak[]> {
  const { ids } = lists.table;
  const inSplits = [...masks.keys()].filter((position) => masks[position] !== 0);
  const leaks: Leak[] = [];
  for (let start = 0; start < inSplits.length; start += batchSize) {
    throwIfCancelled(signal, "Finding leaks");
    const batch = inSplits.slice(start, start + batchSize);
    const ownSplits = (position: number): boolean =>
      isAcrossSplits(masks[position], masks[position]);
    await lists.within(
      batch.filter((position) => !ownSplits(position)),
      threshold,
      signal,
    );
    for (const position of batch) {
      const id = ids[position];
      if (ownSplits(position)) leaks.push({ id, nearestId: id, distance: 0 });
      else {
        const [nearest] = await leaksOf(lists, masks, position, { threshold, signal });
        if (nearest !== undefined) leaks.push({ id, ...nearest });
      }
    }
    progress?.({ done: Math.min(start + batchSize, inSplits.length), total: inSplits.length });
  }
  return leaks.sort((a, b) => a.distance - b.distance);
}

/** What of other splits is within the threshold of a sample, nearest first. */
export async function leaksOf(
  lists: NeighborLists,
  masks: readonly number[],
  position: number,
  { threshold, signal }: { readonly threshold: number; readonly signal: AbortSignal | undefined },
): Promise<Omit<Leak, "id">[]> {
  await lists.within([position], threshold, signal);
  const isOther = (other: number): boolean => isAcrossSplits(masks[position], masks[other]);
  const list = lists.holds(position, threshold)
    ? lists.list(position)
    : await lists.scan(position, { distance: threshold, accepts: isOther, signal });
  const found: Omit<Leak, "id">[] = [];
  for (const [i, other] of (list?.positions ?? new Int32Array()).entries()) {
    const distance = list?.distances[i] ?? Number.POSITIVE_INFINITY;
    if (distance > threshold) break;
    if (isOther(other)) found.push({ nearestId: lists.table.ids[other], distance });
  }
  return found;
}
