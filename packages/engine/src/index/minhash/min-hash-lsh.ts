import type { WasmMemory } from "../../kernels/web-assembly.ts";
import type { ElementBits } from "../binary/binary-measure.ts";

/**
 * Locality-sensitive hashing of the MinHash signatures of the rows `rowStart` to `rowEnd` of a segment
 * (MINHASH_LSH): signatures are cut into bands, and for each band the rows lie in buckets by the hash
 * of what they have there. Rows that are equal in one band are candidates. Never changes. It is plain
 * data over shared memory, which can be sent to a thread.
 */
export interface MinHashLsh {
  readonly kind: "minhash";
  readonly metric: "MHJACCARD";
  /** Bits of a signature. */
  readonly dim: number;
  readonly elementBits: ElementBits;
  /** Bands of a signature. Divides the number of its elements. */
  readonly bandCount: number;
  readonly rowStart: number;
  readonly rowEnd: number;
  /** Bytes in memory, beside the signatures. */
  readonly byteSize: number;
  readonly memory: WasmMemory;
  /** A power of two. */
  readonly bucketCount: number;
  /**
   * Where the bands lie one after the other. Of each, u32: where its buckets begin, one more than
   * there are, then the numbers of the rows in the order of the buckets, ascending in each.
   */
  readonly bands: number;
}

/** Buckets for so many rows: as many, so that most hold one. */
export function bucketCountFor(rowCount: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, rowCount)));
}

/** Words (u32) of a band. */
export function bandWords(bucketCount: number, rowCount: number): number {
  return bucketCount + 1 + rowCount;
}

/** The hash of `length` bytes: MurmurHash3 (Appleby), 32 bits, without the length. */
export function hashOf(bytes: Uint8Array, start: number, length: number): number {
  let hash = 0;
  let i = start;
  for (; i + 4 <= start + length; i += 4) {
    const word = bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    hash = mixed(hash, word);
  }
  for (; i < start + length; i++) hash = mixed(hash, bytes[i]);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mixed(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const h = hash ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** Looking into a bucket, and comparing a candidate: each is elsewhere in main memory. */
const BUCKET_NS = 200;
const CANDIDATE_NS = 200;

/** About how long a search for one signature takes, in nanoseconds of one core. */
export function minHashCost({ bandCount }: MinHashLsh, { k }: { readonly k: number }): number {
  return bandCount * BUCKET_NS + k * CANDIDATE_NS;
}
