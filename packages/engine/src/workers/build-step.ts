import { type GraphStep, runGraphStep } from "../index/graph/graph-step.ts";
import { type IvfStep, runIvfStep } from "../index/ivf/ivf-steps.ts";
import type { Kernels } from "../kernels/kernels.ts";

/** A step of the build of an index: plain data. The first word of its kind is that of the index. */
export type BuildStep = IvfStep | GraphStep;

/** Runs a step in this thread and answers its result, which is small and plain data too. */
export function runBuildStep(kernels: Kernels, step: BuildStep): unknown {
  return isGraphStep(step) ? runGraphStep(kernels, step) : runIvfStep(kernels, step);
}

function isGraphStep(step: BuildStep): step is GraphStep {
  return step.kind.startsWith("graph-");
}
