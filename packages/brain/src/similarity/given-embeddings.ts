import { BrainError } from "../base/brain-error.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { keptPatchVectors } from "../embedding/embeddings-field.ts";
import type { SampleCollection } from "../view/sample-collection.ts";
import { checkEmbeddings, type EmbeddingInput } from "./check-embeddings.ts";
import { scopeItems } from "./index-scope.ts";
import type { EmbeddingsInput } from "./similarity-options.ts";
import type { VectorRow } from "./vector-row.ts";

/**
 * Vectors that the user has, as rows of an index; undefined where they are still to be computed.
 *
 * @throws {BrainError} `invalid-argument`, `id-not-found`, `embedding-invalid`, `field-type-mismatch`.
 */
export async function givenEmbeddings(
  samples: SampleCollection<Dataset>,
  patchesField: string | undefined,
  embeddings: EmbeddingsInput | undefined,
): Promise<VectorRow[] | undefined> {
  if (embeddings === false) return [];
  if (embeddings === undefined) return undefined;
  if (typeof embeddings === "string" && patchesField === undefined) {
    return await fieldEmbeddings(samples, embeddings);
  }
  const { ids, sampleIds } = await scopeItems(samples, patchesField);
  if (typeof embeddings === "string") {
    const kept = await keptPatchVectors(samples, embeddings, patchesField ?? "");
    return presentRows(kept, ids, sampleIds, embeddings);
  }
  if (isMap(embeddings)) return mappedEmbeddings(embeddings, ids, sampleIds);
  if (embeddings.length !== ids.length) {
    const what = patchesField === undefined ? "samples" : `labels in "${patchesField}"`;
    throw new BrainError(
      "invalid-argument",
      `The number of embeddings (${embeddings.length}) does not match the number of ${what} (${ids.length}) in the collection; give one each, or a map from ids`,
      { details: { embeddingCount: embeddings.length, count: ids.length } },
    );
  }
  const vectors = checkEmbeddings(embeddings, ids, undefined);
  return vectors.map((vector, i) => ({ id: ids[i], sampleId: sampleIds[i], vector }));
}

/** Of the samples that have one in the field; undefined where the field is still to be made. */
async function fieldEmbeddings(
  samples: SampleCollection<Dataset>,
  name: string,
): Promise<VectorRow[] | undefined> {
  const field = samples.dataset.fields().find((each) => each.name === name);
  if (field === undefined) return undefined;
  if (field.type !== "vector") {
    throw new BrainError(
      "field-type-mismatch",
      `Invalid embeddings field '${name}'; it has a ${field.type}, expected a vector`,
      { details: { field: name, found: field.type } },
    );
  }
  const ids = await samples.ids();
  const values = await samples.values(name);
  return presentRows(values, ids, ids, name) ?? [];
}

/** Rows of what has a vector; undefined where nothing has one. */
function presentRows(
  values: readonly unknown[],
  ids: readonly string[],
  sampleIds: readonly string[],
  name: string,
): VectorRow[] | undefined {
  const vectors: EmbeddingInput[] = [];
  const places: number[] = [];
  for (const [i, value] of values.entries()) {
    if (value === null || value === undefined) continue;
    if (!isVector(value)) {
      throw new BrainError(
        "field-type-mismatch",
        `Invalid embeddings field '${name}'; it has another value than a vector at "${ids[i]}"`,
        { details: { field: name, id: ids[i] } },
      );
    }
    vectors.push(value);
    places.push(i);
  }
  if (places.length === 0) return undefined;
  const checked = checkEmbeddings(
    vectors,
    places.map((place) => ids[place]),
    undefined,
  );
  return checked.map((vector, i) => ({
    id: ids[places[i]],
    sampleId: sampleIds[places[i]],
    vector,
  }));
}

function mappedEmbeddings(
  embeddings: ReadonlyMap<string, EmbeddingInput | readonly EmbeddingInput[]>,
  ids: readonly string[],
  sampleIds: readonly string[],
): VectorRow[] {
  const labelsOfSample = new Map<string, string[]>();
  for (const [i, sampleId] of sampleIds.entries()) {
    const labels = labelsOfSample.get(sampleId);
    if (labels === undefined) labelsOfSample.set(sampleId, [ids[i]]);
    else labels.push(ids[i]);
  }
  const sampleOf = new Map(ids.map((id, i) => [id, sampleIds[i]]));
  const found: { id: string; vector: EmbeddingInput }[] = [];
  for (const [key, value] of embeddings) {
    const labels = labelsOfSample.get(key) ?? (sampleOf.has(key) ? [key] : undefined);
    if (labels === undefined) {
      throw new BrainError(
        "id-not-found",
        `Cannot index the embedding of "${key}": it is not in the collection`,
        {
          details: { id: key },
        },
      );
    }
    const vectors = isListOfVectors(value) ? value : [value];
    if (vectors.length !== labels.length) {
      throw new BrainError(
        "invalid-argument",
        `Cannot index ${vectors.length} embeddings of "${key}": it has ${labels.length} labels`,
        { details: { id: key } },
      );
    }
    for (const [i, vector] of vectors.entries()) found.push({ id: labels[i], vector });
  }
  const checked = checkEmbeddings(
    found.map(({ vector }) => vector),
    found.map(({ id }) => id),
    undefined,
  );
  return checked.map((vector, i) => {
    const { id } = found[i];
    return { id, sampleId: sampleOf.get(id) ?? id, vector };
  });
}

/** Views give vectors as lists; `null` is a sample without one. */
function isVector(value: unknown): value is EmbeddingInput {
  if (value instanceof Float32Array) return true;
  return Array.isArray(value) && value.every((number) => typeof number === "number");
}

function isMap(
  value: EmbeddingsInput,
): value is ReadonlyMap<string, EmbeddingInput | readonly EmbeddingInput[]> {
  return value instanceof Map;
}

function isListOfVectors(
  value: EmbeddingInput | readonly EmbeddingInput[],
): value is readonly EmbeddingInput[] {
  return Array.isArray(value) && (value.length === 0 || typeof value[0] === "object");
}
