import { BrainError, type BrainErrorCode, isBrainError } from "../base/brain-error.ts";
import { Dataset } from "../dataset/dataset.ts";
import { runsOf } from "../runs/run-store.ts";
import type { SampleCollection, View } from "../view/sample-collection.ts";
import { viewFromJSON } from "../view/sample-collection.ts";
import type { SampleSource } from "../view/sample-source.ts";
import { provideSimilaritySearch, type SimilarityRequest } from "../view/similarity-hook.ts";
import type { Stage } from "../view/stage.ts";
import { type LoadOptions, listBrainRuns, loadBrainResults } from "./brain-runs.ts";
import type { SortOptions } from "./index-options.ts";
import { matchesStages } from "./matches-view.ts";
import type { SimilarityIndex } from "./similarity-index.ts";
import type { SimilarityQuery } from "./similarity-query.ts";

export interface SortBySimilarityOptions extends SortOptions, LoadOptions {
  /** Which index. Default: the one that has what the samples or patches are. */
  readonly brainKey?: string;
}

/**
 * The samples or patches of a collection that are most like a query, as a view in that order. The
 * method of the same name on collections makes the same search later, when its view is read.
 *
 * @throws {BrainError} `index-not-found` when no index fits, `run-not-found`, and all that a search
 * throws.
 * @example
 * const view = await sortBySimilarity(dataset, "a photo of a dog", { brainKey: "images", k: 10 });
 */
export async function sortBySimilarity(
  samples: SampleCollection<Dataset>,
  query: SimilarityQuery,
  options: SortBySimilarityOptions = {},
): Promise<View<Dataset>> {
  const { k, offset, threshold, reverse, aggregation, negative, distField, ...load } = options;
  const { brainKey, ...loadOptions } = load;
  const sortOptions = { k, offset, threshold, reverse, aggregation, negative, distField };
  const given = Object.entries(sortOptions).filter(([, value]) => value !== undefined);
  return await withIndex(
    samples,
    brainKey,
    loadOptions,
    async (index) =>
      // What is undefined was left out, which is what the type asks for.
      await index.sortBySimilarity(query, Object.fromEntries(given) as SortOptions, samples),
  );
}

/** Makes the `sortBySimilarity` of datasets and views work. */
export function enableSortBySimilarity(): void {
  provideSimilaritySearch(searchForStage);
}

async function searchForStage(
  source: SampleSource,
  stages: readonly Stage[],
  { query, k, reverse, distField, brainKey }: SimilarityRequest,
): Promise<readonly Stage[]> {
  if (!(source instanceof Dataset)) {
    throw new BrainError("unsupported", "Cannot sort by similarity: this is no dataset");
  }
  const samples = viewFromJSON(source, stages);
  return await withIndex(samples, brainKey, {}, async (index) => {
    const options = { reverse, ...(k === undefined ? {} : { k }) };
    // `sortQuery` checks what it is.
    const matches = await index.search(query as SimilarityQuery, options, samples);
    if (distField !== undefined) await index.storeDistances(distField, matches);
    return matchesStages(samples.patchesField, index.config.patchesField, matches, k !== undefined);
  });
}

/** What says that an index that is open can't be used any more. */
const lostCodes: ReadonlySet<BrainErrorCode> = new Set([
  "collection-mismatch",
  "index-not-found",
  "milvus-failed",
  "server-unreachable",
]);

/** The indexes that were searched, by the ids of their runs: opening one takes longer than a search. */
const searchedIndexes = new WeakMap<Dataset, Map<string, Promise<SimilarityIndex>>>();

/**
 * Calls `work` with an index: one that is kept until the dataset closes, or where it is said how to reach
 * it, one of its own.
 */
async function withIndex<T>(
  samples: SampleCollection<Dataset>,
  brainKey: string | undefined,
  options: LoadOptions,
  work: (index: SimilarityIndex) => Promise<T>,
): Promise<T> {
  const { dataset } = samples;
  const key = brainKey ?? (await fittingKey(samples, options));
  if (Object.keys(options).length > 0) {
    const index = await loadBrainResults(dataset, key, options);
    try {
      return await work(index);
    } finally {
      await index.close();
    }
  }
  const { id } = await runsOf(dataset).completed(key);
  const indexes = searchedIndexes.get(dataset) ?? new Map<string, Promise<SimilarityIndex>>();
  searchedIndexes.set(dataset, indexes);
  const index = indexes.get(id) ?? loadBrainResults(dataset, key);
  indexes.set(id, index);
  try {
    return await work(await index);
  } catch (error) {
    if (isBrainError(error) && lostCodes.has(error.code)) {
      // Its collection or server is not what it was: the next search opens it anew.
      indexes.delete(id);
      await index.then((opened) => opened.close()).catch(() => undefined);
    }
    throw error;
  }
}

/** The first index of samples for samples, and of the field's patches for patches. */
async function fittingKey(
  samples: SampleCollection<Dataset>,
  { onWarning = (message) => process.emitWarning(message) }: LoadOptions,
): Promise<string> {
  const { patchesField } = samples;
  const runs = await listBrainRuns(samples.dataset, { type: "similarity", status: "completed" });
  const fitting = runs.filter(({ config }) => config["patchesField"] === patchesField);
  const [first, ...others] = fitting;
  if (first === undefined) {
    const what = patchesField === undefined ? "samples" : `patches of the field '${patchesField}'`;
    throw new BrainError(
      "index-not-found",
      `Dataset "${samples.dataset.name}" has no similarity results for ${what}. Call computeSimilarity(), or give the brainKey`,
      { details: { dataset: samples.dataset.name, patchesField } },
    );
  }
  if (others.length > 0) onWarning(`Multiple similarity runs found; using '${first.key}'`);
  return first.key;
}
