import { setFlagsFromString } from "node:v8";
import { assert } from "../base/assert.ts";
import type { DenseMetric } from "../base/metric.ts";
import { type DenseElement, type DenseRows, denseArrayOver } from "./dense-rows.ts";
import type { FourQueriesKernel, OneQueryKernel } from "./exports/flat-exports.ts";
import type { NarrowKernel } from "./exports/narrow-exports.ts";
import type { WasmExports } from "./exports/wasm-exports.ts";
import { relaxedModule } from "./gen/relaxed.ts";
import { simd128Module } from "./gen/simd128.ts";
import { wasmScalarModule } from "./gen/wasm-scalar.ts";
import type { KernelKind, Kernels, QueryBlock, RowScorer } from "./kernels.ts";
import { queryCapacityOf, rowCapacityOf, writeQueries } from "./query-block.ts";
import { allocateVectorBytes, memoryOf, slotAddress, slotBytes } from "./vector-memory.ts";
import { type WasmMemory, webAssembly } from "./web-assembly.ts";

/** The builds of the WebAssembly module. */
export type WasmKind = Exclude<KernelKind, "scalar">;

const modules: Readonly<Record<WasmKind, string>> = {
  relaxed: relaxedModule,
  simd128: simd128Module,
  "wasm-scalar": wasmScalarModule,
};

/**
 * The kernels of one build, or `undefined` where the runtime can't run it: on another platform, or
 * when it was started with `--jitless`. `slot` is the number of the thread.
 */
export function createWasmKernels(kind: WasmKind, slot = 0): Kernels | undefined {
  if (webAssembly === undefined) return undefined;
  const { Module, Instance, validate } = webAssembly;
  const bytes = Buffer.from(modules[kind], "base64");
  const isValid = validate(bytes) || (kind === "relaxed" && enableRelaxedSimd() && validate(bytes));
  if (!isValid) return undefined;
  const module = new Module(bytes);
  // The module is ours: assembly/index.ts exports exactly this.
  const instantiate = (memory: WasmMemory): WasmExports =>
    new Instance(module, { env: { memory } }).exports as WasmExports;
  return new WasmKernels(kind, instantiate, slot);
}

/**
 * Before Node 22 V8 has relaxed SIMD, but behind a flag, which may be set at run time and then holds
 * for all threads. Later versions don't know the flag, and would complain on standard error. Answers
 * whether the flag has been set.
 */
function enableRelaxedSimd(): boolean {
  const majorVersion = Number.parseInt(process.versions.node, 10);
  if (majorVersion >= 22) return false;
  setFlagsFromString("--experimental-wasm-relaxed-simd");
  return true;
}

class WasmKernels implements Kernels {
  readonly kind: WasmKind;
  readonly #instantiate: (memory: WasmMemory) => WasmExports;
  readonly slot: number;
  readonly #instances = new WeakMap<WasmMemory, WasmExports>();

  constructor(kind: WasmKind, instantiate: (memory: WasmMemory) => WasmExports, slot: number) {
    this.kind = kind;
    this.#instantiate = instantiate;
    this.slot = slot;
  }

  prepare(block: QueryBlock, vectors: DenseRows): RowScorer {
    const { element, values } = vectors;
    const vectorMemory = memoryOf(values);
    if (vectorMemory === undefined) return this.prepare(block, toVectorMemory(vectors));
    const { dim, metric, queryCount } = block;
    assert(queryCount <= queryCapacityOf(dim), `${queryCount} queries of ${dim} in one block`);
    const rowCapacity = rowCapacityOf(dim);
    const base = values.byteOffset;
    const queries = slotAddress(vectorMemory, this.slot);
    const rows = align(queries + 4 * queryCount * dim);
    const scores = align(rows + 4 * rowCapacity);
    assert(scores + 4 * rowCapacity * queryCount <= queries + slotBytes, "a block fits a slot");

    const { memory } = vectorMemory;
    const { buffer } = memory;
    writeQueries(new Float32Array(buffer, queries, queryCount * dim), block);
    const places = { queries, base, rows, scores, rowCapacity };
    const exports = this.exportsOver(memory);
    return {
      rowCapacity,
      rows: new Uint32Array(buffer, rows, rowCapacity),
      scores: new Float32Array(buffer, scores, rowCapacity * queryCount),
      score:
        element === "float32"
          ? wideScore(kernelsOf(exports, metric), block, places)
          : narrowScore(narrowKernelOf(exports, element), block, places),
    };
  }

  exportsOver(memory: WasmMemory): WasmExports {
    let instance = this.#instances.get(memory);
    if (instance === undefined) {
      instance = this.#instantiate(memory);
      this.#instances.set(memory, instance);
    }
    return instance;
  }
}

/** A copy of vectors that do not lie where kernels can read them: not those of a segment. */
function toVectorMemory({ element, values }: DenseRows): DenseRows {
  const { buffer } = allocateVectorBytes(values.byteLength);
  const copy = denseArrayOver(element, buffer, values.length);
  copy.set(values);
  return { element, values: copy };
}

/** Addresses of the parts of a block. */
interface BlockPlaces {
  readonly queries: number;
  readonly base: number;
  readonly rows: number;
  readonly scores: number;
  readonly rowCapacity: number;
}

function wideScore(
  { one, four }: { one: OneQueryKernel; four: FourQueriesKernel },
  { dim, queryCount }: QueryBlock,
  { queries, base, rows, scores, rowCapacity }: BlockPlaces,
): RowScorer["score"] {
  return (rowCount) => {
    assert(rowCount <= rowCapacity, `${rowCount} rows in a block of ${rowCapacity}`);
    let q = 0;
    for (; q + 4 <= queryCount; q += 4) {
      const at = scores + 4 * q * rowCapacity;
      four(queries + 4 * q * dim, base, rows, at, rowCount, dim, rowCapacity);
    }
    for (; q < queryCount; q++) {
      one(queries + 4 * q * dim, base, rows, scores + 4 * q * rowCapacity, rowCount, dim);
    }
  };
}

function narrowScore(
  kernel: NarrowKernel,
  { dim, queryCount, metric }: QueryBlock,
  { queries, base, rows, scores, rowCapacity }: BlockPlaces,
): RowScorer["score"] {
  const code = metricCodes[metric];
  return (rowCount) => {
    assert(rowCount <= rowCapacity, `${rowCount} rows in a block of ${rowCapacity}`);
    for (let q = 0; q < queryCount; q++) {
      const at = scores + 4 * q * rowCapacity;
      kernel(code, queries + 4 * q * dim, base, rows, at, rowCount, dim);
    }
  };
}

/** What the kernels of narrow rows call metrics. */
const metricCodes: Readonly<Record<DenseMetric, number>> = { L2: 0, IP: 1, COSINE: 2 };

function narrowKernelOf(
  { scoreF16, scoreBf16, scoreInt8 }: WasmExports,
  element: Exclude<DenseElement, "float32">,
): NarrowKernel {
  switch (element) {
    case "float16":
      return scoreF16;
    case "bfloat16":
      return scoreBf16;
    case "int8":
      return scoreInt8;
  }
}

function kernelsOf(
  exports: WasmExports,
  metric: DenseMetric,
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
