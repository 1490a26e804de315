import { BrainError } from "../base/brain-error.ts";
import type { LongOperationOptions } from "../base/progress.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { SampleCollection } from "../view/sample-collection.ts";
import { type AnalysisOptions, checkAnalysisOptions, inputConfigOf } from "./analysis-options.ts";
import { type AnalysisRun, runAnalysis } from "./analysis-run.ts";
import { itemsConfigOf, readItemVectors } from "./item-vectors.ts";
import { layOutByUmap } from "./lay-out-by-umap.ts";
import { NeighborLists } from "./neighbor-lists.ts";
import { principalComponents } from "./principal-components.ts";
import { encodePoints } from "./stored-points.ts";
import type { VectorTable } from "./vector-table.ts";
import { Visualization } from "./visualization.ts";

export interface VisualizationOptions extends AnalysisOptions {
  /** "umap" (default): near stays near; "pca": at once, by what differs most. */
  readonly method?: "umap" | "pca";
  /** Default 2. */
  readonly numDims?: 2 | 3;
  /** Equal seeds give equal points. Default 51. */
  readonly seed?: number;
  /** Of UMAP: how many neighbours count, 2 to 200. Default 15. */
  readonly numNeighbors?: number;
  /** Of UMAP: how near points may come to each other, 0 to 1. Default 0.1. */
  readonly minDist?: number;
  /** A field of vectors that gets the points too. Of samples only. */
  readonly pointsField?: string;
}

type Layout = Required<
  Pick<VisualizationOptions, "method" | "numDims" | "seed" | "numNeighbors" | "minDist">
>;

const ownOptions = ["method", "numDims", "seed", "numNeighbors", "minDist", "pointsField"];

/**
 * Lays out samples or patches as points of a plane or space, so that alike ones are near each other.
 *
 * @throws {BrainError} as `computeNearDuplicates`; `unsupported` for other methods.
 * @example
 * const map = await computeVisualization(dataset, { similarityIndex: "images", brainKey: "map" });
 * const view = map.viewInside([[0, 0], [5, 0], [5, 5], [0, 5]]);
 */
export async function computeVisualization(
  samples: SampleCollection<Dataset>,
  options: VisualizationOptions = {},
): Promise<Visualization> {
  checkAnalysisOptions("compute a visualization", options, ownOptions);
  const {
    method = "umap",
    numDims = 2,
    seed = 51,
    numNeighbors = 15,
    minDist = 0.1,
    ...rest
  } = options;
  const layout: Layout = { method, numDims, seed, numNeighbors, minDist };
  checkLayout(layout);
  const { pointsField, brainKey, overwrite, progress, signal, ...input } = rest;
  const field = pointsField === undefined ? {} : { pointsField };
  const run: AnalysisRun = {
    type: "visualization",
    method,
    config: { ...inputConfigOf(input), ...layout, ...field },
    brainKey,
    overwrite,
    progress,
  };
  return await runAnalysis(samples, run, async (progress) => {
    const long = { progress, ...(signal === undefined ? {} : { signal }) };
    const items = await readItemVectors(samples, { ...input, ...long });
    const { table, patchesField, missingIds } = items;
    if (pointsField !== undefined && patchesField !== undefined) {
      throw new BrainError("unsupported", "Cannot store the points of patches in a field");
    }
    const points = await layOut(table, layout, long);
    const { ids, sampleIds } = table;
    const result = new Visualization(samples, { numDims, patchesField, ids, sampleIds, points });
    const apply = async (): Promise<void> => {
      if (pointsField === undefined) return;
      const places = ids.map((id, i): [string, Float32Array] => [
        id,
        points.slice(i * numDims, (i + 1) * numDims),
      ]);
      await samples.dataset.setValues(pointsField, new Map(places));
    };
    const summary = { count: ids.length, missingCount: missingIds.length };
    return {
      result,
      stored: encodePoints(result) as object,
      summary,
      apply,
      config: itemsConfigOf(items),
    };
  });
}

async function layOut(
  table: VectorTable,
  { method, numDims, seed, numNeighbors, minDist }: Layout,
  options: LongOperationOptions,
): Promise<Float32Array> {
  if (method === "umap") {
    const umap = { dims: numDims, neighborCount: numNeighbors, minDist, seed };
    return await NeighborLists.use(table, (lists) => layOutByUmap(lists, { ...options, ...umap }));
  }
  const { count, dim } = table;
  const { signal } = options;
  return await principalComponents(
    { values: table.directions(), count, dim },
    { componentCount: numDims, seed, signal },
  );
}

function checkLayout({ method, numDims, seed, numNeighbors, minDist }: Layout): void {
  if (method !== "umap" && method !== "pca") {
    throw new BrainError(
      "unsupported",
      `Unsupported visualization method '${method}'. Supported values are umap, pca`,
      { details: { method } },
    );
  }
  const fail = (message: string): never => {
    throw new BrainError("invalid-argument", `Cannot compute a visualization: ${message}`);
  };
  if (numDims !== 2 && numDims !== 3) fail(`numDims is ${numDims}, expected 2 or 3`);
  if (!Number.isInteger(seed)) fail(`the seed ${seed} is no whole number`);
  if (!Number.isInteger(numNeighbors) || numNeighbors < 2 || numNeighbors > 200) {
    fail(`numNeighbors is ${numNeighbors}, expected a whole number from 2 to 200`);
  }
  if (!(minDist >= 0 && minDist <= 1)) fail(`minDist is ${minDist}, expected 0 to 1`);
}
