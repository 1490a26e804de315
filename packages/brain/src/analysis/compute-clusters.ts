import { BrainError } from "../base/brain-error.ts";
import type { LongOperationOptions } from "../base/progress.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { SampleCollection } from "../view/sample-collection.ts";
import { type AnalysisOptions, checkAnalysisOptions, inputConfigOf } from "./analysis-options.ts";
import { type AnalysisRun, runAnalysis } from "./analysis-run.ts";
import { chooseClusterCount } from "./choose-cluster-count.ts";
import { Clusters } from "./clusters.ts";
import { densityClusters } from "./density-clusters.ts";
import { checkValueField, storeItemValues } from "./item-values.ts";
import { itemsConfigOf, readItemVectors } from "./item-vectors.ts";
import { kMeans } from "./k-means.ts";
import { NeighborLists } from "./neighbor-lists.ts";
import type { VectorTable } from "./vector-table.ts";

export interface ClustersOptions extends AnalysisOptions {
  /** "kmeans" (default), or "hdbscan", which finds the number of clusters and leaves noise out. */
  readonly method?: "kmeans" | "hdbscan";
  /** Of k-means: how many. Default: the number from 2 to 20 whose clusters are best apart. */
  readonly clusterCount?: number;
  /** Of HDBSCAN: fewer items are no cluster. Default 10. */
  readonly minClusterSize?: number;
  /** Equal seeds give equal clusters. Default 51. */
  readonly seed?: number;
  /** A field of samples, or attribute of labels, that gets the clusters' names. Default: none. */
  readonly clusterField?: string;
}

type Method = Required<Pick<ClustersOptions, "method" | "minClusterSize" | "seed">> &
  Pick<ClustersOptions, "clusterCount">;

const ownOptions = ["method", "clusterCount", "minClusterSize", "seed", "clusterField"];
const clusterCountMax = 1_000;
const clusterSizeMax = 100;

/**
 * Parts samples or patches into clusters of like ones, named `cluster_0` (the largest), `cluster_1` and so
 * on, and `noise` for what is in none.
 *
 * @throws {BrainError} as `computeNearDuplicates`; `unsupported` for other methods.
 * @example
 * const clusters = await computeClusters(dataset, { similarityIndex: "images", clusterField: "cluster" });
 * for (const { name, ids } of clusters.clusters) console.log(name, ids.length);
 */
export async function computeClusters(
  samples: SampleCollection<Dataset>,
  options: ClustersOptions = {},
): Promise<Clusters> {
  checkAnalysisOptions("compute clusters", options, ownOptions);
  const { method = "kmeans", clusterCount, minClusterSize = 10, seed = 51, ...rest } = options;
  const how = {
    method,
    minClusterSize,
    seed,
    ...(clusterCount === undefined ? {} : { clusterCount }),
  };
  checkMethod(how);
  const { clusterField, brainKey, overwrite, progress, signal, ...input } = rest;
  const field = clusterField === undefined ? {} : { clusterField };
  const run: AnalysisRun = {
    type: "clustering",
    method,
    config: { ...inputConfigOf(input), ...how, ...field },
    brainKey,
    overwrite,
    progress,
  };
  const target = { field: clusterField ?? "", type: "string" } as const;
  checkValueField(samples, options.patchesField, target);
  return await runAnalysis(samples, run, async (progress) => {
    const long = { progress, ...(signal === undefined ? {} : { signal }) };
    const items = await readItemVectors(samples, { ...input, ...long });
    const { table, patchesField, missingIds } = items;
    const labels = await clusterLabels(table, how, long);
    const result = Clusters.of(samples, { patchesField, ids: table.ids, labels });
    const apply = async (): Promise<void> => {
      if (clusterField === undefined) return;
      const missing = missingIds.map((id): [string, null] => [id, null]);
      const values = new Map<string, string | null>([...missing, ...result.nameById()]);
      await storeItemValues(samples.dataset, patchesField, { ...target, values });
    };
    const summary = {
      clusterCount: result.clusters.length,
      noiseCount: result.noiseIds.length,
      missingCount: missingIds.length,
    };
    return { result, stored: result.toJSON(), summary, apply, config: itemsConfigOf(items) };
  });
}

/** The cluster of each position, −1 for none. */
async function clusterLabels(
  table: VectorTable,
  { method, clusterCount, minClusterSize, seed }: Method,
  options: LongOperationOptions,
): Promise<Int32Array> {
  if (method === "hdbscan") {
    return await NeighborLists.use(table, (lists) =>
      densityClusters(lists, minClusterSize, options),
    );
  }
  const rows = { values: table.directions(), count: table.count, dim: table.dim };
  const { signal } = options;
  const count = clusterCount ?? (await chooseClusterCount(rows, { ...options, seed }));
  const { labels } = await kMeans(rows, { clusterCount: count, seed, signal });
  return labels;
}

function checkMethod({ method, clusterCount, minClusterSize, seed }: Method): void {
  if (method !== "kmeans" && method !== "hdbscan") {
    throw new BrainError(
      "unsupported",
      `Unsupported clustering method '${method}'. Supported values are kmeans, hdbscan`,
      { details: { method } },
    );
  }
  const checkWhole = (name: string, value: number, least: number, greatest: number): void => {
    if (Number.isInteger(value) && value >= least && value <= greatest) return;
    throw new BrainError(
      "invalid-argument",
      `Cannot compute clusters: ${name} is ${value}, expected a whole number from ${least} to ${greatest}`,
      { details: { name, value } },
    );
  };
  if (clusterCount !== undefined) checkWhole("clusterCount", clusterCount, 1, clusterCountMax);
  checkWhole("minClusterSize", minClusterSize, 2, clusterSizeMax);
  checkWhole("seed", seed, 0, 2 ** 32 - 1);
}
