import { BrainError } from "../base/brain-error.ts";

/** A vector as users have them. */
export type EmbeddingInput = Float32Array | Float64Array | readonly number[];

/**
 * Vectors that can be stored.
 *
 * @param ids Whose they are, for messages and for their number.
 * @throws {BrainError} `embedding-invalid` for one of another length, or with NaN or infinity;
 * `invalid-argument` if they are not as many as the ids; `duplicate-id`.
 */
export function checkEmbeddings(
  embeddings: readonly EmbeddingInput[],
  ids: readonly string[],
  dim: number | undefined,
): Float32Array[] {
  if (embeddings.length !== ids.length) {
    throw new BrainError(
      "invalid-argument",
      `Cannot index ${embeddings.length} embeddings for ${ids.length} ids: give one each`,
      { details: { embeddingCount: embeddings.length, idCount: ids.length } },
    );
  }
  const seen = new Set<string>();
  for (const id of ids) {
    if (!seen.has(id)) seen.add(id);
    else {
      throw new BrainError("duplicate-id", `Cannot index "${id}" twice at once`, {
        details: { id },
      });
    }
  }
  const expected = dim ?? embeddings[0]?.length ?? 0;
  return embeddings.map((embedding, i) => checkEmbedding(embedding, expected, `"${ids[i]}"`));
}

/** One vector; `whose` is for the message. Throws `embedding-invalid`. */
export function checkEmbedding(
  embedding: EmbeddingInput,
  dim: number,
  whose: string,
): Float32Array {
  if (embedding.length !== dim || dim === 0) {
    throw new BrainError(
      "embedding-invalid",
      `Cannot use the embedding of ${whose}: it has ${embedding.length} numbers, expected ${dim}`,
      { details: { found: embedding.length, dim } },
    );
  }
  const vector = Float32Array.from(embedding);
  const bad = vector.findIndex((value) => !Number.isFinite(value));
  if (bad === -1) return vector;
  throw new BrainError(
    "embedding-invalid",
    `Cannot use the embedding of ${whose}: its number ${bad} is ${embedding[bad]}, which is not finite`,
    { details: { position: bad } },
  );
}

/**
 * Under which ids vectors are added: of samples, or of labels.
 *
 * @throws {BrainError} `invalid-argument` for label ids where samples are indexed, and the other way.
 */
export function idsToAdd(
  patchesField: string | undefined,
  sampleIds: readonly string[],
  labelIds: readonly string[] | undefined,
): readonly string[] {
  if (patchesField === undefined) {
    if (labelIds === undefined) return sampleIds;
    throw new BrainError("invalid-argument", "This index does not support label IDs");
  }
  if (labelIds !== undefined && labelIds.length === sampleIds.length) return labelIds;
  throw new BrainError(
    "invalid-argument",
    `Cannot add to this index of patches in "${patchesField}": give the label id and the sample id of each embedding, found ${labelIds?.length ?? 0} and ${sampleIds.length}`,
  );
}
