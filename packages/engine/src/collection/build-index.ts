import type { Metric } from "../base/metric.ts";
import type { BuildParameters } from "../index/build-parameters.ts";
import type { BuiltIndex } from "../index/built-index.ts";
import { buildGraph } from "../index/graph/build-graph.ts";
import { buildIvf } from "../index/ivf/build-ivf.ts";
import type { IvfQuantizer } from "../index/ivf/ivf-quantizer.ts";
import { trainIvf } from "../index/ivf/train-ivf.ts";
import type { RowRange, RunSteps, SharedVectors } from "../index/vector-index.ts";
import type { BuildStep } from "../workers/build-step.ts";
import { isOutgrown } from "./index-policy.ts";

/** What is to be built, and from what. */
export interface BuildRequest {
  readonly source: SharedVectors;
  readonly rows: RowRange;
  readonly metric: Metric;
  readonly parameters: BuildParameters;
  /** Whether it only serves until the segment is sealed. */
  readonly isInterim: boolean;
  /** The centroids that other segments of the field have. */
  readonly quantizer: IvfQuantizer | undefined;
  /** Rows of all segments. */
  readonly collectionRows: number;
  readonly run: RunSteps<BuildStep, unknown>;
}

/** The seed of everything random in a build: the same rows give the same index. */
const seed = 1;

/**
 * Builds an index of rows of one segment. Interim ones are always IVFs, which build in a fiftieth of
 * a graph's time. Rejects with `cancelled`, `closed`, `limit-exceeded` or `io`.
 */
export async function buildIndex(request: BuildRequest): Promise<BuiltIndex> {
  const { source, rows, metric, parameters, run, isInterim } = request;
  if (parameters.structure === "graph" && !isInterim) {
    const { m, efConstruction, codeBits } = parameters;
    const codes = codeBits && { codeBits };
    return buildGraph(source, rows, { metric, m, efConstruction, seed, ...codes }, run);
  }
  const quantizer = await quantizerFor(request);
  return buildIvf(source, rows, { quantizer }, run);
}

/** The centroids to use: those that there are, unless the collection has outgrown them. */
async function quantizerFor(request: BuildRequest): Promise<IvfQuantizer> {
  const { source, rows, metric, parameters, quantizer, collectionRows, run } = request;
  const listCount = parameters.structure === "ivf" ? parameters.listCount : undefined;
  const isTooCoarse =
    quantizer !== undefined &&
    listCount === undefined &&
    isOutgrown(quantizer.trainedRows, rows.rowEnd - rows.rowStart);
  if (quantizer !== undefined && !isTooCoarse) return quantizer;
  return trainIvf(
    source,
    rows,
    { metric, seed, expectedRows: collectionRows, ...(listCount !== undefined && { listCount }) },
    run,
  );
}
