import { unreachable } from "../../base/assert.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import { type AssignRowsStep, assignRows, type PackBlocksStep, packBlocks } from "./build-steps.ts";
import { type RankNeighboursStep, rankNeighbours } from "./ranking-step.ts";
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
  | RankNeighboursStep
  | AssignRowsStep
  | PackBlocksStep;

/** Runs a step in the thread that the kernels belong to. */
export function runIvfStep(kernels: Kernels, step: IvfStep): unknown {
  switch (step.kind) {
    case "ivf-measure-rows":
      return measureRows(kernels, step);
    case "ivf-take-samples":
      return takeSamples(kernels, step);
    case "ivf-assign-samples":
      return assignSamples(kernels, step);
    case "ivf-move-centroids":
      return moveCentroids(kernels, step);
    case "ivf-rank-neighbours":
      return rankNeighbours(kernels, step);
    case "ivf-assign-rows":
      return assignRows(kernels, step);
    case "ivf-pack-blocks":
      return packBlocks(kernels, step);
    default:
      return unreachable(step);
  }
}
