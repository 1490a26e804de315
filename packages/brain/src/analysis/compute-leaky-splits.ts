import { BrainError } from "../base/brain-error.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { SampleCollection } from "../view/sample-collection.ts";
import { type AnalysisOptions, checkAnalysisOptions, inputConfigOf } from "./analysis-options.ts";
import { type AnalysisRun, runAnalysis } from "./analysis-run.ts";
import { findLeaks } from "./find-leaks.ts";
import { checkLeakThreshold, LeakySplits } from "./leaky-splits.ts";
import { NeighborSource } from "./neighbor-source.ts";
import { type Splits, splitMasks, splitsConfigOf, splitViewsOf } from "./split-membership.ts";

export interface LeakySplitsOptions extends Omit<AnalysisOptions, "patchesField"> {
  /** Tags, the name of a field, or views by name. */
  readonly splits: Splits;
  /** The distance within which two samples are the same for training. Default 0.2. */
  readonly threshold?: number;
}

/**
 * Finds samples of one split that have near duplicates in another, or are in two.
 *
 * @throws {BrainError} as `computeNearDuplicates`; `invalid-argument` for splits that are missing.
 * @example
 * const leaky = await computeLeakySplits(dataset, { splits: ["train", "test"] });
 * const train = leaky.noLeaksView(dataset.matchTags("train"));
 */
export async function computeLeakySplits(
  samples: SampleCollection<Dataset>,
  options: LeakySplitsOptions,
): Promise<LeakySplits> {
  checkAnalysisOptions("find leaky splits", options, ["splits", "threshold"]);
  const { splits, threshold = 0.2, brainKey, overwrite, progress, signal, ...input } = options;
  checkLeakThreshold(threshold);
  if ("patchesField" in input || samples.patchesField !== undefined) {
    throw new BrainError("unsupported", "Cannot find leaks of patches: splits have whole samples");
  }
  const splitViews = await splitViewsOf(samples, splits);
  const run: AnalysisRun = {
    type: "leaky_splits",
    method: "neighbors",
    config: { ...inputConfigOf(input), ...splitsConfigOf(splitViews), threshold },
    brainKey,
    overwrite,
    progress,
  };
  return await runAnalysis(samples, run, async (progress) => {
    const long = { progress, ...(signal === undefined ? {} : { signal }) };
    const source = await NeighborSource.open(samples, input, long);
    try {
      if (source.patchesField !== undefined) {
        throw new BrainError(
          "unsupported",
          `Cannot find leaks with an index of the patches in "${source.patchesField}": splits have whole samples`,
        );
      }
      return await source.use(long, async (lists, { missingIds }) => {
        const maskOf = await splitMasks(splitViews);
        const masks = lists.table.ids.map((id) => maskOf.get(id) ?? 0);
        const leaks = await findLeaks(lists, masks, { ...long, threshold });
        const result = new LeakySplits(samples, { threshold, leaks }, { splitViews, source });
        const summary = { leakCount: leaks.length, missingCount: missingIds.length };
        return { result, stored: result.toJSON(), summary };
      });
    } catch (error) {
      source.close();
      throw error;
    }
  });
}
