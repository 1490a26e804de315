import { BrainError } from "../base/brain-error.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { RunRecord, RunType } from "../runs/run-record.ts";
import { runsOf } from "../runs/run-store.ts";
import { type LoadOptions, loadBrainResults as loadIndex } from "../similarity/brain-runs.ts";
import type { SimilarityIndex } from "../similarity/similarity-index.ts";
import { viewFromJSON } from "../view/sample-collection.ts";
import { vectorInputOf } from "./analysis-options.ts";
import { Clusters } from "./clusters.ts";
import { ExactDuplicates } from "./compute-exact-duplicates.ts";
import { LeakySplits } from "./leaky-splits.ts";
import { NearDuplicates } from "./near-duplicates.ts";
import { NeighborSource } from "./neighbor-source.ts";
import { splitViewsOfConfig } from "./split-membership.ts";
import { decodePoints } from "./stored-points.ts";
import { Visualization } from "./visualization.ts";

/** What the run of each type is loaded as. Those that are missing have all they found in a field. */
export interface BrainResults {
  readonly similarity: SimilarityIndex;
  readonly exact_duplicates: ExactDuplicates;
  readonly near_duplicates: NearDuplicates;
  readonly leaky_splits: LeakySplits;
  readonly visualization: Visualization;
  readonly clustering: Clusters;
}

export interface LoadResultsOptions<Type extends keyof BrainResults> extends LoadOptions {
  /** What the run is. Default "similarity". */
  readonly type?: Type;
}

/**
 * The results of a run: an index, connected anew, or with another `type` what an analysis found.
 *
 * @throws {BrainError} `run-not-found`, also for a run that failed; `invalid-argument` for a run of another
 * type; for an index `index-not-found`, `collection-mismatch`, `server-unreachable`.
 * @example
 * const index = await loadBrainResults(dataset, "images");
 * const map = await loadBrainResults(dataset, "map", { type: "visualization" });
 */
export async function loadBrainResults<Type extends keyof BrainResults = "similarity">(
  dataset: Dataset,
  key: string,
  options: LoadResultsOptions<Type> = {},
): Promise<BrainResults[Type]> {
  const { type: given, ...loadOptions } = options;
  const type: keyof BrainResults = given ?? "similarity";
  const record = await runsOf(dataset).completed(key);
  checkType(key, record.type, type);
  const loaded =
    type === "similarity"
      ? await loadIndex(dataset, key, loadOptions)
      : await loadAnalysis(dataset, { key, record, type }, loadOptions);
  // It was made for this type.
  return loaded as BrainResults[Type];
}

interface StoredAnalysis {
  readonly key: string;
  readonly record: RunRecord;
  readonly type: Exclude<keyof BrainResults, "similarity">;
}

async function loadAnalysis(
  dataset: Dataset,
  { key, record, type }: StoredAnalysis,
  options: LoadOptions,
): Promise<BrainResults[StoredAnalysis["type"]]> {
  const samples = viewFromJSON(dataset, record.view);
  const { config } = record;
  const text = (await runsOf(dataset).results(key)) ?? "{}";
  const patchesField = config["patchesField"];
  const source = new NeighborSource(
    samples,
    typeof patchesField === "string" ? patchesField : undefined,
    () => ({ ...vectorInputOf(config), ...options }),
  );
  switch (type) {
    case "exact_duplicates":
      return new ExactDuplicates(samples, JSON.parse(text));
    case "near_duplicates":
      return new NearDuplicates(samples, JSON.parse(text), source);
    case "leaky_splits": {
      const splitViews = splitViewsOfConfig(dataset, config);
      return new LeakySplits(samples, JSON.parse(text), { splitViews, source });
    }
    case "visualization":
      return new Visualization(samples, decodePoints(text));
    case "clustering":
      return new Clusters(samples, JSON.parse(text));
  }
}

function checkType(key: string, found: RunType, wanted: keyof BrainResults): void {
  if (found === wanted) return;
  throw new BrainError(
    "invalid-argument",
    `Cannot load the brain run "${key}" as ${wanted}: its type is ${found}; pass type: "${found}"`,
    { details: { key, found, wanted } },
  );
}
