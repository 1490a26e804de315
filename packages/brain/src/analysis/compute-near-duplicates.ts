import type { Dataset } from "../dataset/dataset.ts";
import type { SampleCollection } from "../view/sample-collection.ts";
import { type AnalysisOptions, checkAnalysisOptions, inputConfigOf } from "./analysis-options.ts";
import { type AnalysisRun, runAnalysis } from "./analysis-run.ts";
import { itemsConfigOf } from "./item-vectors.ts";
import {
  checkCriterion,
  type DuplicateCriterion,
  duplicateGroups,
  NearDuplicates,
  thresholdOf,
} from "./near-duplicates.ts";
import { NeighborSource } from "./neighbor-source.ts";

export interface NearDuplicatesOptions extends AnalysisOptions {
  /** The distance within which items are duplicates. Default 0.2, if no fraction is given. */
  readonly threshold?: number;
  /** The part of the items that are duplicates: the threshold is found by it. */
  readonly fraction?: number;
}

const thresholdDefault = 0.2;

/**
 * Finds near duplicates among samples or patches: keeps those that were added first, and groups the
 * others about them. Works on any similarity index, embedded or on a Milvus server.
 *
 * @throws {BrainError} `invalid-argument`, `embedding-invalid`, `run-exists`, `cancelled`, and all that
 * `computeSimilarity` and `loadBrainResults` throw.
 * @example
 * const duplicates = await computeNearDuplicates(dataset, { similarityIndex: "images", threshold: 0.1 });
 * await dataset.deleteSamples(duplicates.duplicateIds);
 */
export async function computeNearDuplicates(
  samples: SampleCollection<Dataset>,
  options: NearDuplicatesOptions = {},
): Promise<NearDuplicates> {
  const what = "find near duplicates";
  checkAnalysisOptions(what, options, ["threshold", "fraction"]);
  const { threshold, fraction, brainKey, overwrite, progress, signal, ...input } = options;
  const criterion = criterionOf(threshold, fraction);
  const run: AnalysisRun = {
    type: "near_duplicates",
    method: "greedy",
    config: { ...inputConfigOf(input), ...criterion },
    brainKey,
    overwrite,
    progress,
  };
  return await runAnalysis(samples, run, async (progress) => {
    const long = { progress, ...(signal === undefined ? {} : { signal }) };
    const source = await NeighborSource.open(samples, input, long);
    try {
      return await source.use(long, async (lists, items) => {
        const found = await thresholdOf(lists, criterion, long);
        const groups = await duplicateGroups(lists, found, long);
        const result = new NearDuplicates(samples, groups, source);
        return {
          result,
          stored: result.toJSON(),
          config: itemsConfigOf(items),
          summary: {
            uniqueCount: result.uniqueIds.length,
            duplicateCount: result.duplicateIds.length,
            threshold: found,
            missingCount: items.missingIds.length,
          },
        };
      });
    } catch (error) {
      source.close();
      throw error;
    }
  });
}

function criterionOf(
  threshold: number | undefined,
  fraction: number | undefined,
): DuplicateCriterion {
  if (threshold === undefined && fraction === undefined) return { threshold: thresholdDefault };
  checkCriterion({ threshold, fraction });
  return fraction === undefined ? { threshold: threshold ?? thresholdDefault } : { fraction };
}
