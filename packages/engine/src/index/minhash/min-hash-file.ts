import { EngineError } from "../../base/errors.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import { elementWidths } from "../binary/binary-measure.ts";
import { isCount } from "../is-count.ts";
import type { StoredIndexContent } from "../stored-index.ts";
import { bandWords, bucketCountFor, type MinHashLsh } from "./min-hash-lsh.ts";

/** What an index file says of a MinHash index, beside its section. */
export type MinHashDescriptor = Pick<
  MinHashLsh,
  "kind" | "metric" | "dim" | "elementBits" | "bandCount" | "rowStart" | "rowEnd"
>;

/** One section: the bands. */
export function minHashToFile(index: MinHashLsh): StoredIndexContent {
  return { descriptor: descriptorOf(index), sections: [sectionOf(index)] };
}

/**
 * Makes room for a stored index: fill `targets` with the section, then `finish`. Throws
 * `corrupt-file` when the descriptor makes no sense, the length is not the one that follows from it,
 * or, in the end, buckets do not hold rows; `limit-exceeded` when memory is short.
 */
export function placeMinHash(
  descriptor: unknown,
  lengths: readonly number[],
): { readonly targets: readonly Uint8Array[]; finish(): MinHashLsh } {
  if (!isDescriptor(descriptor)) throw corrupt("its descriptor makes no sense");
  const { bandCount, rowStart, rowEnd } = descriptor;
  const rowCount = rowEnd - rowStart;
  const bucketCount = bucketCountFor(rowCount);
  const byteSize = 4 * bandCount * bandWords(bucketCount, rowCount);
  if (lengths.length !== 1 || lengths[0] !== byteSize) {
    throw corrupt(`a section of ${lengths.join(", ")} bytes, expected ${byteSize}`);
  }
  const memory = IndexMemory.create();
  const bands = memory.allocate(byteSize);
  const placed = { byteSize, memory: memory.memory, bucketCount, bands };
  const index: MinHashLsh = { ...descriptorOf(descriptor), ...placed };
  return {
    targets: [sectionOf(index)],
    finish(): MinHashLsh {
      checkBuckets(index);
      return index;
    },
  };
}

/** Searches read where buckets say, and the rows that they name, without looking twice. */
function checkBuckets({
  memory,
  bands,
  byteSize,
  bandCount,
  bucketCount,
  ...rows
}: MinHashLsh): void {
  const { rowStart, rowEnd } = rows;
  const words = IndexMemory.over(memory).u32(bands, byteSize / 4);
  const bandLength = bandWords(bucketCount, rowEnd - rowStart);
  for (let band = 0; band < bandCount; band++) {
    const starts = words.subarray(band * bandLength, band * bandLength + bucketCount + 1);
    const isAscending = starts.every((start, i) => i === 0 || start >= starts[i - 1]);
    if (!isAscending || starts[bucketCount] > rowEnd - rowStart) {
      throw corrupt("its buckets do not follow one another");
    }
    const first = band * bandLength + bucketCount + 1;
    for (const row of words.subarray(first, first + starts[bucketCount])) {
      if (row < rowStart || row >= rowEnd) throw corrupt(`a bucket has row ${row}`);
    }
  }
}

function descriptorOf(index: MinHashDescriptor): MinHashDescriptor {
  const { kind, metric, dim, elementBits, bandCount, rowStart, rowEnd } = index;
  return { kind, metric, dim, elementBits, bandCount, rowStart, rowEnd };
}

function isDescriptor(value: unknown): value is MinHashDescriptor {
  // What is asked of each of them is checked below.
  const d = value as Partial<MinHashDescriptor> | null | undefined;
  if (d?.kind !== "minhash" || d.metric !== "MHJACCARD") return false;
  const { dim, elementBits, bandCount, rowStart, rowEnd } = d;
  if (!elementWidths.some((width) => width === elementBits)) return false;
  if (!isCount(dim, 8, 262_144) || !isCount(bandCount, 1, dim / 8)) return false;
  if ((dim / Number(elementBits)) % bandCount !== 0) return false;
  return isCount(rowStart) && isCount(rowEnd, rowStart + 1);
}

function sectionOf({ memory, bands, byteSize }: MinHashLsh): Uint8Array {
  return IndexMemory.over(memory).u8(bands, byteSize);
}

function corrupt(reason: string): EngineError {
  return new EngineError("corrupt-file", `Cannot read a MinHash index: ${reason}`);
}
