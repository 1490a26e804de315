import { must } from "../../base/assert.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import type { WasmMemory } from "../../kernels/web-assembly.ts";
import type { SharedVectors } from "../vector-index.ts";
import { CentroidSearch } from "./centroid-search.ts";
import {
  blockBytesOf,
  blockRows,
  fineBytesOf,
  type IvfIndex,
  indexPlacesOf,
  recordBytesOf,
} from "./ivf-index.ts";
import { type IvfQuantizer, placesOf } from "./ivf-quantizer.ts";
import { chunkRows, RowRotation } from "./row-rotation.ts";
import { scratchParts } from "./scratch-parts.ts";

/**
 * The codes of rows, in the order of the rows, in a memory that is given up when they are in their
 * lists: which slots these have is known only when all rows are coded.
 */
export interface RowRecords {
  readonly memory: WasmMemory;
  /** That of row `rowStart`, of `recordBytesOf` bytes as all are. */
  readonly address: number;
  readonly rowStart: number;
}

/** Finds the nearest centroid of each of the rows `start` to `end`, and codes their residuals. */
export interface CodeRowsStep {
  readonly kind: "ivf-code-rows";
  readonly source: SharedVectors;
  readonly quantizer: IvfQuantizer;
  readonly start: number;
  readonly end: number;
  readonly records: RowRecords;
  /** Shared memory; the list of row r goes to `r - records.rowStart`. */
  readonly assigned: Uint32Array;
}

/** Packs some blocks of an index whose lists have their slots, and these their row numbers. */
export interface PackBlocksStep {
  readonly kind: "ivf-pack-blocks";
  readonly records: RowRecords;
  readonly index: IvfIndex;
  readonly firstBlock: number;
  readonly blockCount: number;
  /** Where rows are: a slot and the slot behind the last, for each run of them. */
  readonly runs: Uint32Array;
}

export function codeRows(kernels: Kernels, step: CodeRowsStep): void {
  const { source, quantizer, records, assigned } = step;
  const { paddedDim, codeBytes, scale } = quantizer;
  const places = placesOf(quantizer, quantizer.address);
  const rows = new RowRotation(kernels, quantizer, { source, signs: places.signs });
  const { exports, memory, rotated } = rows;
  const recordBytes = recordBytesOf(paddedDim);
  const scratch = scratchParts(memory, "ivf-coding", {
    codes: chunkRows * codeBytes,
    squares: 4 * chunkRows,
    lists: 4 * chunkRows,
    distances: 4 * chunkRows,
    records: chunkRows * recordBytes,
    levels: paddedDim,
  });
  const search = new CentroidSearch(exports, memory, quantizer, places);
  const target = IndexMemory.over(records.memory);
  const { mean, centroids } = places;
  const isInnerProduct = quantizer.metric === "IP" ? 1 : 0;
  const fineBytes = fineBytesOf(paddedDim);
  for (let start = step.start; start < step.end; start += chunkRows) {
    const count = Math.min(chunkRows, step.end - start);
    const { codes, squares, lists } = scratch;
    rows.loadRange(start, count);
    exports.quantize7(rotated, count, paddedDim, mean, scale, codes, squares, codeBytes);
    search.findNearest({ ...scratch, count });
    // biome-ignore format: a call of a kernel is one line
    exports.codeRows(rotated, count, paddedDim, centroids, lists, mean, isInnerProduct, scratch.records, fineBytes, scratch.levels);
    const place = start - records.rowStart;
    assigned.set(memory.u32(lists, count), place);
    const coded = memory.u8(scratch.records, count * recordBytes);
    target.u8(records.address + place * recordBytes, coded.length).set(coded);
  }
}

/**
 * Works in the memory of the records and copies the blocks over, so that nothing but the index takes
 * up its memory.
 */
export function packBlocks(kernels: Kernels, step: PackBlocksStep): void {
  const { records, index, firstBlock, blockCount, runs } = step;
  const { paddedDim } = index.quantizer;
  const memory = IndexMemory.over(records.memory);
  const exports = must(kernels.exportsOver(records.memory), "kernels in WebAssembly");
  const target = IndexMemory.over(index.memory);
  const places = indexPlacesOf(index.quantizer, index.blockCount, index.address);
  const blockBytes = blockBytesOf(paddedDim);
  const fineBytes = fineBytesOf(paddedDim);
  const firstSlot = firstBlock * blockRows;
  const slotCount = blockRows * blockCount;
  const { blocks, fine, numbers } = scratchParts(memory, "ivf-blocks", {
    blocks: blockCount * blockBytes,
    fine: slotCount * fineBytes,
    numbers: 4 * slotCount,
  });
  const packed = memory.u8(blocks, blockCount * blockBytes);
  const finePacked = memory.u8(fine, slotCount * fineBytes);
  packed.fill(0);
  finePacked.fill(0);
  memory.u32(numbers, slotCount).set(target.u32(places.rowNumbers + 4 * firstSlot, slotCount));
  for (let i = 0; i < runs.length; i += 2) {
    const slot = runs[i] - firstSlot;
    const count = runs[i + 1] - runs[i];
    // biome-ignore format: a call of a kernel is one line
    exports.packRows(records.address, numbers + 4 * slot, count, records.rowStart, paddedDim, blocks, slot, fine, fineBytes);
  }
  target.u8(places.blocks + firstBlock * blockBytes, packed.length).set(packed);
  target.u8(places.fine + firstSlot * fineBytes, finePacked.length).set(finePacked);
}
