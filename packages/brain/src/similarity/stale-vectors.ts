import type { Dataset } from "../dataset/dataset.ts";
import type { DatasetChange } from "../dataset/dataset-change.ts";
import { forgetRemoved, type RemovedItems, removedItemsOf } from "../dataset/removed-items.ts";
import type { VectorCollection } from "./vector-collection.ts";

/**
 * The vectors of samples and labels that have left the dataset since the index was last used. They leave
 * the collection at its next use: a deletion never waits for a server, and never fails with one.
 *
 * For a recorded run the dataset's file remembers what is gone; for an index in memory this object does.
 */
export class StaleVectors {
  readonly #dataset: Dataset;
  readonly #collection: VectorCollection;
  readonly #isPatches: boolean;
  readonly #runId: string | undefined;
  /** Whether something may have left: at first, whatever left while the index was not open. */
  #mayBeThere: boolean;
  #sampleIds: string[] = [];
  #labelIds: string[] = [];
  #removal: Promise<void> | undefined;

  /** @param options `runId`: of the run's record; undefined for an index in memory. */
  constructor(
    dataset: Dataset,
    collection: VectorCollection,
    options: { readonly isPatches: boolean; readonly runId: string | undefined },
  ) {
    this.#dataset = dataset;
    this.#collection = collection;
    this.#isPatches = options.isPatches;
    this.#runId = options.runId;
    this.#mayBeThere = options.runId !== undefined;
  }

  /** Takes note of what has left. */
  note(change: DatasetChange): void {
    if (change.kind !== "samples-deleted" && change.kind !== "labels-deleted") return;
    this.#mayBeThere = true;
    if (this.#runId !== undefined) return;
    (change.kind === "samples-deleted" ? this.#sampleIds : this.#labelIds).push(...change.ids);
  }

  /** Removes what has left from the collection. Throws `server-unreachable`, `milvus-failed`. */
  async remove(): Promise<void> {
    while (this.#mayBeThere) {
      this.#removal ??= this.#remove().finally(() => {
        this.#removal = undefined;
      });
      await this.#removal;
    }
  }

  async #remove(): Promise<void> {
    this.#mayBeThere = false;
    try {
      const removed = await this.#removed();
      const { sampleIds, labelIds } = removed;
      await this.#collection.delete(sampleIds, this.#isPatches ? "sample_id" : "pk");
      if (this.#isPatches) await this.#collection.delete(labelIds);
      await this.#forget(removed);
    } catch (error) {
      this.#mayBeThere = true;
      throw error;
    }
  }

  async #removed(): Promise<RemovedItems> {
    if (this.#runId !== undefined) return await removedItemsOf(this.#dataset.store, this.#runId);
    return { sampleIds: [...this.#sampleIds], labelIds: [...this.#labelIds] };
  }

  async #forget(removed: RemovedItems): Promise<void> {
    const { sampleIds, labelIds } = removed;
    if (sampleIds.length + labelIds.length === 0) return;
    this.#sampleIds = this.#sampleIds.slice(sampleIds.length);
    this.#labelIds = this.#labelIds.slice(labelIds.length);
    const runId = this.#runId;
    if (runId === undefined) return;
    await this.#dataset.store.transaction((transaction) =>
      forgetRemoved(transaction, runId, removed),
    );
  }
}
