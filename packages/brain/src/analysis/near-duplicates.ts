import { BrainError } from "../base/brain-error.ts";
import type { LongOperationOptions } from "../base/progress.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { Histogram } from "../view/aggregation.ts";
import type { SampleCollection, View } from "../view/sample-collection.ts";
import { distanceHistogram } from "./distance-histogram.ts";
import { findThreshold, nearestDistances } from "./find-threshold.ts";
import { storeItemValues } from "./item-values.ts";
import { itemsView } from "./items-view.ts";
import type { NeighborLists } from "./neighbor-lists.ts";
import type { NeighborSource } from "./neighbor-source.ts";
import { pickUnique } from "./pick-unique.ts";

/** What is near an item, and how near: 0 is equal. */
export interface Near {
  readonly id: string;
  readonly distance: number;
}

/** What a search for duplicates found, as it is kept. */
export interface DuplicateGroups {
  /** −1 where all were kept. */
  readonly threshold: number;
  /** The items that are kept: no two of them are within the threshold of each other. */
  readonly uniqueIds: readonly string[];
  /** Of each kept item that has duplicates these, nearest first. */
  readonly neighbors: readonly (readonly [id: string, near: readonly Near[]])[];
}

/** How to tell duplicates: by a distance, or so that a part of the items are duplicates. */
export type DuplicateCriterion = { readonly threshold: number } | { readonly fraction: number };

export interface DuplicatesViewOptions {
  /** A field that gets "nearest" for what is kept, "duplicate" for what is near it. */
  readonly typeField?: string;
  /** A field that gets the id of the kept item. */
  readonly idField?: string;
  /** A field that gets the distance from it. */
  readonly distField?: string;
  /** Which groups come first: those with the nearest duplicate (default), or with the most. */
  readonly sortBy?: "distance" | "count";
  readonly reverse?: boolean;
}

/** Near duplicates of samples or patches. Results never change: searching again gives new ones. */
export class NearDuplicates implements DuplicateGroups {
  readonly threshold: number;
  readonly uniqueIds: readonly string[];
  readonly neighbors: DuplicateGroups["neighbors"];
  readonly #samples: SampleCollection<Dataset>;
  readonly #source: NeighborSource;

  constructor(
    samples: SampleCollection<Dataset>,
    { threshold, uniqueIds, neighbors }: DuplicateGroups,
    source: NeighborSource,
  ) {
    this.threshold = threshold;
    this.uniqueIds = uniqueIds;
    this.neighbors = neighbors;
    this.#samples = samples;
    this.#source = source;
  }

  /** Whose labels the items are; undefined for whole samples. */
  get patchesField(): string | undefined {
    return this.#source.patchesField;
  }

  /** Of each kept item that has duplicates these, nearest first. */
  get neighborsMap(): ReadonlyMap<string, readonly Near[]> {
    return new Map(this.neighbors);
  }

  /** What may go: all that is within the threshold of something kept. */
  get duplicateIds(): readonly string[] {
    return this.neighbors.flatMap(([, near]) => near.map(({ id }) => id));
  }

  /** The samples or patches that were kept. */
  uniqueView(): View<Dataset> {
    return itemsView(this.#samples, this.patchesField, this.uniqueIds);
  }

  /**
   * Every kept item that has duplicates, each followed by them. What was deleted since is left out.
   *
   * @throws {BrainError} `invalid-argument` for an unknown `sortBy`.
   */
  async duplicatesView(options: DuplicatesViewOptions = {}): Promise<View<Dataset>> {
    const { typeField, idField, distField } = options;
    const groups = sortedGroups(this.neighbors, options);
    const entries = groups.flatMap(([nearest, near]) => [
      { id: nearest, type: "nearest", nearest, distance: 0 },
      ...near.map(({ id, distance }) => ({ id, type: "duplicate", nearest, distance })),
    ]);
    const ids = entries.map(({ id }) => id);
    const store = async (
      field: string | undefined,
      type: "float" | "string",
      values: readonly (string | number)[],
    ): Promise<void> => {
      if (field === undefined) return;
      const byId = new Map(ids.map((id, i) => [id, values[i]]));
      const { dataset } = this.#samples;
      await storeItemValues(dataset, this.patchesField, { field, type, values: byId });
    };
    const types = entries.map(({ type }) => type);
    await store(typeField, "string", types);
    const nearestIds = entries.map(({ nearest }) => nearest);
    await store(idField, "string", nearestIds);
    const distances = entries.map(({ distance }) => distance);
    await store(distField, "float", distances);
    return itemsView(this.#samples, this.patchesField, ids);
  }

  /**
   * Searches again, by another threshold or so that a part of the items are duplicates. Neighbours that
   * are known are not searched again while these results are in memory.
   *
   * @throws {BrainError} `invalid-argument`; `index-not-found` for loaded results whose embeddings were
   * not kept.
   */
  async findDuplicates(
    criterion: DuplicateCriterion,
    options: LongOperationOptions = {},
  ): Promise<NearDuplicates> {
    checkCriterion(criterion);
    return await this.#source.use(options, async (lists) => {
      const threshold = await thresholdOf(lists, criterion, options);
      return await this.#pick(lists, threshold, options);
    });
  }

  /** The `count` items that are least alike: the threshold is raised until no more are left. */
  async findUnique(count: number, options: LongOperationOptions = {}): Promise<NearDuplicates> {
    return await this.#source.use(options, async (lists) => {
      if (!Number.isInteger(count) || count < 1 || count > lists.table.count) {
        throw new BrainError(
          "invalid-argument",
          `Cannot find ${count} unique items: give a whole number from 1 to ${lists.table.count}`,
        );
      }
      return await this.#pick(lists, await findThreshold(lists, count, options), options);
    });
  }

  /** How far the nearest other item of each is: what a threshold is chosen by. */
  async nearestDistances(options: LongOperationOptions = {}): Promise<ReadonlyMap<string, number>> {
    return await this.#source.use(options, async (lists) => {
      const distances = await nearestDistances(lists, options);
      return new Map(lists.table.ids.map((id, position) => [id, distances[position]]));
    });
  }

  /** The same distances, counted in ranges of equal width. */
  async distanceHistogram(
    { bins = 100 }: { readonly bins?: number } = {},
    options: LongOperationOptions = {},
  ): Promise<Histogram> {
    return distanceHistogram([...(await this.nearestDistances(options)).values()], bins);
  }

  /** What is kept of it by a brain run. */
  toJSON(): DuplicateGroups {
    const { threshold, uniqueIds, neighbors } = this;
    return { threshold, uniqueIds, neighbors };
  }

  /** Frees the vectors and neighbours that it keeps for further searches. Idempotent. */
  async close(): Promise<void> {
    this.#source.close();
  }

  async #pick(
    lists: NeighborLists,
    threshold: number,
    options: LongOperationOptions,
  ): Promise<NearDuplicates> {
    const groups = await duplicateGroups(lists, threshold, options);
    return new NearDuplicates(this.#samples, groups, this.#source);
  }
}

/** The threshold of a criterion, found where it is a fraction. */
export async function thresholdOf(
  lists: NeighborLists,
  criterion: DuplicateCriterion,
  options: LongOperationOptions,
): Promise<number> {
  if ("threshold" in criterion) return criterion.threshold;
  const { count } = lists.table;
  const keptCount = Math.max(1, count - Math.round(criterion.fraction * count));
  return await findThreshold(lists, keptCount, options);
}

/** Finds the items to keep, and the duplicates of each. */
export async function duplicateGroups(
  lists: NeighborLists,
  threshold: number,
  options: LongOperationOptions,
): Promise<DuplicateGroups> {
  const { ids } = lists.table;
  const { kept, duplicates } = await pickUnique(lists, threshold, options);
  const groups = new Map<number, Near[]>();
  for (const { position, nearest, distance } of duplicates) {
    const near = { id: ids[position], distance };
    const group = groups.get(nearest);
    if (group === undefined) groups.set(nearest, [near]);
    else group.push(near);
  }
  const neighbors = kept.flatMap((position): [string, Near[]][] => {
    const group = groups.get(position);
    return group === undefined
      ? []
      : [[ids[position], group.sort((a, b) => a.distance - b.distance)]];
  });
  return { threshold, uniqueIds: kept.map((position) => ids[position]), neighbors };
}

/** Throws `invalid-argument` unless exactly one criterion is given, and a possible one. */
export function checkCriterion(criterion: {
  readonly threshold?: number | undefined;
  readonly fraction?: number | undefined;
}): void {
  const { threshold, fraction } = criterion;
  const fail = (message: string): never => {
    throw new BrainError("invalid-argument", `Cannot find duplicates: ${message}`);
  };
  if ((threshold === undefined) === (fraction === undefined)) {
    fail("give either a threshold, which is a distance, or a fraction of the items");
  }
  if (threshold !== undefined && !(Number.isFinite(threshold) && threshold >= 0)) {
    fail(`the threshold ${threshold} is no distance; give a number from 0`);
  }
  if (fraction !== undefined && !(fraction >= 0 && fraction < 1)) {
    fail(`the fraction ${fraction} is not from 0 to below 1`);
  }
}

function sortedGroups(
  neighbors: DuplicateGroups["neighbors"],
  { sortBy = "distance", reverse = false }: DuplicatesViewOptions,
): DuplicateGroups["neighbors"] {
  if (sortBy !== "distance" && sortBy !== "count") {
    throw new BrainError(
      "invalid-argument",
      `Invalid sort_by='${sortBy}'; supported values are ('distance', 'count')`,
    );
  }
  const keyOf = (near: readonly Near[]): number =>
    sortBy === "distance" ? near[0].distance : -near.length;
  const sorted = neighbors.toSorted(([, a], [, b]) => keyOf(a) - keyOf(b));
  return reverse ? sorted.reverse() : sorted;
}
