import { EngineError } from "../../base/errors.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import { isCount } from "../is-count.ts";
import type { StoredIndexContent } from "../stored-index.ts";
import { type BinaryIvf, type BinaryIvfMetric, binaryIvfBytes } from "./binary-ivf.ts";

/** What an index file says of a binary inverted file, beside its sections. */
export interface BinaryIvfDescriptor {
  readonly kind: "binary";
  readonly metric: BinaryIvfMetric;
  readonly dim: number;
  readonly rowStart: number;
  readonly rowEnd: number;
  readonly listCount: number;
}

/** The sections: centroids, starts of the lists, row numbers, vectors. */
export function binaryIvfToFile(index: BinaryIvf): StoredIndexContent {
  const { kind, metric, dim, rowStart, rowEnd, centroids } = index;
  const listCount = centroids.count;
  const descriptor: BinaryIvfDescriptor = { kind, metric, dim, rowStart, rowEnd, listCount };
  const lengths = sectionLengths(descriptor);
  return { descriptor, sections: sectionsOf(index, lengths) };
}

/**
 * Makes room for a stored index: fill `targets` with the sections, then `finish`. Throws
 * `corrupt-file` when the descriptor makes no sense, the lengths are not those that follow from it,
 * or, in the end, lists are not lists of rows; `limit-exceeded` when memory is short.
 */
export function placeBinaryIvf(
  descriptor: unknown,
  lengths: readonly number[],
): { readonly targets: readonly Uint8Array[]; finish(): BinaryIvf } {
  if (!isDescriptor(descriptor)) throw corrupt("its descriptor makes no sense");
  const expected = sectionLengths(descriptor);
  if (expected.length !== lengths.length || expected.some((length, i) => length !== lengths[i])) {
    throw corrupt(`sections of ${lengths.join(", ")} bytes, expected ${expected.join(", ")}`);
  }
  const { kind, metric, dim, rowStart, rowEnd, listCount } = descriptor;
  const [centroidBytes, startBytes, rowBytes, vectorBytes] = expected;
  const centroidMemory = IndexMemory.create();
  const memory = IndexMemory.create();
  const index: BinaryIvf = {
    kind,
    metric,
    dim,
    rowStart,
    rowEnd,
    byteSize: binaryIvfBytes(listCount, rowEnd - rowStart, dim / 8),
    centroids: {
      metric,
      rowBytes: dim / 8,
      count: listCount,
      memory: centroidMemory.memory,
      address: centroidMemory.allocate(centroidBytes),
    },
    memory: memory.memory,
    starts: memory.allocate(startBytes),
    rows: memory.allocate(rowBytes),
    vectors: memory.allocate(vectorBytes),
  };
  return {
    targets: sectionsOf(index, expected),
    finish(): BinaryIvf {
      checkLists(index);
      return index;
    },
  };
}

/** Searches read where lists say, and the rows that they name, without looking twice. */
function checkLists({ memory, centroids, starts, rows, rowStart, rowEnd }: BinaryIvf): void {
  const over = IndexMemory.over(memory);
  const places = over.u32(starts, centroids.count + 1);
  const rowCount = rowEnd - rowStart;
  const isAscending = places.every((place, i) => i === 0 || place >= places[i - 1]);
  if (!isAscending || places[0] !== 0 || places[centroids.count] !== rowCount) {
    throw corrupt("its lists do not follow one another");
  }
  for (const row of over.u32(rows, rowCount)) {
    if (row < rowStart || row >= rowEnd) throw corrupt(`a list has row ${row}`);
  }
}

function isDescriptor(value: unknown): value is BinaryIvfDescriptor {
  // What is asked of each of them is checked below.
  const d = value as Partial<BinaryIvfDescriptor> | null | undefined;
  if (d?.kind !== "binary" || (d.metric !== "HAMMING" && d.metric !== "JACCARD")) return false;
  const { dim, rowStart, rowEnd, listCount } = d;
  if (!isCount(dim, 8, 262_144) || dim % 8 !== 0) return false;
  if (!isCount(rowStart) || !isCount(rowEnd, rowStart + 1)) return false;
  return isCount(listCount, 1, rowEnd - rowStart);
}

function sectionLengths(descriptor: BinaryIvfDescriptor): readonly number[] {
  const { dim, rowStart, rowEnd, listCount } = descriptor;
  const rowCount = rowEnd - rowStart;
  return [(listCount * dim) / 8, 4 * (listCount + 1), 4 * rowCount, (rowCount * dim) / 8];
}

function sectionsOf(index: BinaryIvf, lengths: readonly number[]): readonly Uint8Array[] {
  const centroidMemory = IndexMemory.over(index.centroids.memory);
  const memory = IndexMemory.over(index.memory);
  return [
    centroidMemory.u8(index.centroids.address, lengths[0]),
    memory.u8(index.starts, lengths[1]),
    memory.u8(index.rows, lengths[2]),
    memory.u8(index.vectors, lengths[3]),
  ];
}

function corrupt(reason: string): EngineError {
  return new EngineError("corrupt-file", `Cannot read a binary index: ${reason}`);
}
