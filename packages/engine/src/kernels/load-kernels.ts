import { EngineError } from "../base/errors.ts";
import type { KernelKind, Kernels } from "./kernels.ts";
import { createScalarKernels } from "./scalar-kernels.ts";
import { computesRightly } from "./self-test.ts";
import { createWasmKernels } from "./wasm-kernels.ts";

/** The fastest first. */
const KINDS: readonly KernelKind[] = ["relaxed", "simd128", "wasm-scalar", "scalar"];

export interface LoadKernelsOptions {
  /** The only kind to be considered. Absent: all, the fastest first. */
  readonly kind?: KernelKind;
}

/**
 * The fastest kernels that this runtime has and that compute rightly here. An instance belongs to
 * the thread that loads it, whose number is `slot`: 0 for the main thread, 1 and up for those of a
 * pool. Loading takes a few milliseconds.
 *
 * @throws EngineError `unsupported` when the kind that is asked for is not to be had here.
 */
export function loadKernels(slot = 0, { kind }: LoadKernelsOptions = {}): Kernels {
  for (const candidate of kind === undefined ? KINDS : [kind]) {
    const kernels = createKernels(candidate, slot);
    if (kernels !== undefined && computesRightly(kernels)) return kernels;
  }
  throw new EngineError("unsupported", `This runtime has no kernels of the kind "${kind}"`);
}

function createKernels(kind: KernelKind, slot: number): Kernels | undefined {
  return kind === "scalar" ? createScalarKernels(slot) : createWasmKernels(kind, slot);
}
