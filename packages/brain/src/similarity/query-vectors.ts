import { BrainError } from "../base/brain-error.ts";
import { meanVector } from "../embedding/embed-images.ts";
import { decodeImage } from "../media/decode-image.ts";
import { fetchImage } from "../media/fetch-image.ts";
import type { EmbeddingModel } from "../models/embedding-model.ts";
import { checkEmbedding } from "./check-embeddings.ts";
import { type SimilarityQuery, sortQuery } from "./similarity-query.ts";
import type { VectorCollection } from "./vector-collection.ts";

/** What turns queries into vectors. */
export interface QueryEmbedder {
  readonly collection: VectorCollection;
  readonly dim: number;
  readonly supportsPrompts: boolean;
  /** The model that made the index; loaded for queries that need it only. */
  model(): Promise<EmbeddingModel>;
}

/**
 * The vectors that a query stands for, one a thing.
 *
 * @throws {BrainError} `id-not-found` when any id has no vector in the index; `prompts-unsupported`;
 * `embedding-invalid`; `file-unreadable`.
 */
export async function queryVectors(
  query: SimilarityQuery,
  embedder: QueryEmbedder,
): Promise<Float32Array[]> {
  const { ids, vectors, texts, images } = sortQuery(query);
  const { collection, dim } = embedder;
  const result = vectors.map((vector) => checkEmbedding(vector, dim, "the query"));
  if (texts.length > 0) result.push(...(await embedTexts(texts, embedder)));
  if (images.length > 0) {
    const model = await embedder.model();
    if (!model.modalities.image) {
      throw new BrainError(
        "unsupported",
        "Cannot query by an image: this model embeds texts only. Query by id, vector or text",
      );
    }
    const decoded = await Promise.all(images.map(openImage));
    result.push(...(await model.embedImages(decoded)));
  }
  if (ids.length === 0) return result;
  const rows = new Map((await collection.get("pk", ids)).map((row) => [row.id, row.vector]));
  const missing = ids.filter((id) => !rows.has(id));
  if (missing.length > 0) {
    throw new BrainError(
      "id-not-found",
      `Query IDs ${missing.slice(0, 10).join(", ")} were not found in the index`,
      { details: { ids: missing } },
    );
  }
  for (const id of ids) {
    const vector = rows.get(id);
    if (vector !== undefined) result.push(vector);
  }
  return result;
}

/**
 * One vector for what is wanted and what is not: twice the mean of the one less the mean of the other.
 *
 * @throws {BrainError} `embedding-invalid` when they cancel each other out.
 */
export function combineQueries(
  wanted: readonly Float32Array[],
  unwanted: readonly Float32Array[],
): Float32Array {
  const mean = meanVector(wanted).slice();
  if (unwanted.length > 0) {
    const away = meanVector(unwanted);
    for (let d = 0; d < mean.length; d++) mean[d] = 2 * mean[d] - away[d];
  }
  if (wanted.length + unwanted.length > 1 && mean.every((value) => value === 0)) {
    throw new BrainError(
      "embedding-invalid",
      "Cannot search for the mean of these queries: they cancel each other out",
    );
  }
  return mean;
}

async function embedTexts(
  texts: readonly string[],
  { supportsPrompts, model }: QueryEmbedder,
): Promise<Float32Array[]> {
  const refusal = new BrainError(
    "prompts-unsupported",
    `Invalid query '${texts[0]}'; this model does not support prompts. Query by id, vector or image, or compute the index with a model that has a text side, such as clip-vit-base32`,
    { details: { query: texts[0] } },
  );
  if (!supportsPrompts) throw refusal;
  const loaded = await model();
  if (!loaded.modalities.text) throw refusal;
  return await loaded.embedTexts(texts);
}

async function openImage(image: string | Uint8Array) {
  const isUrl = typeof image === "string" && /^https?:/.test(image);
  return await decodeImage(isUrl ? await fetchImage(image) : image);
}
