import { BrainError } from "../base/brain-error.ts";
import { type LongOperationOptions, throwIfCancelled } from "../base/progress.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { RunConfig } from "../runs/run-record.ts";
import { loadBrainResults } from "../similarity/brain-runs.ts";
import { computeSimilarity } from "../similarity/compute-similarity.ts";
import { type ScopeItems, scopeItems } from "../similarity/index-scope.ts";
import type { SimilarityIndex } from "../similarity/similarity-index.ts";
import { chunksOf } from "../similarity/vector-collection.ts";
import type { VectorRow } from "../similarity/vector-row.ts";
import type { SampleCollection } from "../view/sample-collection.ts";
import type { VectorInput } from "./analysis-options.ts";
import { type DistanceMetric, VectorTable } from "./vector-table.ts";

/** The vectors of a collection's samples or labels, and the index that finds their neighbours. */
export interface ItemVectors {
  readonly table: VectorTable;
  /** Has all rows of the table; other rows too where a view is analysed. */
  readonly index: SimilarityIndex;
  readonly patchesField: string | undefined;
  /** Samples or labels of the collection that have no vector. */
  readonly missingIds: readonly string[];
  /** Leaves the index, if it was opened for this. */
  close(): Promise<void>;
}

/** Vectors that are asked for by their ids at a time. */
const readIdsMax = 2_000;
/** Lengths of vectors that count as one, between which products are as good as cosines. */
const unitTolerance = 1e-3;

/**
 * The vectors of what is to be analysed. Embeddings and models get an index in memory; an index by
 * products of vectors of different lengths is copied to one by cosine, since products are no distances.
 *
 * @throws {BrainError} `invalid-argument` for contradicting options or an empty view; `embedding-invalid`
 * when nothing has a vector; and all that `computeSimilarity` and `loadBrainResults` throw.
 */
export async function openItemVectors(
  samples: SampleCollection<Dataset>,
  input: VectorInput & LongOperationOptions,
): Promise<ItemVectors> {
  const source = await openSource(samples, input);
  try {
    return await readVectors(samples, source, input);
  } catch (error) {
    await source.close();
    throw error;
  }
}

interface Source {
  readonly index: SimilarityIndex;
  close(): Promise<void>;
}

async function openSource(
  samples: SampleCollection<Dataset>,
  input: VectorInput & LongOperationOptions,
): Promise<Source> {
  const { similarityIndex, ...rest } = input;
  if (similarityIndex === undefined) return await computedSource(samples, rest);
  for (const name of ["embeddings", "model", "roiField", "metric"] as const) {
    if (input[name] === undefined) continue;
    throw new BrainError(
      "invalid-argument",
      `Cannot analyse an index with the option "${name}": give either, the index has its own`,
      { details: { option: name } },
    );
  }
  const { patchesField, embeddings, model, roiField, metric, ...others } = rest;
  const { batchSize, skipFailures, useCache, alpha, forceSquare, ...place } = others;
  const { progress, signal, ...loadOptions } = place;
  const isKey = typeof similarityIndex === "string";
  const index = isKey
    ? await loadBrainResults(samples.dataset, similarityIndex, loadOptions)
    : similarityIndex;
  const close = async (): Promise<void> => (isKey ? await index.close() : undefined);
  if (patchesField === undefined || index.config.patchesField === patchesField) {
    return { index, close };
  }
  await close();
  const found = index.config.patchesField;
  throw new BrainError(
    "invalid-argument",
    `Cannot analyse the labels of "${patchesField}": the index has ${found === undefined ? "whole samples" : `those of "${found}"`}`,
    { details: { patchesField, found } },
  );
}

async function computedSource(
  samples: SampleCollection<Dataset>,
  input: Omit<VectorInput, "similarityIndex"> & LongOperationOptions,
): Promise<Source> {
  const { metric = "cosine" } = input;
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
  const patches = samples.patchesField === undefined ? {} : { patchesField: samples.patchesField };
  const given = { ...patches, ...input, metric, backend: "embedded" };
  const index = await computeSimilarity(samples, given);
  return { index, close: () => index.close() };
}

async function readVectors(
  samples: SampleCollection<Dataset>,
  source: Source,
  { signal }: LongOperationOptions,
): Promise<ItemVectors> {
  const { index } = source;
  const { patchesField, metric } = index.config;
  const { ids, sampleIds } = await scopeItems(samples, patchesField);
  if (ids.length === 0) {
    const what = patchesField === undefined ? "samples" : `labels in "${patchesField}"`;
    throw new BrainError("invalid-argument", `Cannot analyse a collection without ${what}`);
  }
  const table = new VectorTable(
    metric === "euclidean" ? "euclidean" : "cosine",
    await rowsOf(index, { ids, sampleIds }, signal),
  );
  if (table.count === 0) {
    throw new BrainError(
      "embedding-invalid",
      `Cannot analyse ${ids.length} ${patchesField === undefined ? "samples" : "labels"}: none of them has an embedding`,
      { details: { count: ids.length } },
    );
  }
  const missingIds = ids.filter((id) => table.positionOf(id) === undefined);
  const parts = { table, patchesField, missingIds };
  if (metric !== "dotproduct" || table.hasUnitLengths(unitTolerance)) {
    return { ...parts, index, close: () => source.close() };
  }
  const copy = await cosineCopy(samples, table, patchesField);
  await source.close();
  return { ...parts, index: copy, close: () => copy.close() };
}

/** In the order of the ids. The whole index is read where that is less than asking for each id. */
async function rowsOf(
  index: SimilarityIndex,
  { ids, sampleIds }: ScopeItems,
  signal: AbortSignal | undefined,
): Promise<VectorRow[]> {
  const total = await index.totalIndexSize();
  const vectors = new Map<string, Float32Array>();
  const add = (page: readonly VectorRow[]): void => {
    throwIfCancelled(signal, "Reading vectors");
    for (const { id, vector } of page) vectors.set(id, vector);
  };
  if (ids.length * 2 > total && total > 0) {
    for await (const page of index.collection.scan(true)) add(page);
  } else if (total > 0) {
    for (const part of chunksOf(ids, readIdsMax)) add(await index.collection.get("pk", part));
  }
  const rows: VectorRow[] = [];
  const seen = new Set<string>();
  for (const [i, id] of ids.entries()) {
    const vector = vectors.get(id);
    // A view by concat may have a sample twice.
    if (vector === undefined || seen.has(id)) continue;
    seen.add(id);
    rows.push({ id, sampleId: sampleIds[i], vector });
  }
  return rows;
}

async function cosineCopy(
  samples: SampleCollection<Dataset>,
  table: VectorTable,
  patchesField: string | undefined,
): Promise<SimilarityIndex> {
  return await computeSimilarity(samples, {
    backend: "embedded",
    metric: "cosine" satisfies DistanceMetric,
    embeddings: new Map(table.ids.map((id, position) => [id, table.vector(position)])),
    ...(patchesField === undefined ? {} : { patchesField }),
  });
}

/** What a run's record says of the items of an index. */
export function itemsConfigOf({ patchesField }: ItemVectors): RunConfig {
  return patchesField === undefined ? {} : { patchesField };
}
