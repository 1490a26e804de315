import { must } from "../../src/base/assert.ts";
import type { WasmExports } from "../../src/kernels/exports/wasm-exports.ts";
import { IndexMemory } from "../../src/kernels/index-memory.ts";
import type { KernelKind } from "../../src/kernels/kernels.ts";
import { loadKernels } from "../../src/kernels/load-kernels.ts";

/** The builds of the module. */
export const WASM_KINDS: readonly KernelKind[] = ["relaxed", "simd128", "wasm-scalar"];

/** The functions of one build over a memory of its own. */
export function functionsOf(kind: KernelKind): { kernels: WasmExports; memory: IndexMemory } {
  const memory = IndexMemory.create();
  const kernels = must(
    loadKernels(0, { kind }).exportsOver(memory.memory),
    "a build of the module",
  );
  return { kernels, memory };
}

/** Puts values into the memory, `shift` bytes behind a multiple of 64, and answers where. */
export function put(memory: IndexMemory, values: ArrayBufferView, shift = 0): number {
  const address = memory.allocate(values.byteLength + shift) + shift;
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  memory.u8(address, bytes.length).set(bytes);
  return address;
}
