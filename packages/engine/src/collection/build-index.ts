import { assert, unreachable } from "../base/assert.ts";
import type { DenseMetric, Metric } from "../base/metric.ts";
import { buildBinaryIvf } from "../index/binary/build-binary-ivf.ts";
import {
  type SharedBinaryVectors,
  trainBinaryCentroids,
} from "../index/binary/train-binary-centroids.ts";
import type { BuildParameters } from "../index/build-parameters.ts";
import type { BuiltIndex } from "../index/built-index.ts";
import type { IvfQuantizer } from "../index/ivf/ivf-quantizer.ts";
import { buildMinHashLsh } from "../index/minhash/build-min-hash-lsh.ts";
import {
  buildSparseInverted,
  type SparseBuildStep,
} from "../index/sparse/build-sparse-inverted.ts";
import type { SparseWindow } from "../index/sparse/sparse-inverted.ts";
import type { SparseRows } from "../index/sparse/sparse-rows.ts";
import type { RowRange, RunSteps, SharedVectors } from "../index/vector-index.ts";
import type { BuildStep } from "../workers/build-step.ts";
import { buildDenseIndex, isLongDenseBuild } from "./build-dense-index.ts";
import type { BuildSource } from "./build-source.ts";

/** What is to be built, and from what. */
export interface BuildRequest {
  readonly source: BuildSource;
  readonly rows: RowRange;
  readonly metric: Metric;
  /** Of a structure that there is for the source's kind of vectors. */
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
  readonly onInterim: (index: BuiltIndex) => void;
}

/** The seed of everything random in a build: the same rows give the same index. */
const seed = 1;

/**
 * Builds an index of rows of one segment, at least one of which has a vector. Rejects with
 * `cancelled`, `closed`, `limit-exceeded` or `io`.
 */
export async function buildIndex(request: BuildRequest): Promise<BuiltIndex> {
  const { source } = request;
  switch (source.kind) {
    case "dense":
      return buildDenseIndex(denseRequest(request, source.vectors));
    case "binary":
      return buildBinaryIndex(request, source.vectors);
    case "sparse":
      return buildSparseIndex(request, source.rows);
    default:
      return unreachable(source);
  }
}

/** Whether it is worth to have an interim index first. */
export function isLongBuild(request: BuildRequest): boolean {
  const { source } = request;
  return source.kind === "dense" && isLongDenseBuild(denseRequest(request, source.vectors));
}

function denseRequest(
  request: BuildRequest,
  source: SharedVectors,
): Parameters<typeof buildDenseIndex>[0] {
  // Dense vectors have no index by any other.
  return { ...request, source, metric: request.metric as DenseMetric };
}

/** What the training takes of the time of a binary index, about. */
const trainingShare = 0.5;

async function buildBinaryIndex(
  { rows, metric, parameters, run, onProgress }: BuildRequest,
  source: SharedBinaryVectors,
): Promise<BuiltIndex> {
  // The steps of these builds answer nothing.
  const runSteps = run as RunSteps<BuildStep, void>;
  if (parameters.structure === "minhash") {
    const { elementBits, bandCount } = parameters;
    return buildMinHashLsh(source, rows, { elementBits, bandCount }, runSteps);
  }
  assert(parameters.structure === "binary", `binary vectors in a ${parameters.structure}`);
  assert(metric === "HAMMING" || metric === "JACCARD", `lists by ${metric}`);
  const { listCount } = parameters;
  const centroids = await trainBinaryCentroids(source, rows, { metric, listCount, seed }, runSteps);
  onProgress(trainingShare);
  return buildBinaryIvf(source, rows, centroids, runSteps);
}

function buildSparseIndex(
  { rows, parameters, run, onProgress }: BuildRequest,
  source: SparseRows,
): Promise<BuiltIndex> {
  assert(parameters.structure === "sparse", `sparse vectors in a ${parameters.structure}`);
  const runAll: RunSteps<SparseBuildStep, SparseWindow> = async (steps) => {
    const windows = await run(steps, (count) => onProgress(count / steps.length));
    return windows as readonly SparseWindow[]; // what the steps answer
  };
  return buildSparseInverted(source, rows, { weighting: { kind: "value" } }, runAll);
}
