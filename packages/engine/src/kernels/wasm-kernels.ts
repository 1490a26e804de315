import { assert } from "../base/assert.ts";
import type { Metric } from "../base/metric.ts";
import { simdModule } from "./gen/simd.ts";
import type { Kernels, QueryBlock, RowScorer } from "./kernels.ts";
import { queryCapacityOf, rowCapacityOf, writeQueries } from "./query-block.ts";
import { allocateVectorBytes, memoryOf, slotAddress, slotBytes } from "./vector-memory.ts";
import { type WasmMemory, webAssembly } from "./web-assembly.ts";

/** Addresses and strides of assembly/index.ts: bytes for addresses, floats for the stride. */
interface SimdExports {
  readonly l2: OneQueryKernel;
  readonly ip: OneQueryKernel;
  readonly cosine: OneQueryKernel;
  readonly l2x4: FourQueriesKernel;
  readonly ipx4: FourQueriesKernel;
  readonly cosinex4: FourQueriesKernel;
}

type OneQueryKernel = (
  query: number,
  base: number,
  rows: number,
  scores: number,
  rowCount: number,
  dim: number,
) => void;

type FourQueriesKernel = (
  queries: number,
  base: number,
  rows: number,
  scores: number,
  rowCount: number,
  dim: number,
  scoreStride: number,
) => void;

/**
 * The kernels in WebAssembly with SIMD, or `undefined` where the runtime has none: another
 * platform's Node, or one that was started with `--jitless`. `slot` is the number of the thread.
 */
export function createWasmKernels(slot = 0): Kernels | undefined {
  if (webAssembly === undefined) return undefined;
  const bytes = Buffer.from(simdModule, "base64");
  if (!webAssembly.validate(bytes)) return undefined;
  const { Module, Instance } = webAssembly;
  const module = new Module(bytes);
  // The module is ours: assembly/index.ts exports exactly this.
  const instantiate = (memory: WasmMemory): SimdExports =>
    new Instance(module, { env: { memory } }).exports as SimdExports;
  return new WasmKernels(instantiate, slot);
}

class WasmKernels implements Kernels {
  readonly kind = "simd128";
  readonly #instantiate: (memory: WasmMemory) => SimdExports;
  readonly #slot: number;
  readonly #instances = new WeakMap<WasmMemory, SimdExports>();

  constructor(instantiate: (memory: WasmMemory) => SimdExports, slot: number) {
    this.#instantiate = instantiate;
    this.#slot = slot;
  }

  prepare(block: QueryBlock, vectors: Float32Array): RowScorer {
    const vectorMemory = memoryOf(vectors);
    if (vectorMemory === undefined) return this.prepare(block, toVectorMemory(vectors));
    const { dim, metric, queryCount } = block;
    assert(queryCount <= queryCapacityOf(dim), `${queryCount} queries of ${dim} in one block`);
    const rowCapacity = rowCapacityOf(dim);
    const base = vectors.byteOffset;
    const queries = slotAddress(vectorMemory, this.#slot);
    const rows = align(queries + 4 * queryCount * dim);
    const scores = align(rows + 4 * rowCapacity);
    assert(scores + 4 * rowCapacity * queryCount <= queries + slotBytes, "a block fits a slot");

    const { memory } = vectorMemory;
    const { buffer } = memory;
    writeQueries(new Float32Array(buffer, queries, queryCount * dim), block);
    const { one, four } = kernelsOf(this.#instanceOver(memory), metric);
    return {
      rowCapacity,
      rows: new Uint32Array(buffer, rows, rowCapacity),
      scores: new Float32Array(buffer, scores, rowCapacity * queryCount),
      score(rowCount: number): void {
        assert(rowCount <= rowCapacity, `${rowCount} rows in a block of ${rowCapacity}`);
        let q = 0;
        for (; q + 4 <= queryCount; q += 4) {
          const at = scores + 4 * q * rowCapacity;
          four(queries + 4 * q * dim, base, rows, at, rowCount, dim, rowCapacity);
        }
        for (; q < queryCount; q++) {
          one(queries + 4 * q * dim, base, rows, scores + 4 * q * rowCapacity, rowCount, dim);
        }
      },
    };
  }

  #instanceOver(memory: WasmMemory): SimdExports {
    let instance = this.#instances.get(memory);
    if (instance === undefined) {
      instance = this.#instantiate(memory);
      this.#instances.set(memory, instance);
    }
    return instance;
  }
}

/** A copy of vectors that do not lie where kernels can read them: not those of a segment. */
function toVectorMemory(vectors: Float32Array): Float32Array {
  const bytes = allocateVectorBytes(vectors.byteLength);
  const copy = new Float32Array(bytes.buffer, 0, vectors.length);
  copy.set(vectors);
  return copy;
}

function kernelsOf(
  exports: SimdExports,
  metric: Metric,
): { one: OneQueryKernel; four: FourQueriesKernel } {
  switch (metric) {
    case "L2":
      return { one: exports.l2, four: exports.l2x4 };
    case "IP":
      return { one: exports.ip, four: exports.ipx4 };
    case "COSINE":
      return { one: exports.cosine, four: exports.cosinex4 };
  }
}

/** The next cache line. */
function align(address: number): number {
  return Math.ceil(address / 64) * 64;
}
