import { setImmediate as nextTurn } from "node:timers/promises";
import { throwIfCancelled } from "../base/progress.ts";
import type { RunConfig } from "../runs/run-record.ts";
import { chunksOf, filterIdsMax, type IdFilter } from "../similarity/vector-collection.ts";
import { buildIndex } from "./build-index.ts";
import { forEachConcurrently } from "./for-each-concurrently.ts";
import type { ItemVectors } from "./item-vectors.ts";
import type { VectorTable } from "./vector-table.ts";

/** Neighbours of one vector, nearest first, never itself. */
export interface NeighborList {
  readonly positions: Int32Array;
  readonly distances: Float64Array;
  /** All that is nearer than this is in the list. */
  readonly reach: number;
}

/** How many neighbours a search asks for first, and then where these were not enough. */
const listLengths = [16, 128] as const;
/** Queries of one search: from here on more at a time do not make each faster. */
const queriesMax = 256;
/** Hits of one search: some megabytes of answer. */
const hitsMax = 32_768;
/** Vectors that are compared before other work gets a turn. */
const turnNumbers = 5_000_000;

/**
 * The neighbours of vectors, found by the index a batch at a time and remembered. What a list of 128 does
 * not hold is computed from the vectors themselves.
 *
 * The index proposes neighbours, and may miss some as its type allows; distances are always exact.
 */
export class NeighborLists {
  readonly table: VectorTable;
  readonly #items: ItemVectors;
  readonly #lists: (NeighborList | undefined)[];
  readonly #filter: IdFilter;
  #ready: Promise<void> | undefined;

  private constructor(items: ItemVectors, totalIndexSize: number) {
    this.table = items.table;
    this.#items = items;
    this.#lists = new Array(items.table.count).fill(undefined);
    const { count, ids } = items.table;
    // A small part is searched by its ids; hits outside a large part are passed over.
    const isPart = count <= filterIdsMax && count * 2 < totalIndexSize;
    this.#filter = isPart ? { kind: "only", ids } : { kind: "all" };
  }

  static async open(items: ItemVectors): Promise<NeighborLists> {
    return new NeighborLists(items, await items.index.totalIndexSize());
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
    // Hits outside the view may take places, so more is asked for the second time.
    for (const length of listLengths) {
      await this.#search(positions, Math.max(wanted, length), { isWanted: isShort, signal });
    }
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
    this.#ready ??= buildIndex(this.#items.index, signal);
    try {
      await this.#ready;
    } catch (error) {
      this.#ready = undefined;
      throw error;
    }
    const batchSize = Math.max(1, Math.min(queriesMax, Math.floor(hitsMax / k)));
    // The index searches one batch while the answer of the other is read.
    await forEachConcurrently(chunksOf(wanted, batchSize), 2, async (batch) => {
      throwIfCancelled(signal, "Searching neighbours");
      await this.#searchBatch(batch, k);
    });
  }

  async #searchBatch(positions: readonly number[], k: number): Promise<void> {
    const { table } = this;
    const { collection, config } = this.#items.index;
    const { metric } = config;
    const results = await collection.search(
      positions.map((position) => table.vector(position)),
      { k, metric, ids: this.#filter, params: searchParamsFor(k, config.searchParams) },
    );
    for (const [i, hits] of results.entries()) {
      const position = positions[i];
      const found: Neighbor[] = [];
      for (const { id } of hits) {
        const other = table.positionOf(id);
        if (other === undefined || other === position) continue;
        found.push({ position: other, distance: table.distance(position, other) });
      }
      const near = sorted(found);
      const last = hits.at(-1);
      const isAll = last === undefined || hits.length < k;
      // Milvus's distances are rounded: of equal vectors they may be a little above 0.
      const reach = Math.min(
        last?.distance ?? 0,
        near.at(-1)?.distance ?? Number.POSITIVE_INFINITY,
      );
      this.#lists[position] = listOf(near, isAll ? Number.POSITIVE_INFINITY : reach);
    }
  }
}

/** HNSW refuses to look at fewer candidates than it shall answer, and here k is not the user's choice. */
function searchParamsFor(k: number, params: RunConfig | undefined): RunConfig | undefined {
  const ef = params?.["ef"];
  return typeof ef === "number" ? { ...params, ef: Math.max(ef, k) } : params;
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
