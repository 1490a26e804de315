import { type BinaryIvfStep, runBinaryIvfStep } from "../index/binary/binary-ivf-step.ts";
import { type GraphStep, runGraphStep } from "../index/graph/graph-step.ts";
import { type IvfStep, runIvfStep } from "../index/ivf/ivf-steps.ts";
import { type MinHashStep, runMinHashStep } from "../index/minhash/build-min-hash-lsh.ts";
import { runSparseBuildStep, type SparseBuildStep } from "../index/sparse/build-sparse-inverted.ts";
import type { Kernels } from "../kernels/kernels.ts";

/** A step of the build of an index: plain data. The first word of its kind is that of the index. */
export type BuildStep = IvfStep | GraphStep | BinaryIvfStep | MinHashStep | SparseBuildStep;

/** Runs a step in this thread and answers its result, which is small and plain data too. */
export function runBuildStep(kernels: Kernels, step: BuildStep): unknown {
  if (isOf("graph", step)) return runGraphStep(kernels, step);
  if (isOf("binary", step)) return runBinaryIvfStep(kernels, step);
  if (isOf("minhash", step)) return runMinHashStep(step);
  if (isOf("sparse", step)) return runSparseBuildStep(step);
  return runIvfStep(kernels, step);
}

function isOf<Word extends string>(
  word: Word,
  step: BuildStep,
): step is Extract<BuildStep, { readonly kind: `${Word}-${string}` }> {
  return step.kind.startsWith(`${word}-`);
}
