import type { Dataset } from "../dataset/dataset.ts";
import type { SampleCollection } from "../view/sample-collection.ts";
import type { AnalysisOptions } from "./analysis-options.ts";
import { forEachList } from "./find-threshold.ts";
import { type ScoreAnalysis, scoreItems } from "./score-items.ts";

export interface UniquenessOptions extends AnalysisOptions {
  /** Gets the uniqueness of each sample, or is an attribute of each label. Default "uniqueness". */
  readonly uniquenessField?: string;
}

/** How much the nearest, the second and the third nearest count. */
const weights = [0.6, 0.3, 0.1] as const;

/**
 * Stores how unlike all others each sample or patch is, from 0 (another is equal) to 1 (the most unlike
 * of all). Of three or fewer each is 1. Without a `brainKey` the run has the field's name as its key,
 * and replaces the run of that name.
 *
 * @returns The values by id.
 * @throws {BrainError} as `computeNearDuplicates`; `field-type-mismatch` for a field of another type.
 * @example
 * await computeUniqueness(dataset, { similarityIndex: "images" });
 * const rarest = dataset.sortBy("uniqueness", { reverse: true }).limit(10);
 */
export async function computeUniqueness(
  samples: SampleCollection<Dataset>,
  options: UniquenessOptions = {},
): Promise<ReadonlyMap<string, number>> {
  const { uniquenessField: field = "uniqueness", ...rest } = options;
  return await scoreItems(samples, { ...uniqueness, field }, rest);
}

const uniqueness: Omit<ScoreAnalysis, "field"> = {
  type: "uniqueness",
  method: "neighbors",
  what: "compute uniqueness",
  fieldOption: "uniquenessField",
  compute: async (lists, options) => {
    const { count } = lists.table;
    if (count <= weights.length) return new Float64Array(count).fill(1);
    const scores = new Float64Array(count);
    await forEachList(lists, weights.length, options, (position) => {
      const distances = lists.list(position)?.distances ?? [];
      scores[position] = weights.reduce((sum, weight, i) => sum + weight * distances[i], 0);
    });
    const greatest = scores.reduce((most, score) => Math.max(most, score), 0);
    // Where all are equal none is unique.
    return greatest === 0 ? scores : scores.map((score) => score / greatest);
  },
};
