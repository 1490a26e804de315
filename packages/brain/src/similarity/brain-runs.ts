import { BrainError, isBrainError } from "../base/brain-error.ts";
import { processEnvironment, userFolder } from "../base/environment.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { matchesRun, type RunFilter } from "../runs/list-runs.ts";
import type { RunInfo } from "../runs/run-record.ts";
import { runsOf } from "../runs/run-store.ts";
import { type View, viewFromJSON } from "../view/sample-collection.ts";
import { connectMilvus, type MilvusCredentials } from "./milvus-place.ts";
import { openIndex, placeOf } from "./open-index.ts";
import { resolveSettings } from "./resolve-settings.ts";
import { configOfRun } from "./similarity-config.ts";
import type { SimilarityIndex } from "./similarity-index.ts";
import { type ComputeSimilarityOptions, checkLoadOptionNames } from "./similarity-options.ts";
import { VectorCollection } from "./vector-collection.ts";

/** How to reach the index's Milvus server, where it is not said by variables or the file. */
export interface LoadOptions
  extends MilvusCredentials,
    Pick<ComputeSimilarityOptions, "environment" | "onWarning"> {}

/**
 * The runs of a dataset that equal the filter in everything that it names: `type`, `method`, `status`,
 * and members of the configuration.
 *
 * @example
 * await listBrainRuns(dataset, { type: "similarity", patchesField: "ground_truth" });
 */
export async function listBrainRuns(dataset: Dataset, filter: RunFilter = {}): Promise<RunInfo[]> {
  return (await runsOf(dataset).list()).filter((run) => matchesRun(run, filter));
}

/** Whether the dataset has a run under the key, in whatever state. */
export async function hasBrainRun(dataset: Dataset, key: string): Promise<boolean> {
  return await runsOf(dataset).has(key);
}

/** What is known of a run: configuration, status, progress. Throws `run-not-found`. */
export async function getBrainInfo(dataset: Dataset, key: string): Promise<RunInfo> {
  return await runsOf(dataset).info(key);
}

/**
 * The similarity index of a run, connected anew.
 *
 * @throws {BrainError} `run-not-found`, also for a run that failed; `index-not-found` when its
 * collection is gone; `collection-mismatch`; `server-unreachable`.
 */
export async function loadBrainResults(
  dataset: Dataset,
  key: string,
  options: LoadOptions = {},
): Promise<SimilarityIndex> {
  checkLoadOptionNames(options);
  const { environment = processEnvironment, onWarning, ...credentials } = options;
  const record = await runsOf(dataset).completed(key);
  if (record.type !== "similarity") {
    throw new BrainError(
      "invalid-argument",
      `Cannot load the brain run "${key}" as a similarity index: its type is ${record.type}`,
      { details: { key, type: record.type } },
    );
  }
  const config = configOfRun(record.config);
  const given = { ...credentials, backend: config.backend };
  const settings = await resolveSettings(given, environment, userFolder());
  const client = await connectMilvus(placeOf(dataset, settings, true));
  const { collectionName, consistencyLevel, dim, metric } = config;
  const collection = new VectorCollection(client, collectionName, consistencyLevel);
  try {
    if (dim !== undefined) await checkCollection(collection, { key, dim, metric });
  } catch (error) {
    await client.closeConnection().catch(() => undefined);
    throw error;
  }
  return openIndex({
    samples: viewFromJSON(dataset, record.view),
    config,
    key,
    runId: record.id,
    collection,
    environment,
    onWarning: onWarning ?? ((message) => process.emitWarning(message)),
  });
}

/** The samples that a run was computed for, as the dataset has them now. */
export async function loadBrainView(dataset: Dataset, key: string): Promise<View<Dataset>> {
  return viewFromJSON(dataset, (await runsOf(dataset).completed(key)).view);
}

/** Throws `run-not-found`, or `run-exists` when the new key is taken. */
export async function renameBrainRun(dataset: Dataset, key: string, newKey: string): Promise<void> {
  await runsOf(dataset).rename(key, newKey);
}

export interface DeleteBrainRunOptions extends LoadOptions {
  /** Whether the Milvus collection goes too. Default false: only the record does. */
  readonly withCollection?: boolean;
}

/** Removes the record of a run, and with `withCollection` its vectors. Throws `run-not-found`. */
export async function deleteBrainRun(
  dataset: Dataset,
  key: string,
  options: DeleteBrainRunOptions = {},
): Promise<void> {
  const { withCollection = false, ...loadOptions } = options;
  if (withCollection) await dropCollection(dataset, key, loadOptions);
  await runsOf(dataset).delete(key);
}

/** Removes the records of all runs that are not under way. */
export async function deleteBrainRuns(
  dataset: Dataset,
  options: DeleteBrainRunOptions = {},
): Promise<void> {
  const runs = await listBrainRuns(dataset);
  const keys = new Set(runs.filter(({ status }) => status !== "running").map(({ key }) => key));
  for (const key of keys) await deleteBrainRun(dataset, key, options);
}

async function dropCollection(dataset: Dataset, key: string, options: LoadOptions): Promise<void> {
  const { status, type } = await getBrainInfo(dataset, key);
  // A run that failed has left none, and only indexes have one.
  if (status !== "completed" || type !== "similarity") return;
  try {
    const index = await loadBrainResults(dataset, key, options);
    try {
      await index.cleanup();
    } finally {
      await index.close();
    }
  } catch (error) {
    if (!isBrainError(error, "index-not-found")) throw error;
  }
}

async function checkCollection(
  collection: VectorCollection,
  expected: { readonly key: string; readonly dim: number; readonly metric: string },
): Promise<void> {
  const { key, dim, metric } = expected;
  if (!(await collection.exists())) {
    throw new BrainError(
      "index-not-found",
      `Cannot load the brain run "${key}": its collection "${collection.name}" is not there any more; compute it again with overwrite: true, or delete the run`,
      { details: { key, collection: collection.name } },
    );
  }
  const facts = await collection.describe();
  if (facts.dim !== dim || facts.metric !== metric) {
    throw new BrainError(
      "collection-mismatch",
      `Cannot load the brain run "${key}": its collection "${collection.name}" has dimension ${facts.dim} and metric ${facts.metric}, expected ${dim} and ${metric}`,
      { details: { key, found: { ...facts }, expected: { dim, metric } } },
    );
  }
  await collection.load();
}
