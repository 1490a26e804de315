import { BrainError } from "../base/brain-error.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { SampleCollection } from "../view/sample-collection.ts";
import type { AnalysisOptions } from "./analysis-options.ts";
import { forEachList } from "./find-threshold.ts";
import { scoreItems } from "./score-items.ts";

export interface OutliersOptions extends AnalysisOptions {
  /** Gets the score of each sample, or is an attribute of each label. Default "outlier_score". */
  readonly outlierField?: string;
  /** How many neighbours are looked at, 1 to 100. Default 10. */
  readonly neighborCount?: number;
  /** The part of the items that are outliers. Default: those that stand out, which may be none. */
  readonly fraction?: number;
}

/** What stands apart from all else. */
export interface Outliers {
  /** The greatest score first. */
  readonly outlierIds: readonly string[];
  /** Scores above it are outliers'. */
  readonly threshold: number;
  /** By id: the mean distance of the nearest neighbours. */
  readonly scores: ReadonlyMap<string, number>;
}

const neighborCountMax = 100;
/** Tukey's far outliers: so many times the range of the middle half above its upper end. */
const fence = 3;

/**
 * Finds samples or patches that are far from all others, and stores how far: the mean distance of their
 * nearest neighbours. Without a `brainKey` the run has the field's name as its key.
 *
 * @throws {BrainError} as `computeUniqueness`.
 * @example
 * const { outlierIds } = await computeOutliers(dataset, { similarityIndex: "images", fraction: 0.01 });
 */
export async function computeOutliers(
  samples: SampleCollection<Dataset>,
  options: OutliersOptions = {},
): Promise<Outliers> {
  const { outlierField: field = "outlier_score", neighborCount = 10, fraction, ...rest } = options;
  if (!Number.isInteger(neighborCount) || neighborCount < 1 || neighborCount > neighborCountMax) {
    throw new BrainError(
      "invalid-argument",
      `Cannot compare with ${neighborCount} neighbours: give a whole number from 1 to ${neighborCountMax}`,
    );
  }
  if (fraction !== undefined && !(fraction >= 0 && fraction <= 1)) {
    throw new BrainError("invalid-argument", `The fraction ${fraction} is not from 0 to 1`);
  }
  const analysis = {
    type: "outliers",
    method: "neighbors",
    what: "find outliers",
    field,
    fieldOption: "outlierField",
    otherOptions: ["neighborCount", "fraction"],
    config: { neighborCount, ...(fraction === undefined ? {} : { fraction }) },
    compute: async (lists, long) => {
      const scores = new Float64Array(lists.table.count);
      await forEachList(lists, neighborCount, long, (position) => {
        const distances = lists.list(position)?.distances ?? new Float64Array();
        const near = distances.subarray(0, neighborCount);
        const sum = near.reduce((total, distance) => total + distance, 0);
        scores[position] = near.length === 0 ? 0 : sum / near.length;
      });
      return scores;
    },
  } satisfies Parameters<typeof scoreItems>[1];
  return outliersOf(await scoreItems(samples, analysis, rest), fraction);
}

/** Those with the greatest scores: a part of them, or those beyond Tukey's outer fence. */
export function outliersOf(
  scores: ReadonlyMap<string, number>,
  fraction: number | undefined,
): Outliers {
  const ranked = [...scores].sort(([, a], [, b]) => b - a);
  const at = (part: number): number => ranked[Math.floor((1 - part) * (ranked.length - 1))][1];
  if (fraction !== undefined) {
    const count = Math.round(fraction * ranked.length);
    const threshold = ranked[count]?.[1] ?? 0;
    return { outlierIds: ranked.slice(0, count).map(([id]) => id), threshold, scores };
  }
  const threshold = at(0.75) + fence * (at(0.75) - at(0.25));
  const outlierIds = ranked.filter(([, score]) => score > threshold).map(([id]) => id);
  return { outlierIds, threshold, scores };
}
