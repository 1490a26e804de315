import { EngineError } from "../../base/errors.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
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

/** An index whose sections, with these lengths, are still to be filled. */
export function placeBinaryIvf(
  descriptor: BinaryIvfDescriptor,
  lengths: readonly number[],
): { readonly index: BinaryIvf; readonly sections: readonly Uint8Array[] } {
  const expected = sectionLengths(descriptor);
  if (expected.length !== lengths.length || expected.some((length, i) => length !== lengths[i])) {
    throw new EngineError(
      "corrupt-file",
      "Cannot read an index: sections of other lengths than a binary index has",
    );
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
  return { index, sections: sectionsOf(index, expected) };
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
