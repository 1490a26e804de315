import { assert } from "../base/assert.ts";
import type { Metric } from "../base/metric.ts";
import { simdModule } from "./gen/simd.ts";
import type { Kernels, QueryBlock, RowScorer } from "./kernels.ts";
import { queryCapacityOf, rowCapacityOf, writeQueries } from "./query-block.ts";

/** What is used of WebAssembly's own interface, which TypeScript declares only with the DOM's. */
declare const WebAssembly:
  | {
      validate(bytes: Uint8Array): boolean;
      Module: new (bytes: Uint8Array) => object;
      Instance: new (module: object) => { readonly exports: unknown };
    }
  | undefined;

/** Addresses and strides of assembly/index.ts: bytes for addresses, floats for the stride. */
interface SimdExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pageCount: number): number };
  readonly l2: OneQueryKernel;
  readonly ip: OneQueryKernel;
  readonly cosine: OneQueryKernel;
  readonly l2x4: FourQueriesKernel;
  readonly ipx4: FourQueriesKernel;
  readonly cosinex4: FourQueriesKernel;
}

type OneQueryKernel = (
  query: number,
  rows: number,
  scores: number,
  rowCount: number,
  dim: number,
) => void;

type FourQueriesKernel = (
  queries: number,
  rows: number,
  scores: number,
  rowCount: number,
  dim: number,
  scoreStride: number,
) => void;

/** The module has no data and no stack: its memory is ours from the first cache line on. */
const FIRST_ADDRESS = 64;
const PAGE_BYTES = 65_536;

/**
 * The kernels in WebAssembly with SIMD, or `undefined` where the runtime has none: another
 * platform's Node, or one that was started with `--jitless`.
 */
export function createWasmKernels(): Kernels | undefined {
  if (typeof WebAssembly === "undefined") return undefined;
  const bytes = Buffer.from(simdModule, "base64");
  if (!WebAssembly.validate(bytes)) return undefined;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  // The module is ours: assembly/index.ts exports exactly this.
  return new WasmKernels(exports as SimdExports);
}

class WasmKernels implements Kernels {
  readonly kind = "simd128";
  readonly #exports: SimdExports;

  constructor(exports: SimdExports) {
    this.#exports = exports;
  }

  prepare(block: QueryBlock): RowScorer {
    const { dim, metric, queryCount } = block;
    assert(queryCount <= queryCapacityOf(dim), `${queryCount} queries of ${dim} in one block`);
    const rowCapacity = rowCapacityOf(dim);
    const queries = FIRST_ADDRESS;
    const rows = align(queries + 4 * queryCount * dim);
    const scores = align(rows + 4 * rowCapacity * dim);
    this.#reserve(scores + 4 * rowCapacity * queryCount);

    const { buffer } = this.#exports.memory;
    writeQueries(new Float32Array(buffer, queries, queryCount * dim), block);
    const { one, four } = kernelsOf(this.#exports, metric);
    return {
      rowCapacity,
      rows: new Float32Array(buffer, rows, rowCapacity * dim),
      scores: new Float32Array(buffer, scores, rowCapacity * queryCount),
      score(rowCount: number): void {
        assert(rowCount <= rowCapacity, `${rowCount} rows in a block of ${rowCapacity}`);
        let q = 0;
        for (; q + 4 <= queryCount; q += 4) {
          const at = scores + 4 * q * rowCapacity;
          four(queries + 4 * q * dim, rows, at, rowCount, dim, rowCapacity);
        }
        for (; q < queryCount; q++) {
          one(queries + 4 * q * dim, rows, scores + 4 * q * rowCapacity, rowCount, dim);
        }
      },
    };
  }

  /** Makes the memory at least so long. It never shrinks: some hundred KiB for all but huge dims. */
  #reserve(byteCount: number): void {
    const { memory } = this.#exports;
    const missing = byteCount - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
  }
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
  return (address + 63) & ~63;
}
