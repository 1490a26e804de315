import { EngineError } from "../../base/errors.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import type { StoredIndexContent } from "../stored-index.ts";
import { bandWords, bucketCountFor, type MinHashLsh } from "./min-hash-lsh.ts";

/** What an index file says of a MinHash index, beside its section. */
export type MinHashDescriptor = Pick<
  MinHashLsh,
  "kind" | "metric" | "dim" | "elementBits" | "bandCount" | "rowStart" | "rowEnd"
>;

/** One section: the bands. */
export function minHashToFile(index: MinHashLsh): StoredIndexContent {
  const { kind, metric, dim, elementBits, bandCount, rowStart, rowEnd } = index;
  const descriptor: MinHashDescriptor = {
    kind,
    metric,
    dim,
    elementBits,
    bandCount,
    rowStart,
    rowEnd,
  };
  return { descriptor, sections: [sectionOf(index)] };
}

/** An index whose section, of this length, is still to be filled. */
export function placeMinHash(
  { kind, metric, dim, elementBits, bandCount, rowStart, rowEnd }: MinHashDescriptor,
  lengths: readonly number[],
): { readonly index: MinHashLsh; readonly sections: readonly Uint8Array[] } {
  const rowCount = rowEnd - rowStart;
  const bucketCount = bucketCountFor(rowCount);
  const byteSize = 4 * bandCount * bandWords(bucketCount, rowCount);
  if (lengths.length !== 1 || lengths[0] !== byteSize) {
    throw new EngineError(
      "corrupt-file",
      "Cannot read an index: a section of another length than a MinHash index has",
    );
  }
  const memory = IndexMemory.create();
  const bands = memory.allocate(byteSize);
  const index: MinHashLsh = {
    kind,
    metric,
    dim,
    elementBits,
    bandCount,
    rowStart,
    rowEnd,
    byteSize,
    memory: memory.memory,
    bucketCount,
    bands,
  };
  return { index, sections: [sectionOf(index)] };
}

function sectionOf({ memory, bands, byteSize }: MinHashLsh): Uint8Array {
  return IndexMemory.over(memory).u8(bands, byteSize);
}
