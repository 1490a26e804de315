import { assert, unreachable } from "../../base/assert.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import type { WasmMemory } from "../../kernels/web-assembly.ts";
import type { ElementBits } from "../binary/binary-measure.ts";
import { cut, type SharedBinaryVectors } from "../binary/train-binary-centroids.ts";
import type { RunSteps } from "../vector-index.ts";
import { bandWords, bucketCountFor, hashOf, type MinHashLsh } from "./min-hash-lsh.ts";

export interface MinHashBuildOptions {
  /** Milvus's mh_element_bit_width. */
  readonly elementBits: ElementBits;
  /** Milvus's mh_lsh_band: must divide the number of elements. */
  readonly bandCount: number;
}

/** A part of the building. Arrays lie in shared memory. */
export type MinHashStep = HashStep | BucketStep;

/** Hashes all bands of the rows `from` to `to`: that of band b of row r goes to `b * rowCount + r`. */
interface HashStep {
  readonly kind: "minhash-hash";
  readonly vectors: Uint8Array;
  readonly rowBytes: number;
  readonly bandCount: number;
  readonly from: number;
  readonly to: number;
  readonly hashes: Uint32Array;
}

/** Sorts the rows of a band into its buckets. */
interface BucketStep {
  readonly kind: "minhash-bucket";
  /** Of this band, one for each row. */
  readonly hashes: Uint32Array;
  readonly rowStart: number;
  readonly memory: WasmMemory;
  readonly band: number;
  readonly bucketCount: number;
}

const HASHED_BYTES_PER_STEP = 2 ** 22;

/**
 * Indexes the signatures of the rows `rowStart` to `rowEnd`. Throws `limit-exceeded` when the buckets
 * do not fit into 4 GiB, and what `run` throws.
 */
export async function buildMinHashLsh(
  { values, rowBytes }: SharedBinaryVectors,
  { rowStart, rowEnd }: { readonly rowStart: number; readonly rowEnd: number },
  { elementBits, bandCount }: MinHashBuildOptions,
  run: RunSteps<MinHashStep, void>,
): Promise<MinHashLsh> {
  const elementCount = (8 * rowBytes) / elementBits;
  assert(elementCount % bandCount === 0, `${bandCount} bands of ${elementCount} elements`);
  const rowCount = rowEnd - rowStart;
  const vectors = values.subarray(rowStart * rowBytes, rowEnd * rowBytes);
  const hashes = new Uint32Array(new SharedArrayBuffer(4 * rowCount * bandCount));
  const rowsPerStep = Math.ceil(HASHED_BYTES_PER_STEP / rowBytes);
  await run(
    cut({ from: 0, to: rowCount }, rowsPerStep).map((part) => ({
      kind: "minhash-hash",
      vectors,
      rowBytes,
      bandCount,
      hashes,
      ...part,
    })),
  );

  const memory = IndexMemory.create();
  const bucketCount = bucketCountFor(rowCount);
  const bandBytes = 4 * bandWords(bucketCount, rowCount);
  const bands = memory.allocate(bandCount * bandBytes);
  await run(
    Array.from({ length: bandCount }, (_, b) => ({
      kind: "minhash-bucket",
      hashes: hashes.subarray(b * rowCount, (b + 1) * rowCount),
      rowStart,
      memory: memory.memory,
      band: bands + b * bandBytes,
      bucketCount,
    })),
  );
  return {
    kind: "minhash",
    metric: "MHJACCARD",
    dim: 8 * rowBytes,
    elementBits,
    bandCount,
    rowStart,
    rowEnd,
    byteSize: bandCount * bandBytes,
    memory: memory.memory,
    bucketCount,
    bands,
  };
}

/** Runs a step in this thread. */
export function runMinHashStep(step: MinHashStep): void {
  switch (step.kind) {
    case "minhash-hash":
      hashRows(step);
      break;
    case "minhash-bucket":
      fillBuckets(step);
      break;
    default:
      unreachable(step);
  }
}

function hashRows({ vectors, rowBytes, bandCount, from, to, hashes }: HashStep): void {
  const rowCount = hashes.length / bandCount;
  const bandBytes = rowBytes / bandCount;
  for (let row = from; row < to; row++) {
    for (let b = 0; b < bandCount; b++) {
      hashes[b * rowCount + row] = hashOf(vectors, row * rowBytes + b * bandBytes, bandBytes);
    }
  }
}

/** A counting sort. */
function fillBuckets({ hashes, rowStart, memory, band, bucketCount }: BucketStep): void {
  const over = IndexMemory.over(memory);
  const starts = over.u32(band, bucketCount + 1);
  const rows = over.u32(band + 4 * (bucketCount + 1), hashes.length);
  const mask = bucketCount - 1;
  for (const hash of hashes) starts[(hash & mask) + 1]++;
  for (let bucket = 0; bucket < bucketCount; bucket++) starts[bucket + 1] += starts[bucket];
  const nexts = starts.slice(0, bucketCount);
  for (let i = 0; i < hashes.length; i++) rows[nexts[hashes[i] & mask]++] = rowStart + i;
}
