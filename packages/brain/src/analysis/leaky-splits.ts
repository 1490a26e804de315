import { BrainError } from "../base/brain-error.ts";
import type { LongOperationOptions } from "../base/progress.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { SampleCollection, View } from "../view/sample-collection.ts";
import { findLeaks, type Leak, leaksOf } from "./find-leaks.ts";
import { itemsView } from "./items-view.ts";
import type { NeighborSource } from "./neighbor-source.ts";
import { type SplitViews, splitMasks } from "./split-membership.ts";

/** What a search for leaks found, as it is kept. */
export interface FoundLeaks {
  readonly threshold: number;
  /** One for each sample that is near one of another split, the nearest first. */
  readonly leaks: readonly Leak[];
}

/** Samples of a split that are, nearly, in another one too. Searching again gives new results. */
export class LeakySplits implements FoundLeaks {
  readonly threshold: number;
  readonly leaks: readonly Leak[];
  /** The splits by name. */
  readonly splitViews: SplitViews;
  readonly #samples: SampleCollection<Dataset>;
  readonly #source: NeighborSource;

  constructor(
    samples: SampleCollection<Dataset>,
    { threshold, leaks }: FoundLeaks,
    { splitViews, source }: { readonly splitViews: SplitViews; readonly source: NeighborSource },
  ) {
    this.threshold = threshold;
    this.leaks = leaks;
    this.splitViews = splitViews;
    this.#samples = samples;
    this.#source = source;
  }

  get leakIds(): readonly string[] {
    return this.leaks.map(({ id }) => id);
  }

  /** The samples that leak, the nearest pairs first. */
  leaksView(): View<Dataset> {
    return itemsView(this.#samples, undefined, this.leakIds);
  }

  /** The samples of a split, or of any view, that do not leak. Default: of all that was compared. */
  noLeaksView(view: SampleCollection<Dataset> = this.#samples): View<Dataset> {
    return view.exclude(this.leakIds);
  }

  /** The samples of other splits that are near a sample, nearest first. Throws `id-not-found`. */
  async leaksForSample(id: string, options: LongOperationOptions = {}): Promise<View<Dataset>> {
    const found = await this.#source.use(options, async (lists) => {
      const position = lists.table.positionOf(id);
      if (position === undefined) {
        throw new BrainError("id-not-found", `The sample "${id}" has not been compared`, {
          details: { id },
        });
      }
      const masks = await this.#masks(lists.table.ids);
      const { threshold } = this;
      return await leaksOf(lists, masks, position, { threshold, signal: options.signal });
    });
    return itemsView(
      this.#samples,
      undefined,
      found.map(({ nearestId }) => nearestId),
    );
  }

  /** Gives the samples that leak a tag. */
  async tagLeaks(tag = "leak"): Promise<void> {
    await this.#samples.dataset.tagSamples(tag, this.leaksView());
  }

  /** Searches again by another threshold. */
  async findLeaks(threshold: number, options: LongOperationOptions = {}): Promise<LeakySplits> {
    checkLeakThreshold(threshold);
    return await this.#source.use(options, async (lists) => {
      const masks = await this.#masks(lists.table.ids);
      const leaks = await findLeaks(lists, masks, { ...options, threshold });
      const parts = { splitViews: this.splitViews, source: this.#source };
      return new LeakySplits(this.#samples, { threshold, leaks }, parts);
    });
  }

  /** What is kept of it by a brain run. */
  toJSON(): FoundLeaks {
    const { threshold, leaks } = this;
    return { threshold, leaks };
  }

  /** Frees the vectors and neighbours that it keeps for further searches. Idempotent. */
  async close(): Promise<void> {
    this.#source.close();
  }

  async #masks(ids: readonly string[]): Promise<number[]> {
    const masks = await splitMasks(this.splitViews);
    return ids.map((id) => masks.get(id) ?? 0);
  }
}

/** Throws `invalid-argument` for what is no distance. */
export function checkLeakThreshold(threshold: number): void {
  if (Number.isFinite(threshold) && threshold >= 0) return;
  throw new BrainError(
    "invalid-argument",
    `Cannot find leaks: the threshold ${threshold} is no distance; give a number from 0`,
  );
}
