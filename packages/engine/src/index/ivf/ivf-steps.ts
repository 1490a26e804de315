import { unreachable } from "../../base/assert.ts";
import { monotonicNowMs } from "../../base/clock.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import { type CodeRowsStep, codeRows, type PackBlocksStep, packBlocks } from "./build-steps.ts";
import {
  type CountHitsStep,
  type CountProbesStep,
  countHits,
  countProbes,
  type FindNeighboursStep,
  findNeighbours,
  type TimeSearchesStep,
  timeSearchesOfRows,
} from "./calibration-steps.ts";
import {
  type AssignSamplesStep,
  assignSamples,
  type MeasureRowsStep,
  type MoveCentroidsStep,
  measureRows,
  moveCentroids,
  type TakeSamplesStep,
  takeSamples,
} from "./training-steps.ts";

/** A step of a training or of a build: plain data. */
export type IvfStep =
  | MeasureRowsStep
  | TakeSamplesStep
  | AssignSamplesStep
  | MoveCentroidsStep
  | CodeRowsStep
  | PackBlocksStep
  | FindNeighboursStep
  | CountHitsStep
  | CountProbesStep
  | TimeSearchesStep;

/** Runs a step in the thread that the kernels belong to. */
export function runIvfStep(
  kernels: Kernels,
  step: IvfStep,
  nowMs: () => number = monotonicNowMs,
): unknown {
  switch (step.kind) {
    case "ivf-measure-rows":
      return measureRows(kernels, step);
    case "ivf-take-samples":
      return takeSamples(kernels, step);
    case "ivf-assign-samples":
      return assignSamples(kernels, step);
    case "ivf-move-centroids":
      return moveCentroids(kernels, step);
    case "ivf-code-rows":
      return codeRows(kernels, step);
    case "ivf-pack-blocks":
      return packBlocks(kernels, step);
    case "ivf-find-neighbours":
      return findNeighbours(kernels, step);
    case "ivf-count-hits":
      return countHits(kernels, step);
    case "ivf-count-probes":
      return countProbes(kernels, step);
    case "ivf-time-searches":
      return timeSearchesOfRows(kernels, step, nowMs);
    default:
      return unreachable(step);
  }
}
