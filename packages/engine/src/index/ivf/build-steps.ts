import { IndexMemory } from "../../kernels/index-memory.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import type { SharedVectors } from "../vector-index.ts";
import { blockBytesOf, blockRows, fineBytesOf, type IvfIndex, indexPlacesOf } from "./ivf-index.ts";
import { type IvfQuantizer, placesOf } from "./ivf-quantizer.ts";
import { chunkRows, RowRotation } from "./row-rotation.ts";
import { scratchParts } from "./scratch-parts.ts";

/** Finds the nearest centroid of each of the rows `start` to `end`. */
export interface AssignRowsStep {
  readonly kind: "ivf-assign-rows";
  readonly source: SharedVectors;
  readonly quantizer: IvfQuantizer;
  readonly start: number;
  readonly end: number;
  /** Shared memory; the list of row r goes to `r - rowStart`. */
  readonly assigned: Uint32Array;
  readonly rowStart: number;
}

/** Packs some blocks of an index whose lists have their slots, and these their row numbers. */
export interface PackBlocksStep {
  readonly kind: "ivf-pack-blocks";
  readonly source: SharedVectors;
  readonly index: IvfIndex;
  readonly firstBlock: number;
  readonly blockCount: number;
  /** What of which list lies there: a list, a slot and the slot behind the last, for each piece. */
  readonly pieces: Uint32Array;
}

/** Answers the sum of the squared distances of the rows to their centroids. */
export function assignRows(kernels: Kernels, step: AssignRowsStep): number {
  const { source, quantizer, assigned, rowStart } = step;
  const { paddedDim, codeBytes, listCount, scale } = quantizer;
  const places = placesOf(quantizer, quantizer.address);
  const rows = new RowRotation(kernels, quantizer, { source, signs: places.signs });
  const { exports, memory } = rows;
  const { codes, squares, lists, distances } = scratchParts(memory, "ivf-assignment", {
    codes: chunkRows * codeBytes,
    squares: 4 * chunkRows,
    lists: 4 * chunkRows,
    distances: 4 * chunkRows,
  });
  const { mean, halves, halfSquares } = places;
  let sum = 0;
  for (let start = step.start; start < step.end; start += chunkRows) {
    const count = Math.min(chunkRows, step.end - start);
    rows.loadRange(start, count);
    exports.quantize7(rows.rotated, count, paddedDim, mean, scale, codes, squares, codeBytes);
    // biome-ignore format: a call of a kernel is one line
    exports.assignRows(codes, squares, count, codeBytes, halves, halfSquares, listCount, lists, distances);
    assigned.set(memory.u32(lists, count), start - rowStart);
    for (const distance of memory.u32(distances, count)) sum += distance;
  }
  return sum / scale ** 2;
}

/**
 * Works in the quantizer's memory, where the centroids are, and copies the blocks over, so that
 * nothing but the index takes up its memory.
 */
export function packBlocks(kernels: Kernels, step: PackBlocksStep): void {
  const { source, index, firstBlock, blockCount, pieces } = step;
  const { quantizer } = index;
  const { paddedDim } = quantizer;
  const from = placesOf(quantizer, quantizer.address);
  const places = indexPlacesOf(quantizer, index.blockCount, index.address);
  const rows = new RowRotation(kernels, quantizer, { source, signs: from.signs });
  const target = IndexMemory.over(index.memory);
  const rowNumbers = target.u32(places.rowNumbers, blockRows * index.blockCount);
  const blockBytes = blockBytesOf(paddedDim);
  const fineBytes = fineBytesOf(paddedDim);
  const slotCount = blockRows * blockCount;
  const { blocks, fine, levels } = scratchParts(rows.memory, "ivf-blocks", {
    blocks: blockCount * blockBytes,
    fine: slotCount * fineBytes,
    levels: paddedDim,
  });
  const packed = rows.memory.u8(blocks, blockCount * blockBytes);
  const finePacked = rows.memory.u8(fine, slotCount * fineBytes);
  packed.fill(0);
  finePacked.fill(0);
  const isInnerProduct = index.metric === "IP" ? 1 : 0;
  for (let i = 0; i < pieces.length; i += 3) {
    const [list, start, end] = pieces.subarray(i, i + 3);
    const centroid = from.centroids + 4 * paddedDim * list;
    for (let slot = start; slot < end; slot += chunkRows) {
      const count = Math.min(chunkRows, end - slot);
      rows.loadRows(rowNumbers.subarray(slot, slot + count), count);
      const at = slot - firstBlock * blockRows;
      // biome-ignore format: a call of a kernel is one line
      rows.exports.packRows(rows.rotated, count, paddedDim, centroid, from.mean, isInnerProduct, blocks, at);
      if (fineBytes > 0) {
        // biome-ignore format: a call of a kernel is one line
        rows.exports.packFineRows(rows.rotated, count, paddedDim, centroid, from.mean, isInnerProduct, fine + at * fineBytes, fineBytes, levels);
      }
    }
  }
  target.u8(places.blocks + firstBlock * blockBytes, packed.length).set(packed);
  const firstSlot = firstBlock * blockRows;
  target.u8(places.fine + firstSlot * fineBytes, finePacked.length).set(finePacked);
}
