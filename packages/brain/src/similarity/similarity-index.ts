import type { MilvusClient } from "@redkite/milvus/client";
import { BrainError } from "../base/brain-error.ts";
import { type Environment, processEnvironment } from "../base/environment.ts";
import type { Dataset } from "../dataset/dataset.ts";
import {
  type ComputeEmbeddingsOptions,
  computeEmbeddings,
  type Embeddings,
} from "../embedding/compute-embeddings.ts";
import { keepVectors } from "../embedding/embeddings-field.ts";
import type { EmbeddingModel } from "../models/embedding-model.ts";
import { loadModel } from "../models/load-model.ts";
import type { PathOrExpression } from "../view/aggregation.ts";
import type { SampleCollection, View } from "../view/sample-collection.ts";
import { checkEmbeddings, type EmbeddingInput, idsToAdd } from "./check-embeddings.ts";
import { type IndexHealth, indexHealth } from "./index-health.ts";
import type {
  AddToIndexOptions,
  GetEmbeddingsOptions,
  IndexedEmbeddings,
  RemoveFromIndexOptions,
  RowRequestOptions,
  SortOptions,
  UseViewOptions,
} from "./index-options.ts";
import { isWhole, type ScopeItems, scopeItems } from "./index-scope.ts";
import { indexedRows } from "./indexed-rows.ts";
import { indexedValues } from "./indexed-values.ts";
import { matchesView } from "./matches-view.ts";
import { type SearchOptions, type SimilarityMatch, searchIndex } from "./search-index.ts";
import type { SimilarityConfig } from "./similarity-config.ts";
import type { SimilarityQuery } from "./similarity-query.ts";
import { storeDistances } from "./store-distances.ts";
import type { VectorCollection } from "./vector-collection.ts";
import type { VectorHit, VectorRow } from "./vector-row.ts";
import { ViewFilter } from "./view-filter.ts";

/** What an index has decided for all its embeddings. */
type FixedOption = "embeddingsField" | "patchesField" | "roiField" | "textField";

/** What of the view is indexed, and how many it has in all. */
type CurrentItems = ScopeItems & { readonly viewSize: number };

/** What an index is made from. */
export interface IndexParts {
  readonly samples: SampleCollection<Dataset>;
  readonly config: SimilarityConfig;
  readonly key: string | undefined;
  readonly collection: VectorCollection;
  /** A model that is loaded already, and whether it is closed with the index. */
  readonly model?: EmbeddingModel | undefined;
  readonly ownsModel: boolean;
  readonly environment?: Environment | undefined;
  /** Is told of what `warnExisting` and `warnMissing` ask for. */
  readonly onWarning: (message: string) => void;
  /** Removes from the collection what has left the dataset since. */
  readonly removeStaleVectors: () => Promise<void>;
  /** Stores a configuration that has changed. */
  readonly saveConfig: (config: SimilarityConfig) => Promise<void>;
  readonly onClose: () => void;
}

/**
 * Vectors of a dataset's samples, or of the labels of a field, in a Milvus collection: made by
 * `computeSimilarity`, found again by `loadBrainResults`.
 *
 * Queries see the samples of `view`: the whole dataset, until `useView` says otherwise. Counts and ids
 * are of what is indexed, never of what a view has and the index has not.
 */
export class SimilarityIndex {
  readonly config: SimilarityConfig;
  readonly key: string | undefined;
  /** The Milvus collection: `collection.name`, and what it is by `collection.describe()`. */
  readonly collection: VectorCollection;
  readonly #parts: IndexParts;
  readonly #filter: ViewFilter;
  readonly #views: SampleCollection<Dataset>[] = [];
  #model: Promise<EmbeddingModel> | undefined;
  #scope: Promise<CurrentItems> | undefined;
  #dim: number | undefined;
  #isClosed = false;

  constructor(parts: IndexParts) {
    this.#parts = parts;
    this.config = parts.config;
    this.key = parts.key;
    this.collection = parts.collection;
    this.#dim = parts.config.dim;
    this.#filter = new ViewFilter(this.dataset, parts.config.patchesField, parts.collection);
    this.#model = parts.model === undefined ? undefined : Promise.resolve(parts.model);
  }

  /** The connection, for whatever else Milvus can do. */
  get client(): MilvusClient {
    return this.collection.client;
  }

  get dataset(): Dataset {
    return this.#parts.samples.dataset;
  }

  /** What the index was computed for. */
  get samples(): SampleCollection<Dataset> {
    return this.#parts.samples;
  }

  /** What queries and counts are about now. */
  get view(): SampleCollection<Dataset> {
    return this.#views.at(-1) ?? this.dataset;
  }

  /** Whether queries are about a part of the dataset only. */
  get hasView(): boolean {
    return !isWhole(this.view, this.config.patchesField);
  }

  get supportsPrompts(): boolean {
    return this.config.supportsPrompts;
  }

  /** The length of the vectors; undefined before the first, where no model tells it. */
  get dim(): number | undefined {
    return this.#dim;
  }

  /** The model that made the vectors. Throws `model-not-found` when they were made elsewhere. */
  async getModel(): Promise<EmbeddingModel> {
    this.#model ??= this.#loadModel();
    try {
      return await this.#model;
    } catch (error) {
      this.#model = undefined;
      throw error;
    }
  }

  /** How many vectors there are, whatever the view. */
  async totalIndexSize(): Promise<number> {
    return this.#dim === undefined ? 0 : await (await this.#upToDate()).count();
  }

  /** How many samples or labels of the view have a vector. */
  async indexSize(): Promise<number> {
    return (await this.#currentItems()).ids.length;
  }

  /** How many samples or labels of the view have none. */
  async missingSize(): Promise<number> {
    const { ids, viewSize } = await this.#currentItems();
    return viewSize - ids.length;
  }

  /** The samples of the view that are indexed; of an index of patches, one entry a patch. */
  async currentSampleIds(): Promise<readonly string[]> {
    return (await this.#currentItems()).sampleIds;
  }

  /** The labels of the view that are indexed; undefined for an index of samples. */
  async currentLabelIds(): Promise<readonly string[] | undefined> {
    if (this.config.patchesField === undefined) return undefined;
    return (await this.#currentItems()).ids;
  }

  /** The values of a path or expression for what is indexed of the view, in its order. */
  async values(of: PathOrExpression): Promise<unknown[]> {
    const { ids } = await this.#currentItems();
    return await indexedValues(this.view, this.config.patchesField, ids, of);
  }

  /**
   * Adds vectors of samples, or of labels.
   *
   * @throws {BrainError} `embedding-invalid`, `duplicate-id`, `invalid-argument`; `id-exists` where that
   * was asked for. Then nothing is added.
   */
  async addToIndex(
    embeddings: readonly EmbeddingInput[],
    sampleIds: readonly string[],
    options: AddToIndexOptions = {},
  ): Promise<void> {
    const { labelIds, overwrite = true, allowExisting = true, warnExisting = false } = options;
    const ids = idsToAdd(this.config.patchesField, sampleIds, labelIds);
    const vectors = checkEmbeddings(embeddings, ids, this.#dim);
    if (vectors.length === 0) return;
    await this.#ensureCollection(vectors[0].length);
    // Before something comes under the id of what has left.
    const collection = await this.#upToDate();
    let rows = vectors.map(
      (vector, i): VectorRow => ({ id: ids[i], sampleId: sampleIds[i], vector }),
    );
    if (!overwrite || warnExisting) {
      const existing = await collection.existing(ids);
      const [example] = existing;
      if (existing.size > 0 && !overwrite && !allowExisting) {
        throw new BrainError(
          "duplicate-id",
          `Found ${existing.size} IDs (eg '${example}') that are already present in the index`,
          { details: { ids: [...existing] } },
        );
      }
      if (existing.size > 0 && warnExisting) {
        this.#parts.onWarning(
          `${overwrite ? "Overwriting" : "Ignoring"} ${existing.size} IDs (eg '${example}') that are already present in the index`,
        );
      }
      if (!overwrite) rows = rows.filter(({ id }) => !existing.has(id));
    }
    await collection.upsert(rows);
    const { embeddingsField, patchesField } = this.config;
    if (embeddingsField !== undefined) {
      await keepVectors(this.dataset, { embeddingsField, patchesField }, rows);
    }
    this.reload();
  }

  /**
   * Removes the vectors of samples, of all patches of samples, or of labels.
   *
   * @throws {BrainError} `id-not-found` with `allowMissing: false`. Then nothing is removed.
   */
  async removeFromIndex(options: RemoveFromIndexOptions): Promise<void> {
    const { sampleIds, labelIds } = options;
    if (sampleIds === undefined && labelIds === undefined) {
      throw new BrainError(
        "invalid-argument",
        "Cannot remove from the index: give sampleIds or labelIds",
      );
    }
    const rows = await this.#rows(sampleIds, labelIds, options);
    await this.collection.delete(rows.map(({ id }) => id));
    this.reload();
  }

  /**
   * Vectors by sample or by label, in the order asked for; of the whole index when neither is given.
   *
   * @throws {BrainError} `invalid-argument` for label ids where samples are indexed; `id-not-found` with
   * `allowMissing: false`.
   */
  async getEmbeddings(options: GetEmbeddingsOptions = {}): Promise<IndexedEmbeddings> {
    const sampleIds = listOf(options.sampleIds);
    const labelIds = listOf(options.labelIds);
    const rows: VectorRow[] = [];
    if (this.#dim !== undefined) await this.#upToDate();
    if (sampleIds !== undefined || labelIds !== undefined) {
      rows.push(...(await this.#rows(sampleIds, labelIds, options)));
    } else if (this.#dim !== undefined) {
      for await (const page of this.collection.scan(true)) rows.push(...page);
    }
    return {
      embeddings: rows.map(({ vector }) => vector),
      sampleIds: rows.map(({ sampleId }) => sampleId),
      ...(this.config.patchesField === undefined ? {} : { labelIds: rows.map(({ id }) => id) }),
    };
  }

  /** Embeds samples with the index's model, without adding them. */
  async computeEmbeddings(
    samples: SampleCollection<Dataset>,
    options: Omit<ComputeEmbeddingsOptions, FixedOption> & {
      /** Whether what has a vector is left out. */
      readonly skipExisting?: boolean;
    } = {},
  ): Promise<Embeddings> {
    const { patchesField, roiField, textField, forceSquare, alpha } = this.config;
    const { skipExisting = false, ...rest } = options;
    const result = await computeEmbeddings(samples, {
      ...(forceSquare === undefined ? {} : { forceSquare }),
      ...(alpha === undefined ? {} : { alpha }),
      ...rest,
      model: rest.model ?? (await this.getModel()),
      ...(patchesField === undefined ? {} : { patchesField }),
      ...(roiField === undefined ? {} : { roiField }),
      ...(textField === undefined ? {} : { textField }),
    });
    if (!skipExisting) return result;
    const ids = result.labelIds ?? result.sampleIds;
    const existing = await this.#existing(ids);
    const isNew = (_: unknown, i: number): boolean => !existing.has(ids[i]);
    return {
      embeddings: result.embeddings.filter(isNew),
      sampleIds: result.sampleIds.filter(isNew),
      ...(result.labelIds === undefined ? {} : { labelIds: result.labelIds.filter(isNew) }),
      failures: result.failures,
    };
  }

  /** Makes queries and counts be about a view, until `clearView`. */
  async useView(samples: SampleCollection<Dataset>, options: UseViewOptions = {}): Promise<this> {
    const { allowMissing = true, warnMissing = false } = options;
    if (!allowMissing || warnMissing) {
      const difference = await this.#differenceOf(samples);
      if (difference !== undefined && !allowMissing) {
        throw new BrainError("collection-mismatch", difference);
      }
      if (difference !== undefined) this.#parts.onWarning(difference);
    }
    this.#views.push(samples);
    this.reload();
    return this;
  }

  /** Makes queries and counts be about a view while `work` runs, and about the one before afterwards. */
  async withView<T>(
    samples: SampleCollection<Dataset>,
    work: (index: this) => Promise<T>,
  ): Promise<T> {
    await this.useView(samples);
    try {
      return await work(this);
    } finally {
      this.#views.pop();
      this.reload();
    }
  }

  /** Makes queries and counts be about the whole dataset again. */
  clearView(): void {
    this.#views.length = 0;
    this.reload();
  }

  /** Forgets which samples the view has: they are asked for anew. */
  reload(): void {
    this.#scope = undefined;
  }

  /**
   * What of the view is most like a query, with distances and scores.
   *
   * @param view Default: the view of the index.
   */
  async search(
    query: SimilarityQuery,
    options: SearchOptions = {},
    view: SampleCollection<Dataset> = this.view,
  ): Promise<SimilarityMatch[]> {
    const { patchesField, metric, searchParams } = this.config;
    const dim = this.#dim;
    if (dim === undefined) {
      throw new BrainError("index-not-found", "Cannot search an index without vectors: add some");
    }
    const target = {
      collection: await this.#upToDate(),
      dim,
      metric,
      searchParams,
      ids: await this.#filter.of(view),
      supportsPrompts: this.supportsPrompts,
      model: () => this.getModel(),
      existing: async (hits: readonly VectorHit[]) => {
        const sampleIds = new Set(hits.map(({ sampleId }) => sampleId));
        const { ids } = await scopeItems(this.dataset.select(sampleIds), patchesField);
        return new Set(ids);
      },
    };
    return await searchIndex(query, target, options);
  }

  /** The samples, labels or patches of the view that are most like a query, as a view in that order. */
  async sortBySimilarity(
    query: SimilarityQuery,
    options: SortOptions = {},
    view: SampleCollection<Dataset> = this.view,
  ): Promise<View<Dataset>> {
    const { distField, ...searchOptions } = options;
    const matches = await this.search(query, searchOptions, view);
    if (distField !== undefined) await this.storeDistances(distField, matches);
    return matchesView(view, this.config.patchesField, matches, options.k !== undefined);
  }

  /** Writes the distances of matches to a field, and takes those of earlier matches away. */
  async storeDistances(field: string, matches: readonly SimilarityMatch[]): Promise<void> {
    await storeDistances(this.dataset, this.config.patchesField, field, matches);
  }

  /** Whether the index has what the dataset has, and what the collection is. */
  async health(): Promise<IndexHealth> {
    return await indexHealth(this.dataset, this.config, this.collection);
  }

  /**
   * Removes the vectors of all samples and labels that the dataset does not have; answers how many. What
   * is deleted from the dataset leaves by itself, unless somebody else made the collection.
   */
  async removeStale(): Promise<number> {
    const { staleIds } = await this.health();
    await this.collection.delete(staleIds);
    this.reload();
    return staleIds.length;
  }

  /** Drops the Milvus collection. What is recorded of the run stays: see `deleteBrainRun`. */
  async cleanup(): Promise<void> {
    if (await this.collection.exists()) await this.collection.drop();
    this.reload();
  }

  /** Leaves the database or server, and frees the model. Idempotent; closing the dataset does it too. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#parts.onClose();
    const model = await this.#model?.catch(() => undefined);
    if (model !== undefined && (this.#parts.ownsModel || model !== this.#parts.model)) {
      await model.close();
    }
    await this.collection.client.closeConnection();
  }

  /** The collection is made with the first vectors, where no model told their length before. */
  async #ensureCollection(dim: number): Promise<void> {
    if (this.#dim !== undefined) return;
    await this.collection.create({ ...this.config, dim });
    this.#dim = dim;
    await this.#parts.saveConfig({ ...this.config, dim });
  }

  /** The collection, without what has left the dataset since it was last used. */
  async #upToDate(): Promise<VectorCollection> {
    await this.#parts.removeStaleVectors();
    return this.collection;
  }

  async #existing(ids: readonly string[]): Promise<Set<string>> {
    return this.#dim === undefined ? new Set() : await (await this.#upToDate()).existing(ids);
  }

  async #currentItems(): Promise<CurrentItems> {
    this.#scope ??= this.#readScope();
    return await this.#scope;
  }

  async #readScope(): Promise<CurrentItems> {
    const { ids, sampleIds } = await scopeItems(this.view, this.config.patchesField);
    const indexed = await this.#existing(ids);
    const isIndexed = (_: string, i: number): boolean => indexed.has(ids[i]);
    return {
      ids: ids.filter(isIndexed),
      sampleIds: sampleIds.filter(isIndexed),
      viewSize: ids.length,
    };
  }

  async #rows(
    sampleIds: readonly string[] | undefined,
    labelIds: readonly string[] | undefined,
    { allowMissing, warnMissing }: RowRequestOptions,
  ): Promise<VectorRow[]> {
    return await indexedRows(this.#dim === undefined ? undefined : this.collection, {
      isPatches: this.config.patchesField !== undefined,
      sampleIds,
      labelIds,
      allowMissing,
      warnMissing,
      onWarning: this.#parts.onWarning,
    });
  }

  /** Says how a view and the index differ, or nothing. */
  async #differenceOf(samples: SampleCollection<Dataset>): Promise<string | undefined> {
    const what = this.config.patchesField === undefined ? "samples" : "labels";
    const { ids } = await scopeItems(samples, this.config.patchesField);
    const indexed = await this.#existing(ids);
    if (indexed.size < ids.length) {
      return `The provided collection contains ${ids.length - indexed.size} ${what} not present in the index`;
    }
    const excess = (await this.totalIndexSize()) - indexed.size;
    if (excess === 0) return undefined;
    return `The index contains ${excess} ${what} that are not present in the provided collection`;
  }

  async #loadModel(): Promise<EmbeddingModel> {
    const { model: spec, modelFingerprint } = this.config;
    if (spec === undefined) {
      throw new BrainError("model-not-found", "These results don't have a stored model");
    }
    const { environment = processEnvironment } = this.#parts;
    const model = await loadModel(spec, { environment });
    if (modelFingerprint === undefined || model.fingerprint === modelFingerprint) return model;
    await model.close();
    throw new BrainError(
      "model-failed",
      "Cannot query this index with its model: the model has changed since, so its vectors do not compare with those of the index. Compute the index again, or bring the model's files back",
      { details: { expected: modelFingerprint, found: model.fingerprint } },
    );
  }
}

function listOf(ids: string | readonly string[] | undefined): readonly string[] | undefined {
  return typeof ids === "string" ? [ids] : ids;
}
