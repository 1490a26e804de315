import { BrainError } from "../base/brain-error.ts";
import { type LongOperationOptions, throwIfCancelled } from "../base/progress.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { computeEmbeddings } from "../embedding/compute-embeddings.ts";
import { checkBoxField } from "../embedding/embed-target.ts";
import type { RunConfig } from "../runs/run-record.ts";
import { loadBrainResults } from "../similarity/brain-runs.ts";
import { givenEmbeddings } from "../similarity/given-embeddings.ts";
import { type ScopeItems, scopeItems } from "../similarity/index-scope.ts";
import type { SimilarityIndex } from "../similarity/similarity-index.ts";
import { chunksOf } from "../similarity/vector-collection.ts";
import type { VectorRow } from "../similarity/vector-row.ts";
import type { SampleCollection } from "../view/sample-collection.ts";
import type { VectorInput } from "./analysis-options.ts";
import { VectorTable } from "./vector-table.ts";

/** The vectors of a collection's samples or labels. */
export interface ItemVectors {
  readonly table: VectorTable;
  readonly patchesField: string | undefined;
  /** Samples or labels of the collection that have no vector. */
  readonly missingIds: readonly string[];
}

/** Vectors that are asked for by their ids at a time. */
const readIdsMax = 2_000;

/**
 * Reads the vectors of what is to be analysed out of an index, takes those that are given, or computes them
 * with a model. Products are no distances, so an index by products is analysed by cosine.
 *
 * @throws {BrainError} `invalid-argument` for contradicting options or an empty view; `embedding-invalid`
 * when nothing has a vector; and all that `computeEmbeddings` and `loadBrainResults` throw.
 */
export async function readItemVectors(
  samples: SampleCollection<Dataset>,
  input: VectorInput & LongOperationOptions,
): Promise<ItemVectors> {
  const { similarityIndex, ...rest } = input;
  return similarityIndex === undefined
    ? await computedVectors(samples, rest)
    : await indexedVectors(samples, similarityIndex, rest);
}

async function indexedVectors(
  samples: SampleCollection<Dataset>,
  similarityIndex: SimilarityIndex | string,
  input: Omit<VectorInput, "similarityIndex"> & LongOperationOptions,
): Promise<ItemVectors> {
  for (const name of ["embeddings", "model", "roiField", "metric"] as const) {
    if (input[name] === undefined) continue;
    throw new BrainError(
      "invalid-argument",
      `Cannot analyse an index with the option "${name}": give either, the index has its own`,
      { details: { option: name } },
    );
  }
  const { patchesField, embeddings, model, roiField, metric, ...others } = input;
  const { batchSize, skipFailures, useCache, alpha, forceSquare, ...place } = others;
  const { progress, signal, ...loadOptions } = place;
  const isKey = typeof similarityIndex === "string";
  const index = isKey
    ? await loadBrainResults(samples.dataset, similarityIndex, loadOptions)
    : similarityIndex;
  try {
    const { patchesField: found } = index.config;
    if (patchesField !== undefined && found !== patchesField) {
      throw new BrainError(
        "invalid-argument",
        `Cannot analyse the labels of "${patchesField}": the index has ${found === undefined ? "whole samples" : `those of "${found}"`}`,
        { details: { patchesField, found } },
      );
    }
    const items = await itemsOf(samples, found);
    const rows = await rowsOf(index, items, signal);
    return itemVectors(items, rows, { patchesField: found, metric: index.config.metric });
  } finally {
    if (isKey) await index.close();
  }
}

async function computedVectors(
  samples: SampleCollection<Dataset>,
  input: Omit<VectorInput, "similarityIndex"> & LongOperationOptions,
): Promise<ItemVectors> {
  const { metric = "cosine", embeddings, roiField } = input;
  const { patchesField = samples.patchesField } = input;
  if (metric !== "cosine" && metric !== "euclidean") {
    throw new BrainError(
      "invalid-argument",
      `Cannot analyse by the metric "${metric}": distances are by cosine or euclidean`,
      { details: { metric } },
    );
  }
  if (Object.entries(input).some(([name, value]) => name === "embeddings" && value === false)) {
    throw new BrainError("invalid-argument", "Cannot analyse without embeddings: false is none");
  }
  for (const field of [patchesField, roiField]) {
    if (field !== undefined) checkBoxField(samples, field);
  }
  const items = await itemsOf(samples, patchesField);
  const rows =
    (await givenEmbeddings(samples, patchesField, embeddings)) ??
    (await embeddedRows(samples, { ...input, patchesField }));
  return itemVectors(items, rows, { patchesField, metric });
}

/** What a model makes of the items; where a field was to have their vectors, it gets them. */
async function embeddedRows(
  samples: SampleCollection<Dataset>,
  {
    embeddings: field,
    patchesField,
    roiField,
    ...options
  }: Omit<VectorInput, "similarityIndex" | "patchesField"> &
    LongOperationOptions & { readonly patchesField: string | undefined },
): Promise<VectorRow[]> {
  const { sampleIds, labelIds, embeddings } = await computeEmbeddings(samples, {
    ...options,
    ...(patchesField === undefined ? {} : { patchesField }),
    ...(roiField === undefined ? {} : { roiField }),
    ...(typeof field === "string" ? { embeddingsField: field } : {}),
  });
  const ids = labelIds ?? sampleIds;
  return embeddings.map((vector, i) => ({ id: ids[i], sampleId: sampleIds[i], vector }));
}

/** What is to be analysed. Throws `invalid-argument` where that is nothing. */
async function itemsOf(
  samples: SampleCollection<Dataset>,
  patchesField: string | undefined,
): Promise<ScopeItems> {
  const items = await scopeItems(samples, patchesField);
  if (items.ids.length > 0) return items;
  const what = patchesField === undefined ? "samples" : `labels in "${patchesField}"`;
  throw new BrainError("invalid-argument", `Cannot analyse a collection without ${what}`);
}

/** The rows of the items in their order, each once. */
function itemVectors(
  { ids, sampleIds }: ScopeItems,
  rows: readonly VectorRow[],
  { patchesField, metric }: Pick<ItemVectors, "patchesField"> & { readonly metric: string },
): ItemVectors {
  const vectors = new Map(rows.map(({ id, vector }) => [id, vector]));
  const found: VectorRow[] = [];
  const missingIds: string[] = [];
  // A view by concat may have a sample twice.
  const seen = new Set<string>();
  for (const [i, id] of ids.entries()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const vector = vectors.get(id);
    if (vector === undefined) missingIds.push(id);
    else found.push({ id, sampleId: sampleIds[i], vector });
  }
  if (found.length === 0) {
    throw new BrainError(
      "embedding-invalid",
      `Cannot analyse ${ids.length} ${patchesField === undefined ? "samples" : "labels"}: none of them has an embedding`,
      { details: { count: ids.length } },
    );
  }
  const table = new VectorTable(metric === "euclidean" ? "euclidean" : "cosine", found);
  return { table, patchesField, missingIds };
}

/** The whole index is read where that is less than asking for each id. */
async function rowsOf(
  index: SimilarityIndex,
  { ids }: ScopeItems,
  signal: AbortSignal | undefined,
): Promise<VectorRow[]> {
  const total = await index.totalIndexSize();
  const rows: VectorRow[] = [];
  if (total === 0) return rows;
  const add = (page: readonly VectorRow[]): void => {
    throwIfCancelled(signal, "Reading vectors");
    rows.push(...page);
  };
  if (ids.length * 2 > total) {
    for await (const page of index.collection.scan(true)) add(page);
  } else {
    for (const part of chunksOf(ids, readIdsMax)) add(await index.collection.get("pk", part));
  }
  return rows;
}

/** What a run's record says of the items of an index. */
export function itemsConfigOf({ patchesField }: ItemVectors): RunConfig {
  return patchesField === undefined ? {} : { patchesField };
}
