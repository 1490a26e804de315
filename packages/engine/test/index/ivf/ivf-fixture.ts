import { must } from "../../../src/base/assert.ts";
import { BoundedHeap } from "../../../src/base/bounded-heap.ts";
import type { DenseMetric } from "../../../src/base/metric.ts";
import { buildIvf } from "../../../src/index/ivf/build-ivf.ts";
import {
  blockBytesOf,
  fineBytesOf,
  type IvfIndex,
  indexPlacesOf,
} from "../../../src/index/ivf/ivf-index.ts";
import { type IvfQuantizer, placesOf } from "../../../src/index/ivf/ivf-quantizer.ts";
import { IvfSearcher } from "../../../src/index/ivf/ivf-searcher.ts";
import { type IvfStep, runIvfStep } from "../../../src/index/ivf/ivf-steps.ts";
import { trainIvf } from "../../../src/index/ivf/train-ivf.ts";
import type {
  IndexSearch,
  RowRange,
  RunSteps,
  SharedVectors,
} from "../../../src/index/vector-index.ts";
import { IndexMemory } from "../../../src/kernels/index-memory.ts";
import type { Kernels } from "../../../src/kernels/kernels.ts";
import { kernels } from "../graph/graph-fixture.ts";

export function runInline(withKernels: Kernels = kernels): RunSteps<IvfStep, unknown> {
  return async (steps) => steps.map((step) => runIvfStep(withKernels, step));
}

/** An index of some rows, with centroids of its own. */
export async function build(
  source: SharedVectors,
  { metric, listCount = 16 }: { metric: DenseMetric; listCount?: number },
  rows: RowRange = { rowStart: 0, rowEnd: source.values.length / source.dim },
  run: RunSteps<IvfStep, unknown> = runInline(),
): Promise<IvfIndex> {
  const quantizer = await trainIvf(source, rows, { metric, seed: 5, listCount }, run);
  return buildIvf(source, rows, { quantizer }, run);
}

/** What a search finds, best first: in all lists, unless it says otherwise. */
export function search(
  index: IvfIndex,
  source: SharedVectors,
  request: Partial<IndexSearch> & Pick<IndexSearch, "query" | "k">,
  withKernels: Kernels = kernels,
): { rows: number[]; keys: number[] } {
  const { query, k, allowed } = request;
  const block = { metric: index.metric, dim: index.dim, queries: query, queryCount: 1 };
  const heap = new BoundedHeap(k);
  const full: IndexSearch = {
    effort: { recall: 0.99, probeCount: index.quantizer.listCount },
    bound: Number.POSITIVE_INFINITY,
    scorer: withKernels.prepare(block, source),
    ...(allowed && { allowedCount: allowed.count() }),
    ...request,
  };
  new IvfSearcher(withKernels).search(index, full, heap);
  const { ids, keys } = heap.drain();
  return { rows: [...ids], keys: [...keys] };
}

/** What an index holds of a row. */
export interface PackedRow {
  readonly row: number;
  readonly list: number;
  /** 1 or -1 for each component. */
  readonly signs: Int8Array;
  readonly base: number;
  readonly slope: number;
  readonly fine: FineCode;
}

/** A fine code: the levels of -7.5 to 7.5 take the place of the signs. */
export interface FineCode {
  readonly levels: Float32Array;
  readonly base: number;
  readonly slope: number;
}

/** All rows of an index, read as ivf-index.ts says that they lie. */
export function packedRows(index: IvfIndex): PackedRow[] {
  const { quantizer, blockCount, address } = index;
  const { listCount, paddedDim } = quantizer;
  const memory = IndexMemory.over(index.memory);
  const places = indexPlacesOf(quantizer, blockCount, address);
  const lists = memory.u32(places.lists, 2 * listCount);
  const numbers = memory.u32(places.rowNumbers, 32 * blockCount);
  const rows: PackedRow[] = [];
  for (let list = 0; list < listCount; list++) {
    for (let slot = lists[2 * list]; slot < lists[2 * list] + lists[2 * list + 1]; slot++) {
      const block = places.blocks + Math.floor(slot / 32) * blockBytesOf(paddedDim);
      const inBlock = slot % 32;
      const codes = memory.u8(block, 4 * paddedDim);
      const factors = memory.f32(block + 4 * paddedDim, 64);
      const signs = Int8Array.from({ length: paddedDim }, (_, i) => {
        const byte = codes[16 * Math.floor(i / 4) + (inBlock % 16)];
        return ((byte >> (4 * Math.floor(inBlock / 16) + (i % 4))) & 1) === 1 ? 1 : -1;
      });
      const [base, slope] = [factors[inBlock], factors[32 + inBlock]];
      const fine = fineCodeAt(memory, places.fine + slot * fineBytesOf(paddedDim), paddedDim);
      rows.push({ row: numbers[slot], list, signs, base, slope, fine });
    }
  }
  return rows;
}

function fineCodeAt(memory: IndexMemory, address: number, dim: number): FineCode {
  const bytes = memory.u8(address, fineBytesOf(dim));
  const levels = Float32Array.from({ length: dim }, (_, i) => {
    const byte = bytes[16 * Math.floor(i / 32) + (i % 16)];
    return (i % 32 < 16 ? byte & 15 : byte >> 4) - 7.5;
  });
  const [base, slope] = memory.f32(address + bytes.length - 8, 2);
  return { levels, base, slope };
}

/** The centroid of a list, and the mean of all rows, both rotated. */
export function centroidOf(quantizer: IvfQuantizer, list: number): Float32Array {
  const { centroids } = placesOf(quantizer, quantizer.address);
  const { paddedDim, memory } = quantizer;
  return IndexMemory.over(memory).f32(centroids + 4 * paddedDim * list, paddedDim);
}

export function meanOf(quantizer: IvfQuantizer): Float32Array {
  const { mean } = placesOf(quantizer, quantizer.address);
  return IndexMemory.over(quantizer.memory).f32(mean, quantizer.paddedDim);
}

/** A vector as the index sees it: of norm 1 under COSINE, padded and rotated. */
export function rotated(quantizer: IvfQuantizer, vector: Float32Array): Float32Array {
  const { dim, paddedDim, metric } = quantizer;
  const memory = IndexMemory.over(quantizer.memory);
  const exports = must(kernels.exportsOver(quantizer.memory), "kernels in WebAssembly");
  const source = memory.allocate(4 * dim);
  const target = memory.allocate(4 * paddedDim);
  memory.f32(source, dim).set(vector);
  exports.padRows(source, 1, dim, target, paddedDim, metric === "COSINE" ? 1 : 0);
  exports.rotate(target, 1, paddedDim, placesOf(quantizer, quantizer.address).signs);
  return memory.f32(target, paddedDim).slice();
}
