import { BrainError } from "../base/brain-error.ts";
import type { LongOperationOptions } from "../base/progress.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { SampleCollection } from "../view/sample-collection.ts";
import type { AnalysisOptions } from "./analysis-options.ts";
import { kMeans } from "./k-means.ts";
import type { NeighborLists } from "./neighbor-lists.ts";
import { scoreItems } from "./score-items.ts";

export interface RepresentativenessOptions extends AnalysisOptions {
  /** Gets the score of each sample, or is an attribute of each label. Default "representativeness". */
  readonly representativenessField?: string;
  /** "cluster-center-downweight" lets of near duplicates only one keep its score. Default "cluster-center". */
  readonly method?: "cluster-center" | "cluster-center-downweight";
}

const clusterCount = 20;
const seed = 51;
/** What is at most this far from one that represents better loses some of its score. */
const downweightDistance = 0.2;
const downweight = 0.7;

/**
 * Stores how well each sample or patch stands for others: 1 for the middle of a cluster of like ones, 0 for
 * its edge. Without a `brainKey` the run has the field's name as its key.
 *
 * @returns The values by id.
 * @throws {BrainError} as `computeUniqueness`; `unsupported` for other methods.
 */
export async function computeRepresentativeness(
  samples: SampleCollection<Dataset>,
  options: RepresentativenessOptions = {},
): Promise<ReadonlyMap<string, number>> {
  const { representativenessField: field = "representativeness", method, ...rest } = options;
  const how = method ?? "cluster-center";
  if (how !== "cluster-center" && how !== "cluster-center-downweight") {
    throw new BrainError(
      "unsupported",
      `Method '${how}' not supported. Please use one of cluster-center, cluster-center-downweight`,
      { details: { method: how } },
    );
  }
  const analysis = {
    type: "representativeness",
    method: how,
    what: "compute representativeness",
    field,
    fieldOption: "representativenessField",
    otherOptions: ["method"],
    compute: async (lists, long) => {
      const scores = await closeness(lists, long);
      if (how === "cluster-center-downweight") await downweightNear(lists, scores, long);
      return scores;
    },
  } satisfies Parameters<typeof scoreItems>[1];
  return await scoreItems(samples, analysis, rest);
}

/** 1 at the centre of the own cluster, 0 for the farthest of the cluster. */
async function closeness(
  { table }: NeighborLists,
  { signal }: LongOperationOptions,
): Promise<Float64Array> {
  const { count, dim } = table;
  const rows = { values: table.directions(), count, dim };
  const { labels, distances } = await kMeans(rows, { clusterCount, seed, signal });
  const farthest = new Map<number, number>();
  for (const [row, label] of labels.entries()) {
    farthest.set(label, Math.max(farthest.get(label) ?? 0, distances[row]));
  }
  return distances.map((distance, row) => {
    const most = farthest.get(labels[row]) ?? 0;
    return most === 0 ? 1 : 1 - distance / most;
  });
}

/** Takes from those near a better one, best first; the others stay as they are. */
async function downweightNear(
  lists: NeighborLists,
  scores: Float64Array,
  { signal, progress }: LongOperationOptions,
): Promise<void> {
  const best = [...scores.keys()].sort((a, b) => scores[b] - scores[a]);
  const isVisited = new Uint8Array(scores.length);
  const batchSize = 512;
  for (let start = 0; start < best.length; start += batchSize) {
    const batch = best.slice(start, start + batchSize);
    await lists.within(batch, downweightDistance, signal);
    for (const position of batch) {
      isVisited[position] = 1;
      const { positions = [], distances = [] } = lists.list(position) ?? {};
      for (const [i, other] of positions.entries()) {
        if (distances[i] > downweightDistance) break;
        if (isVisited[other] === 1) continue;
        isVisited[other] = 1;
        scores[other] *= downweight;
      }
    }
    progress?.({ done: Math.min(start + batchSize, best.length), total: best.length });
  }
}
