import { EngineError } from "../../base/errors.ts";
import { denseMetrics } from "../../base/metric.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import { isCount } from "../is-count.ts";
import { type IndexComparison, measurementsFrom, type SearchCost } from "../search-time.ts";
import { allocateIndex } from "./build-ivf.ts";
import { blockRows, type IvfIndex, indexPlacesOf } from "./ivf-index.ts";
import { type IvfQuantizer, placesOf, quantizerShapeOf } from "./ivf-quantizer.ts";
import { curveDepths, curveRecalls, type ProbeCurve } from "./probe-curves.ts";

/** All of an index but what lies in memories, as JSON. */
interface IvfDescriptor {
  readonly kind: "ivf";
  readonly rowStart: number;
  readonly rowEnd: number;
  /** Rows that are on lists: those with a vector. Absent: all of them. */
  readonly vectorCount?: number;
  readonly blockCount: number;
  readonly quantizer: Omit<IvfQuantizer, "memory" | "address">;
  readonly cost: SearchCost;
  readonly comparison?: IndexComparison;
}

/** What {@link placeIvf} answers. */
export interface PlacedIvf {
  /** To be filled with the sections. */
  readonly targets: readonly Uint8Array[];
  /** To be called then. Throws `corrupt-file` when the lists make no sense. */
  finish(): IvfIndex;
}

/**
 * An index as it is stored: {@link placeIvf} takes both. The sections are the quantizer and the
 * lists, in the memory where they are.
 */
export function ivfToFile(index: IvfIndex): {
  descriptor: IvfDescriptor;
  sections: readonly Uint8Array[];
} {
  const { rowStart, rowEnd, blockCount, cost, comparison } = index;
  const { memory: _, address: __, ...quantizer } = index.quantizer;
  const compared = comparison && { comparison };
  const listed = listedRows(index);
  const counted = listed < rowEnd - rowStart && { vectorCount: listed };
  return {
    descriptor: {
      kind: "ivf",
      rowStart,
      rowEnd,
      ...counted,
      blockCount,
      quantizer,
      cost,
      ...compared,
    },
    sections: [bytesOfQuantizer(index.quantizer), bytesOfIndex(index)],
  };
}

/**
 * Makes room for a stored index. Indexes whose quantizers have the same id share the one in
 * `quantizers`, where a new one is entered. Throws `corrupt-file` when the descriptor makes no sense
 * or the lengths are not those that follow from it, `limit-exceeded` when memory is short.
 */
export function placeIvf(
  descriptor: unknown,
  lengths: readonly number[],
  quantizers: Map<number, IvfQuantizer>,
): PlacedIvf {
  if (!isDescriptor(descriptor)) throw corrupt("its descriptor makes no sense");
  const { rowStart, rowEnd, blockCount, vectorCount = rowEnd - rowStart } = descriptor;
  const measured = measurementsFrom(descriptor);
  const quantizer = quantizers.get(descriptor.quantizer.id) ?? allocate(descriptor.quantizer);
  const isKnown = quantizers.has(quantizer.id);
  const index = allocateIndex(quantizer, { rowStart, rowEnd }, blockCount);
  const own = bytesOfQuantizer(quantizer);
  const targets = [isKnown ? new Uint8Array(own.length) : own, bytesOfIndex(index)];
  if (lengths.length !== 2 || lengths.some((length, i) => length !== targets[i].length)) {
    const expected = targets.map((target) => target.length);
    throw corrupt(`${lengths.join(", ")} bytes, expected ${expected.join(", ")}`);
  }
  return {
    targets,
    finish(): IvfIndex {
      checkLists(index, vectorCount);
      // Another file may have been finished meanwhile.
      const shared = quantizers.get(quantizer.id);
      if (shared === undefined) quantizers.set(quantizer.id, quantizer);
      return { ...index, ...measured, quantizer: shared ?? quantizer };
    },
  };
}

function allocate(description: IvfDescriptor["quantizer"]): IvfQuantizer {
  const memory = IndexMemory.create();
  const address = memory.allocate(placesOf(description, 0).end);
  return { ...description, memory: memory.memory, address };
}

function bytesOfQuantizer(quantizer: IvfQuantizer): Uint8Array {
  const { address, memory } = quantizer;
  return IndexMemory.over(memory).u8(address, placesOf(quantizer, address).end - address);
}

function bytesOfIndex({ memory, address, byteSize }: IvfIndex): Uint8Array {
  return IndexMemory.over(memory).u8(address, byteSize);
}

/** How many rows are on the lists. */
function listedRows({ memory, address, blockCount, quantizer }: IvfIndex): number {
  const { lists } = indexPlacesOf(quantizer, blockCount, address);
  const table = IndexMemory.over(memory).u32(lists, 2 * quantizer.listCount);
  let count = 0;
  for (let i = 1; i < table.length; i += 2) count += table[i];
  return count;
}

/** Searches read where lists say, and the rows that they name, without looking twice. */
function checkLists(index: IvfIndex, vectorCount: number): void {
  const { rowStart, rowEnd, blockCount, quantizer, address } = index;
  const memory = IndexMemory.over(index.memory);
  const places = indexPlacesOf(quantizer, blockCount, address);
  const lists = memory.u32(places.lists, 2 * quantizer.listCount);
  const rows = memory.u32(places.rowNumbers, blockRows * blockCount);
  let found = 0;
  for (let i = 0; i < lists.length; i += 2) {
    const end = lists[i] + lists[i + 1];
    if (end > rows.length) throw corrupt(`a list ends at slot ${end} of ${rows.length}`);
    for (let slot = lists[i]; slot < end; slot++) {
      const row = rows[slot];
      if (row < rowStart || row >= rowEnd) throw corrupt(`a list has row ${row}`);
    }
    found += lists[i + 1];
  }
  if (found !== vectorCount) throw corrupt(`${found} rows of ${vectorCount}`);
}

function isDescriptor(value: unknown): value is IvfDescriptor {
  // What is asked of each of them is checked below.
  const d = value as Partial<IvfDescriptor> | null | undefined;
  if (d?.kind !== "ivf") return false;
  const { rowStart, rowEnd, blockCount } = d;
  if (!isCount(rowStart) || !isCount(rowEnd, rowStart + 1)) return false;
  // Each list leaves less than a block empty.
  const { vectorCount = rowEnd - rowStart } = d;
  if (!isCount(vectorCount, 1, rowEnd - rowStart)) return false;
  const blockMin = Math.ceil(vectorCount / blockRows);
  return isCount(blockCount, blockMin, vectorCount) && isQuantizer(d.quantizer);
}

function isQuantizer(value: Partial<IvfDescriptor["quantizer"]> | null | undefined): boolean {
  if (value === null || value === undefined) return false;
  const { id, dim, listCount, metric, scale, queryNorm, trainedRows, residualSquare } = value;
  if (!isCount(dim, 1, 32_768) || !isCount(listCount, 1, 65_536)) return false;
  const shape = quantizerShapeOf(dim, listCount);
  return (
    Number.isSafeInteger(id) &&
    value.paddedDim === shape.paddedDim &&
    value.codeBytes === shape.codeBytes &&
    denseMetrics.some((known) => known === metric) &&
    isPositive(scale) &&
    Number.isFinite(queryNorm) &&
    isCount(trainedRows, 1) &&
    Number.isFinite(residualSquare) &&
    areCurves(value.curves)
  );
}

function areCurves(curves: unknown): boolean {
  return Array.isArray(curves) && curves.length === curveDepths.length && curves.every(isCurve);
}

function isCurve(value: unknown): boolean {
  // What is asked of each of them is checked below.
  const { reaches, counts } = (value ?? {}) as Record<keyof ProbeCurve, unknown>;
  const areNumbers = (list: unknown): list is number[] =>
    Array.isArray(list) && list.length === curveRecalls.length && list.every(Number.isFinite);
  return areNumbers(reaches) && areNumbers(counts) && counts.every((count) => count >= 1);
}

function isPositive(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}

function corrupt(reason: string): EngineError {
  return new EngineError("corrupt-file", `Cannot read an IVF index: ${reason}`);
}
