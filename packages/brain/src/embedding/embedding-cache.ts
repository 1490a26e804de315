import { createHash } from "node:crypto";
import { blobValue } from "@duckdb/node-api";
import type { CropOptions, RelativeBox } from "../media/crop-patch.ts";
import type { Store } from "../store/store.ts";

/** The cache is emptied when it would hold more: 2 GB of 512 numbers each. */
const rowsMax = 1_000_000;

/** What a vector was made of. */
export interface CacheKey {
  /** SHA-256 of the image file's bytes; or of a text, marked as such. */
  readonly fileHash: string;
  readonly fingerprint: string;
  readonly boxes: readonly RelativeBox[];
  readonly crop: CropOptions;
}

/** Vectors that were computed before, in the dataset's database. */
export class EmbeddingCache {
  readonly #store: Store;
  readonly #ready: Promise<unknown>;

  constructor(store: Store) {
    this.#store = store;
    const table =
      "CREATE TABLE IF NOT EXISTS embedding_cache (key VARCHAR NOT NULL, vector BLOB NOT NULL)";
    // In turn with other writes: two that make the table at once would be in conflict.
    this.#ready = store.transaction((transaction) => transaction.query(table));
    // Told to whoever calls first.
    this.#ready.catch(() => undefined);
  }

  /** The vectors of those keys that have one. */
  async get(keys: readonly string[]): Promise<Map<string, Float32Array>> {
    await this.#ready;
    const rows = await this.#store.query(
      "SELECT key, vector FROM embedding_cache WHERE key IN (SELECT unnest($1))",
      [keys],
    );
    const found = new Map<string, Float32Array>();
    for (const { key, vector } of rows) {
      if (!(vector instanceof Uint8Array)) continue;
      // A copy of its own: the bytes may lie anywhere in a larger buffer.
      found.set(String(key), new Float32Array(new Uint8Array(vector).buffer));
    }
    return found;
  }

  async put(vectors: ReadonlyMap<string, Float32Array>): Promise<void> {
    if (vectors.size === 0) return;
    await this.#ready;
    await this.#store.transaction(async (transaction) => {
      const [row] = await transaction.query("SELECT count(*) AS n FROM embedding_cache");
      if (Number(row?.["n"]) + vectors.size > rowsMax) {
        await transaction.query("DELETE FROM embedding_cache");
      }
      const bytes = [...vectors.values()].map((vector) =>
        blobValue(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)),
      );
      await transaction.append("embedding_cache", [[...vectors.keys()], bytes], vectors.size);
    });
  }
}

/** A short text that is the same for the same things only. */
export function cacheKeyOf({ fileHash, fingerprint, boxes, crop }: CacheKey): string {
  const { alpha = 0, forceSquare = false } = crop;
  // A whole image is the same whatever is said of patches.
  const parts = boxes.length === 0 ? [] : [boxes, alpha, forceSquare];
  const text = JSON.stringify([fileHash, fingerprint, ...parts]);
  return createHash("sha256").update(text).digest("base64url");
}
