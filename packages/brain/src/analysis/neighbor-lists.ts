import { setImmediate as nextTurn } from "node:timers/promises";
import { isBrainError } from "../base/brain-error.ts";
import { throwIfCancelled } from "../base/progress.ts";
import { chunksOf } from "../similarity/vector-collection.ts";
import { forEachConcurrently } from "./for-each-concurrently.ts";
import { NeighborIndex } from "./neighbor-index.ts";
import type { VectorTable } from "./vector-table.ts";

/** Neighbours of one vector, nearest first, never itself. */
export interface NeighborList {
  readonly positions: Int32Array;
  readonly distances: Float64Array;
  /** All that is nearer than this is in the list. */
  readonly reach: number;
}

/**
 * How many neighbours a search asks for first, and then where these were not enough. Of so many the nearest
 * are hardly ever missed: the index looks farther for 32 than for 16, for little more time.
 */
const listLengths = [32, 128] as const;
/** Queries of one search: from here on more at a time do not make each faster. */
const queriesMax = 1_024;
/** Hits of one search, whose distances are computed before other work gets a turn. */
const hitsMax = 32_768;
/** Vectors that are compared before other work gets a turn. */
const turnNumbers = 5_000_000;

/**
 * The neighbours of vectors, found by an index a batch at a time and remembered. What a list of 128 does
 * not hold is computed from the vectors themselves.
 *
 * The index proposes neighbours, and may miss a few; distances are always exact.
 */
export class NeighborLists {
  readonly table: VectorTable;
  readonly #lists: (NeighborList | undefined)[];
  #index: Promise<NeighborIndex> | undefined;

  constructor(table: VectorTable) {
    this.table = table;
    this.#lists = new Array(table.count).fill(undefined);
  }

  /** Lets `work` find neighbours, and frees what that took. */
  static async use<Result>(
    table: VectorTable,
    work: (lists: NeighborLists) => Promise<Result>,
  ): Promise<Result> {
    const lists = new NeighborLists(table);
    try {
      return await work(lists);
    } finally {
      await lists.freeIndex();
    }
  }

  /** Frees the index: what is searched next builds it again. What was found stays. */
  async freeIndex(): Promise<void> {
    const index = this.#index;
    this.#index = undefined;
    await (await index?.catch(() => undefined))?.close();
  }

  /** What is remembered of a position. */
  list(position: number): NeighborList | undefined {
    return this.#lists[position];
  }

  /** Whether everything at most this far is in the list of a position. */
  holds(position: number, distance: number): boolean {
    return (this.#lists[position]?.reach ?? -1) > distance;
  }

  /** Finds the lists of some positions: of `length` neighbours, or all there are. */
  async nearest(positions: readonly number[], length: number, signal?: AbortSignal): Promise<void> {
    const wanted = Math.min(length, this.table.count - 1);
    const isShort = (position: number): boolean => {
      const list = this.#lists[position];
      return list === undefined || list.positions.length < wanted;
    };
    const least = Math.max(wanted, listLengths[0]);
    await this.#search(positions, least, { isWanted: isShort, signal });
    for (const position of positions.filter(isShort)) {
      this.#lists[position] = await this.scan(position, { length: wanted, signal });
    }
  }

  /** Finds the lists of some positions as far as a distance, where 128 neighbours go that far. */
  async within(
    positions: readonly number[],
    distance: number,
    signal?: AbortSignal,
  ): Promise<void> {
    const isWanted = (position: number): boolean => !this.holds(position, distance);
    for (const length of listLengths) await this.#search(positions, length, { isWanted, signal });
  }

  /**
   * Compares a vector with all others that `accepts` lets pass, whatever the index says.
   *
   * @returns The `length` nearest, or all that are at most `distance` far.
   */
  async scan(
    position: number,
    {
      length = Number.POSITIVE_INFINITY,
      distance = Number.POSITIVE_INFINITY,
      accepts = () => true,
      signal,
    }: {
      readonly length?: number;
      readonly distance?: number;
      readonly accepts?: (other: number) => boolean;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<NeighborList> {
    const { table } = this;
    const found: Neighbor[] = [];
    const rowsATurn = Math.max(1, Math.floor(turnNumbers / table.dim));
    for (let start = 0; start < table.count; start += rowsATurn) {
      throwIfCancelled(signal, "Comparing vectors");
      if (start > 0) await nextTurn();
      const end = Math.min(table.count, start + rowsATurn);
      for (let other = start; other < end; other++) {
        if (other === position || !accepts(other)) continue;
        const between = table.distance(position, other);
        if (between <= distance) found.push({ position: other, distance: between });
      }
    }
    await nextTurn();
    const isCut = found.length > length;
    const kept = sorted(found).slice(0, length);
    return listOf(kept, isCut ? kept[kept.length - 1].distance : justAbove(distance));
  }

  async #search(
    positions: readonly number[],
    length: number,
    { isWanted, signal }: SearchOptions,
  ): Promise<void> {
    // A search answers the vector itself too.
    const k = Math.min(length + 1, hitsMax);
    const wanted = positions.filter(
      (position) => isWanted(position) && this.#lists[position]?.reach !== Number.POSITIVE_INFINITY,
    );
    if (wanted.length === 0) return;
    const index = await this.#openIndex(signal);
    const batchSize = Math.max(1, Math.min(queriesMax, Math.floor(hitsMax / k)));
    // The index searches one batch while the hits of the other are compared.
    await forEachConcurrently(chunksOf(wanted, batchSize), 2, async (batch) => {
      throwIfCancelled(signal, "Searching neighbours");
      const hits = await index.search(batch, k, signal);
      for (const [i, position] of batch.entries()) this.#keep(position, hits[i], k);
    });
  }

  /** The index, which is built first; whoever is cancelled meanwhile ends the build for himself only. */
  async #openIndex(signal: AbortSignal | undefined): Promise<NeighborIndex> {
    for (;;) {
      this.#index ??= NeighborIndex.build(this.table, signal);
      const index = this.#index;
      try {
        return await index;
      } catch (error) {
        if (this.#index === index) this.#index = undefined;
        if (signal?.aborted === true || !isBrainError(error, "cancelled")) throw error;
      }
    }
  }

  #keep(position: number, hits: Int32Array, k: number): void {
    const near: Neighbor[] = [];
    for (const other of hits) {
      if (other === position) continue;
      near.push({ position: other, distance: this.table.distance(position, other) });
    }
    sorted(near);
    const known = this.#lists[position];
    if (known !== undefined && known.positions.length > near.length) return;
    const reach = hits.length < k ? Number.POSITIVE_INFINITY : near[near.length - 1].distance;
    this.#lists[position] = listOf(near, reach);
  }
}

interface SearchOptions {
  readonly isWanted: (position: number) => boolean;
  readonly signal: AbortSignal | undefined;
}

interface Neighbor {
  readonly position: number;
  readonly distance: number;
}

function sorted(neighbors: Neighbor[]): Neighbor[] {
  return neighbors.sort((a, b) => a.distance - b.distance || a.position - b.position);
}

function listOf(neighbors: readonly Neighbor[], reach: number): NeighborList {
  return {
    positions: Int32Array.from(neighbors, ({ position }) => position),
    distances: Float64Array.from(neighbors, ({ distance }) => distance),
    reach,
  };
}

/** So that a list as far as a distance holds that distance. */
function justAbove(distance: number): number {
  return distance + Math.max(Number.MIN_VALUE, distance * Number.EPSILON);
}
