import { isEngineError } from "../base/errors.ts";
import type { DenseMetric } from "../base/metric.ts";
import type { BuildParameters } from "../index/build-parameters.ts";
import type { DenseIndex } from "../index/built-index.ts";
import { buildGraph } from "../index/graph/build-graph.ts";
import { measureGraphCost } from "../index/graph/calibrate-graph.ts";
import type { GraphIndex } from "../index/graph/graph-index.ts";
import { buildIvf } from "../index/ivf/build-ivf.ts";
import { measureIvfCost } from "../index/ivf/calibrate-ivf.ts";
import type { IvfIndex } from "../index/ivf/ivf-index.ts";
import type { IvfQuantizer } from "../index/ivf/ivf-quantizer.ts";
import { trainIvf } from "../index/ivf/train-ivf.ts";
import type { RowRange, RunSteps, SharedVectors } from "../index/vector-index.ts";
import type { BuildStep } from "../workers/build-step.ts";
import { fasterIndex, isGraphTried, searchNsOf } from "./auto-index.ts";
import { isOutgrown } from "./index-policy.ts";

/** What is to be built of dense vectors, and from what. */
export interface DenseBuildRequest {
  readonly source: SharedVectors;
  readonly rows: RowRange;
  readonly metric: DenseMetric;
  readonly parameters: BuildParameters;
  /** Whether it only serves until another one is built. */
  readonly isInterim: boolean;
  /** The centroids that other segments of the field have. */
  readonly quantizer: IvfQuantizer | undefined;
  /** Rows of all segments. */
  readonly collectionRows: number;
  readonly run: RunSteps<BuildStep, unknown>;
  /** Told the share of the work that is done, which never gets less. */
  readonly onProgress: (share: number) => void;
  /** Given an index that may serve until the one is built that is chosen. */
  readonly onInterim: (index: DenseIndex) => void;
}

/** The seed of everything random in a build: the same rows give the same index. */
const seed = 1;

/** What a graph takes of the time of both indexes, about. */
const graphShare = 0.85;
/** What the training takes of the time of an IVF, about. */
const trainingShare = 0.5;

/**
 * Builds an index of at least one dense vector of one segment. Interim ones are always IVFs, which build in a fiftieth of
 * a graph's time. Rejects with `cancelled`, `closed`, `limit-exceeded` or `io`.
 */
export async function buildDenseIndex(request: DenseBuildRequest): Promise<DenseIndex> {
  const { parameters, isInterim } = request;
  if (isInterim) return buildLists(request);
  switch (parameters.structure) {
    case "graph": {
      const { m, efConstruction, codeBits } = parameters;
      return buildLinks(request, { m, efConstruction, ...(codeBits && { codeBits }) });
    }
    case "auto":
      return buildFaster(request);
    default:
      return buildLists(request);
  }
}

/** Whether it is worth to have an interim index first. */
export function isLongDenseBuild({
  parameters,
  source,
  rows,
  collectionRows,
}: Pick<DenseBuildRequest, "parameters" | "source" | "rows" | "collectionRows">): boolean {
  const rowCount = rows.rowEnd - rows.rowStart;
  if (parameters.structure === "graph") return true;
  return (
    parameters.structure === "auto" && isGraphTried({ rowCount, dim: source.dim, collectionRows })
  );
}

/** An IVF, or the faster of an IVF and a graph. */
async function buildFaster(request: DenseBuildRequest): Promise<DenseIndex> {
  const { onProgress, onInterim } = request;
  if (!isLongDenseBuild(request)) return buildLists(request);
  const ivf = await buildLists({
    ...request,
    onProgress: (share) => onProgress((1 - graphShare) * share),
  });
  onInterim(ivf);
  try {
    const later = (share: number): void => onProgress(1 - graphShare + graphShare * share);
    const graph = await buildLinks({ ...request, onProgress: later }, {});
    return fasterIndex(...(await timedTogether(request, ivf, graph)));
  } catch (error) {
    // Too little memory for a graph is enough for what there is.
    if (isEngineError(error, "limit-exceeded")) return ivf;
    throw error;
  }
}

/** How often the searches of two indexes are timed by turns. */
const timedRounds = 3;

/**
 * Two indexes with what their searches cost at the same time: what was measured when each was built
 * may differ because the machine had other things to do.
 */
async function timedTogether(
  { source, run }: Pick<DenseBuildRequest, "source" | "run">,
  ivf: IvfIndex,
  graph: GraphIndex,
): Promise<[IvfIndex, GraphIndex]> {
  let quickIvf: IvfIndex | undefined;
  let quickGraph: GraphIndex | undefined;
  for (let round = 0; round < timedRounds; round++) {
    const ivfCost = await measureIvfCost({ source, index: ivf, run });
    quickIvf = quicker(quickIvf, { ...ivf, cost: ivfCost });
    quickGraph = quicker(quickGraph, {
      ...graph,
      cost: await measureGraphCost(source, graph, run),
    });
  }
  return [quickIvf ?? ivf, quickGraph ?? graph];
}

function quicker<I extends DenseIndex>(known: I | undefined, timed: I): I {
  return known === undefined || searchNsOf(timed) < searchNsOf(known) ? timed : known;
}

function buildLinks(
  { source, rows, metric, run, onProgress }: DenseBuildRequest,
  options: { readonly m?: number; readonly efConstruction?: number; readonly codeBits?: 4 | 7 },
): Promise<GraphIndex> {
  return buildGraph(source, rows, { metric, seed, ...options }, run, onProgress);
}

/** An IVF with the centroids that there are, unless the collection has outgrown them. */
async function buildLists(request: DenseBuildRequest): Promise<IvfIndex> {
  const { source, rows, metric, parameters, quantizer, collectionRows, run, onProgress } = request;
  const listCount = parameters.structure === "ivf" ? parameters.listCount : undefined;
  const isTooCoarse =
    quantizer !== undefined &&
    listCount === undefined &&
    isOutgrown(quantizer.trainedRows, rows.rowEnd - rows.rowStart);
  if (quantizer !== undefined && !isTooCoarse) {
    return buildIvf(source, rows, { quantizer }, run, onProgress);
  }
  const lists = listCount !== undefined && { listCount };
  const options = { metric, seed, expectedRows: collectionRows, ...lists };
  const trained = await trainIvf(source, rows, options, run, (share) =>
    onProgress(trainingShare * share),
  );
  return buildIvf(source, rows, { quantizer: trained }, run, (share) =>
    onProgress(trainingShare + (1 - trainingShare) * share),
  );
}
