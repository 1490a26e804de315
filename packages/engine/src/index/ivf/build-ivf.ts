import { assert } from "../../base/assert.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import type { RowRange } from "../flat/row-lister.ts";
import { type PresentRows, presentIn } from "../present-rows.ts";
import { guessedCost } from "../search-time.ts";
import type { RunSteps, SharedVectors } from "../vector-index.ts";
import type { PackBlocksStep, RowRecords } from "./build-steps.ts";
import { calibrateIvf } from "./calibrate-ivf.ts";
import { blockRows, type IvfIndex, indexPlacesOf, recordBytesOf } from "./ivf-index.ts";
import type { IvfQuantizer } from "./ivf-quantizer.ts";
import type { IvfStep } from "./ivf-steps.ts";
import { type ListPlacement, placeLists } from "./list-placement.ts";

export interface BuildIvfOptions {
  readonly quantizer: IvfQuantizer;
}

/** A row costs 5 to 20 microseconds to code, and half of one to pack. */
const rowsPerCoding = 512;
const blocksPerPacking = 128;

/**
 * Builds an index of at least one vector. Rejects as `run` does, and with `limit-exceeded` when memory
 * is short. `onProgress` is told the share of the work that is done.
 */
export async function buildIvf(
  source: SharedVectors,
  { rowStart, rowEnd }: RowRange,
  { quantizer }: BuildIvfOptions,
  run: RunSteps<IvfStep, unknown>,
  onProgress: (share: number) => void = () => {},
): Promise<IvfIndex> {
  const rowCount = rowEnd - rowStart;
  const present = presentIn(source.present, { rowStart, rowEnd });
  assert(present.count >= 1 && source.dim === quantizer.dim, `${rowCount} rows of ${source.dim}`);
  const assigned = new Uint32Array(new SharedArrayBuffer(4 * rowCount));
  const records = allocateRecords(quantizer, { rowStart, rowEnd });
  const steps: IvfStep[] = [];
  for (let start = rowStart; start < rowEnd; start += rowsPerCoding) {
    const end = Math.min(start + rowsPerCoding, rowEnd);
    steps.push({ kind: "ivf-code-rows", source, quantizer, start, end, records, assigned });
  }
  await run(steps, (count) => onProgress((0.65 * count) / steps.length));

  const lengths = new Uint32Array(quantizer.listCount);
  if (present.numbers !== undefined) leaveOutOthers(assigned, present);
  for (const list of assigned) if (list !== noList) lengths[list]++;
  const placement = placeLists(lengths);
  const index = allocateIndex(quantizer, { rowStart, rowEnd }, placement.blockCount);
  writeLists(index, placement, lengths);
  writeRowNumbers(index, placement, assigned);
  await run(packingSteps(records, index, { placement, lengths }));
  onProgress(0.7);
  const calibrated = await calibrateIvf({ source, index, run }, assigned);
  onProgress(1);
  return calibrated;
}

/** In place of a list, for rows without a vector. */
const noList = 0xffffffff;

function leaveOutOthers(assigned: Uint32Array, { rowStart, numbers }: PresentRows): void {
  const lists = assigned.slice();
  assigned.fill(noList);
  for (const row of numbers ?? []) assigned[row - rowStart] = lists[row - rowStart];
}

function allocateRecords({ paddedDim }: IvfQuantizer, { rowStart, rowEnd }: RowRange): RowRecords {
  const memory = IndexMemory.create();
  const address = memory.allocate(recordBytesOf(paddedDim) * (rowEnd - rowStart));
  return { memory: memory.memory, address, rowStart };
}

export function allocateIndex(
  quantizer: IvfQuantizer,
  { rowStart, rowEnd }: RowRange,
  blockCount: number,
): IvfIndex {
  const memory = IndexMemory.create();
  const byteSize = indexPlacesOf(quantizer, blockCount, 0).end;
  const address = memory.allocate(byteSize);
  const { metric, dim } = quantizer;
  return {
    kind: "ivf",
    metric,
    dim,
    rowStart,
    rowEnd,
    byteSize,
    cost: guessedCost,
    quantizer,
    memory: memory.memory,
    address,
    blockCount,
  };
}

function writeLists(index: IvfIndex, { starts }: ListPlacement, lengths: Uint32Array): void {
  const { lists } = indexPlacesOf(index.quantizer, index.blockCount, index.address);
  const table = IndexMemory.over(index.memory).u32(lists, 2 * lengths.length);
  for (let list = 0; list < lengths.length; list++) {
    table[2 * list] = starts[list];
    table[2 * list + 1] = lengths[list];
  }
}

function writeRowNumbers(index: IvfIndex, placement: ListPlacement, assigned: Uint32Array): void {
  const { rowNumbers } = indexPlacesOf(index.quantizer, index.blockCount, index.address);
  const numbers = IndexMemory.over(index.memory).u32(rowNumbers, blockRows * index.blockCount);
  const next = placement.starts.slice();
  for (let i = 0; i < assigned.length; i++) {
    if (assigned[i] !== noList) numbers[next[assigned[i]]++] = index.rowStart + i;
  }
}

/** Steps for all blocks, `blocksPerPacking` at a time, whatever lists lie there. */
function packingSteps(
  records: RowRecords,
  index: IvfIndex,
  { placement, lengths }: { placement: ListPlacement; lengths: Uint32Array },
): IvfStep[] {
  const runs: number[][] = [];
  const slotsPerStep = blocksPerPacking * blockRows;
  for (const list of placement.order) {
    const end = placement.starts[list] + lengths[list];
    for (let slot = placement.starts[list]; slot < end; ) {
      const step = Math.floor(slot / slotsPerStep);
      const stop = Math.min(end, (step + 1) * slotsPerStep);
      runs[step] ??= [];
      runs[step].push(slot, stop);
      slot = stop;
    }
  }
  return runs.map((runsOfStep, i): PackBlocksStep => {
    const firstBlock = i * blocksPerPacking;
    const blockCount = Math.min(blocksPerPacking, index.blockCount - firstBlock);
    const kind = "ivf-pack-blocks";
    return { kind, records, index, firstBlock, blockCount, runs: Uint32Array.from(runsOfStep) };
  });
}
