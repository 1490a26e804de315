import { must, unreachable } from "../base/assert.ts";
import { EngineError, isEngineError } from "../base/errors.ts";
import { binaryIvfToFile, placeBinaryIvf } from "../index/binary/binary-ivf-file.ts";
import type { BuiltIndex } from "../index/built-index.ts";
import { graphToFile, placeGraph } from "../index/graph/graph-file.ts";
import { ivfToFile, placeIvf } from "../index/ivf/ivf-file.ts";
import type { IvfQuantizer } from "../index/ivf/ivf-quantizer.ts";
import { minHashToFile, placeMinHash } from "../index/minhash/min-hash-file.ts";
import { placeSparse, sparseToFile } from "../index/sparse/sparse-file.ts";
import type { StoredIndexContent } from "../index/stored-index.ts";
import type { FileSystem } from "../storage/file-system.ts";
import { readIndexFile, writeIndexFile } from "../storage/index-file.ts";

/** What the collection's manifest says of an index file in a segment's folder. */
export interface StoredSegmentIndex {
  readonly fieldId: number;
  /** The id of the index definition that it was built for. */
  readonly indexId: number;
  /** Its name in the segment's folder. */
  readonly file: string;
  readonly byteSize: number;
}

/** Reads and writes the index files of a collection. Indexes with the same centroids share them. */
export class IndexFiles {
  readonly #fileSystem: FileSystem;
  readonly #quantizers = new Map<number, IvfQuantizer>();

  constructor(fileSystem: FileSystem) {
    this.#fileSystem = fileSystem;
  }

  /** Writes an index beside the columns of its segment; durable when resolved. Throws `io`. */
  async write(
    segmentPath: string,
    index: BuiltIndex,
    { fieldId, indexId }: Pick<StoredSegmentIndex, "fieldId" | "indexId">,
  ): Promise<StoredSegmentIndex> {
    const file = `${fieldId}-${indexId}.idx`;
    const path = `${segmentPath}/${file}`;
    // A damaged one, or what a crash has left of an attempt.
    if ((await this.#fileSystem.sizeOf(path)) !== undefined) await this.#fileSystem.remove(path);
    const byteSize = await writeIndexFile(this.#fileSystem, path, contentOf(index));
    await this.#fileSystem.syncDirectory(segmentPath);
    return { fieldId, indexId, file, byteSize };
  }

  /**
   * Reads an index of `rowCount` rows. Throws `corrupt-file` when it is damaged, missing or another
   * one, `format-too-new`, `io` or `limit-exceeded`.
   */
  async read(path: string, rowCount: number): Promise<BuiltIndex> {
    let placed: PlacedIndex | undefined;
    try {
      await readIndexFile(this.#fileSystem, path, (descriptor, lengths) => {
        placed = this.#place(descriptor, lengths);
        return placed.targets;
      });
    } catch (error) {
      throw isMissing(error) ? damaged(path, "an index", "no file") : error;
    }
    const index = must(placed, "a place for what was read").finish();
    if (index.rowStart === 0 && index.rowEnd === rowCount) return index;
    throw damaged(path, `rows 0 to ${rowCount}`, `${index.rowStart} to ${index.rowEnd}`);
  }

  #place(descriptor: unknown, lengths: readonly number[]): PlacedIndex {
    // A descriptor of no known kind makes no sense as one of an IVF either.
    switch ((descriptor as { kind?: unknown } | null)?.kind) {
      case "graph":
        return placeGraph(descriptor, lengths);
      case "binary":
        return placeBinaryIvf(descriptor, lengths);
      case "minhash":
        return placeMinHash(descriptor, lengths);
      case "sparse":
        return placeSparse(descriptor, lengths);
      default:
        return placeIvf(descriptor, lengths, this.#quantizers);
    }
  }
}

/** An index whose memory is to be filled. */
interface PlacedIndex {
  readonly targets: readonly Uint8Array[];
  finish(): BuiltIndex;
}

function isMissing(error: unknown): boolean {
  return isEngineError(error, "io") && error.details["errno"] === "ENOENT";
}

function damaged(path: string, expected: string, found: string): EngineError {
  return new EngineError(
    "corrupt-file",
    `Cannot read "${path}": expected ${expected}, found ${found}; it is built anew`,
    { details: { path, expected, found } },
  );
}

function contentOf(index: BuiltIndex): StoredIndexContent {
  switch (index.kind) {
    case "ivf":
      return ivfToFile(index);
    case "graph":
      return graphToFile(index);
    case "binary":
      return binaryIvfToFile(index);
    case "minhash":
      return minHashToFile(index);
    case "sparse":
      return sparseToFile(index);
    default:
      return unreachable(index);
  }
}
