import { type LongOperationOptions, throwIfCancelled } from "../base/progress.ts";
import type { NeighborList, NeighborLists } from "./neighbor-lists.ts";

/** A duplicate, and how far it is from the nearest that is kept. */
export interface FoundDuplicate {
  readonly position: number;
  readonly nearest: number;
  readonly distance: number;
}

/** Which vectors are kept so that all others are near one of them, and no two of them near each other. */
export interface UniquePick {
  readonly threshold: number;
  /** By ascending id. */
  readonly kept: readonly number[];
  /** By ascending id; empty where only the kept were asked for. */
  readonly duplicates: readonly FoundDuplicate[];
}

interface PickOptions extends LongOperationOptions {
  /** Whether the nearest kept of each duplicate is wanted too. Default true. */
  readonly withNearest?: boolean;
}

/** Positions whose lists are asked for at a time. */
const batchSize = 1_024;
const [unseen, isKept, isDropped] = [0, 1, 2];

/**
 * Keeps vectors one by one, and drops what is within the threshold of one that is kept.
 *
 * They are taken by ascending id, that is as they were added to the dataset: so of equal images the
 * first stays, and the order of a view changes nothing.
 */
export async function pickUnique(
  lists: NeighborLists,
  threshold: number,
  { withNearest = true, progress, signal }: PickOptions = {},
): Promise<UniquePick> {
  const { count, ids } = lists.table;
  const order = positionsById(ids);
  const pick = new PickState(lists, threshold, withNearest);
  for (let next = 0; next < count; ) {
    throwIfCancelled(signal, "Finding duplicates");
    const batch: number[] = [];
    for (; next < count && batch.length < batchSize; next++) {
      if (pick.isUnseen(order[next])) batch.push(order[next]);
    }
    await lists.within(batch, threshold, signal);
    for (const position of batch) await pick.take(position, signal);
    progress?.({ done: next, total: count });
  }
  return pick.result(order);
}

/** What is kept and dropped so far. */
class PickState {
  readonly #lists: NeighborLists;
  readonly #threshold: number;
  readonly #withNearest: boolean;
  readonly #states: Uint8Array;
  /** Of what is dropped the nearest that is kept, and how far it is. */
  readonly #nearest: Int32Array;
  readonly #distances: Float64Array;

  constructor(lists: NeighborLists, threshold: number, withNearest: boolean) {
    const { count } = lists.table;
    this.#lists = lists;
    this.#threshold = threshold;
    this.#withNearest = withNearest;
    this.#states = new Uint8Array(count);
    this.#nearest = new Int32Array(count).fill(-1);
    this.#distances = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  }

  isUnseen(position: number): boolean {
    return this.#states[position] === unseen;
  }

  /** Keeps a position unless it is dropped already, and drops what is near it. */
  async take(position: number, signal: AbortSignal | undefined): Promise<void> {
    if (!this.isUnseen(position)) return;
    const known = this.#lists.list(position);
    // An index may have missed one way what it finds the other way.
    this.#forEachNear(known, (other, distance) => {
      if (this.#states[other] === isKept) this.#drop(position, other, distance);
    });
    if (!this.isUnseen(position)) return;
    this.#states[position] = isKept;
    const near = this.#lists.holds(position, this.#threshold)
      ? known
      : await this.#scan(position, signal);
    this.#forEachNear(near, (other, distance) => {
      if (this.#states[other] !== isKept) this.#drop(other, position, distance);
    });
  }

  result(order: readonly number[]): UniquePick {
    const dropped = order.filter((position) => this.#states[position] === isDropped);
    return {
      threshold: this.#threshold,
      kept: order.filter((position) => this.#states[position] === isKept),
      duplicates: (this.#withNearest ? dropped : []).map((position) => ({
        position,
        nearest: this.#nearest[position],
        distance: this.#distances[position],
      })),
    };
  }

  #drop(position: number, kept: number, distance: number): void {
    this.#states[position] = isDropped;
    if (distance >= this.#distances[position]) return;
    this.#nearest[position] = kept;
    this.#distances[position] = distance;
  }

  async #scan(position: number, signal: AbortSignal | undefined): Promise<NeighborList> {
    const accepts = (other: number): boolean => this.#withNearest || this.isUnseen(other);
    return await this.#lists.scan(position, { distance: this.#threshold, accepts, signal });
  }

  #forEachNear(
    list: NeighborList | undefined,
    visit: (position: number, distance: number) => void,
  ): void {
    if (list === undefined) return;
    const { positions, distances } = list;
    for (let i = 0; i < positions.length && distances[i] <= this.#threshold; i++) {
      visit(positions[i], distances[i]);
    }
  }
}

/** Ids of MongoDB's form ascend as they are made. */
function positionsById(ids: readonly string[]): number[] {
  return ids
    .map((_, position) => position)
    .sort((a, b) => (ids[a] < ids[b] ? -1 : Number(ids[a] > ids[b])));
}
