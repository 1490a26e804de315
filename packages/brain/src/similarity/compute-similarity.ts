import { randomBytes } from "node:crypto";
import { BrainError, messageOf } from "../base/brain-error.ts";
import { processEnvironment, userFolder } from "../base/environment.ts";
import { throwIfCancelled } from "../base/progress.ts";
import type { Dataset } from "../dataset/dataset.ts";
import {
  checkTextField,
  embedCollection,
  isLoaded,
  modelFor,
} from "../embedding/compute-embeddings.ts";
import type { EmbedFailure } from "../embedding/embed-images.ts";
import { checkBoxField } from "../embedding/embed-target.ts";
import { checkEmbeddingsField } from "../embedding/embeddings-field.ts";
import { checkCropOptions } from "../media/crop-patch.ts";
import type { EmbeddingModel } from "../models/embedding-model.ts";
import { loadModel } from "../models/load-model.ts";
import { type ModelSpec, modelSpecOf } from "../models/model-spec.ts";
import { checkRunKey, type RunConfig } from "../runs/run-record.ts";
import { type ActiveRun, runsOf } from "../runs/run-store.ts";
import type { SampleCollection } from "../view/sample-collection.ts";
import { givenEmbeddings } from "./given-embeddings.ts";
import { scopeItems } from "./index-scope.ts";
import { connectMilvus, type MilvusPlace } from "./milvus-place.ts";
import { openIndex, placeOf } from "./open-index.ts";
import { type BackendSettings, resolveSettings } from "./resolve-settings.ts";
import type { SimilarityConfig } from "./similarity-config.ts";
import { configOfRun, runConfigOf } from "./similarity-config.ts";
import type { SimilarityIndex } from "./similarity-index.ts";
import { type ComputeSimilarityOptions, checkOptionNames } from "./similarity-options.ts";
import { VectorCollection } from "./vector-collection.ts";
import type { VectorRow } from "./vector-row.ts";

/** How many vectors are written at a time. */
const writeRowsMax = 1_024;
/** How many of the items that were passed over a run's summary lists. */
const failuresListedMax = 1_000;

/**
 * Makes a similarity index of a dataset or view: embeds the samples (or the patches of a field) with a
 * model, or takes embeddings as they are, and puts them in a Milvus collection, by default one in the
 * dataset's folder.
 *
 * With a `brainKey` it is recorded as a brain run of the dataset. A run that fails or is cancelled
 * leaves nothing behind but a note of why, and its key is free.
 *
 * @throws {BrainError} `invalid-argument` and `field-not-found` for wrong options; `run-exists`;
 * `collection-mismatch` for a collection that is there with another metric or dimension;
 * `server-unreachable`, `model-failed`, `dependency-missing`, `embedding-invalid`, `cancelled`.
 * @example
 * const index = await computeSimilarity(dataset, { brainKey: "images" });
 * const view = await index.sortBySimilarity((await dataset.first()).id, { k: 10 });
 */
export async function computeSimilarity(
  samples: SampleCollection<Dataset>,
  options: ComputeSimilarityOptions = {},
): Promise<SimilarityIndex> {
  const plan = await planOf(samples, options);
  const { brainKey: key, overwrite = false } = options;
  if (key === undefined) return await compute(plan, undefined);
  const run = await runsOf(samples.dataset).begin(
    {
      key,
      type: "similarity",
      method: plan.settings.backend,
      config: runConfigOf(plan.config),
      view: JSON.parse(JSON.stringify(samples.stages)),
    },
    { overwrite },
  );
  try {
    return await compute(plan, run);
  } catch (error) {
    await run.fail(messageOf(error));
    throw error;
  }
}

/** What is decided before anything is recorded or made. */
interface Plan {
  readonly samples: SampleCollection<Dataset>;
  readonly options: ComputeSimilarityOptions;
  readonly settings: BackendSettings;
  readonly place: MilvusPlace;
  readonly config: SimilarityConfig;
  /** Vectors that are there; undefined where the model is to compute them. */
  readonly rows: VectorRow[] | undefined;
  readonly onWarning: (message: string) => void;
}

async function planOf(
  samples: SampleCollection<Dataset>,
  options: ComputeSimilarityOptions,
): Promise<Plan> {
  checkOptionNames(options);
  checkCropOptions(options);
  checkTextField(options);
  const { environment = processEnvironment, brainKey, patchesField, roiField } = options;
  if (brainKey !== undefined) checkRunKey(brainKey);
  for (const field of [patchesField, roiField]) {
    if (field !== undefined) checkBoxField(samples, field);
  }
  const embeddingsField = embeddingsFieldOf(samples, options);
  const settings = await resolveSettings(options, environment, userFolder());
  const rows = await givenEmbeddings(samples, patchesField, options.embeddings);
  const model = modelChoice(options, rows);
  const metric = settings.metric ?? (settings.backend === "embedded" ? "cosine" : "dotproduct");
  const config: SimilarityConfig = {
    backend: settings.backend,
    collectionName: await collectionNameOf(samples.dataset, options, settings),
    metric,
    consistencyLevel: settings.consistencyLevel ?? "Session",
    supportsPrompts: false,
    ...(rows?.[0] === undefined ? {} : { dim: rows[0].vector.length }),
    ...(model === undefined ? {} : { model }),
    ...(patchesField === undefined ? {} : { patchesField }),
    ...(roiField === undefined ? {} : { roiField }),
    ...(options.textField === undefined ? {} : { textField: options.textField }),
    ...(embeddingsField === undefined ? {} : { embeddingsField }),
    ...(options.forceSquare === undefined ? {} : { forceSquare: options.forceSquare }),
    ...(options.alpha === undefined ? {} : { alpha: options.alpha }),
    ...(options.indexType === undefined ? {} : { indexType: options.indexType }),
    ...(options.indexParams === undefined ? {} : { indexParams: options.indexParams }),
    ...(options.searchParams === undefined ? {} : { searchParams: options.searchParams }),
  };
  const onWarning = options.onWarning ?? ((message: string) => process.emitWarning(message));
  const place = placeOf(samples.dataset, settings, brainKey !== undefined);
  return { samples, options, settings, place, config, rows, onWarning };
}

async function compute(plan: Plan, run: ActiveRun | undefined): Promise<SimilarityIndex> {
  const { samples, options, place, onWarning } = plan;
  const { environment = processEnvironment, signal, model: choice } = options;
  const { model: spec } = plan.config;
  const loaded = choice !== undefined && isLoaded(choice) ? choice : undefined;
  const model =
    loaded ??
    (spec === undefined || spec.kind === "precomputed"
      ? undefined
      : await loadModel(spec, { environment, ...(signal === undefined ? {} : { signal }) }));
  const client = await connectMilvus(place);
  const collection = new VectorCollection(
    client,
    plan.config.collectionName,
    plan.config.consistencyLevel,
  );
  let isCreated = false;
  try {
    const prepared = await prepareCollection(plan, collection, model);
    isCreated = prepared.createdCollection === true;
    const index = openIndex({
      samples,
      config: prepared,
      key: options.brainKey,
      runId: run?.id,
      collection,
      model,
      ownsModel: loaded === undefined,
      environment,
      onWarning,
    });
    const summary = await fill(plan, index, model, run);
    if (run !== undefined) await finish(plan, prepared, run, summary, collection);
    return index;
  } catch (error) {
    if (isCreated) await collection.drop().catch(() => undefined);
    if (model !== loaded) await model?.close();
    await client.closeConnection().catch(() => undefined);
    throw error;
  }
}

/** Makes the collection, or checks the one that is there. */
async function prepareCollection(
  { config, settings, onWarning }: Plan,
  collection: VectorCollection,
  model: EmbeddingModel | undefined,
): Promise<SimilarityConfig> {
  const dim = config.dim ?? model?.dim;
  const described: SimilarityConfig = {
    ...config,
    supportsPrompts: model?.modalities.text ?? false,
    ...(dim === undefined ? {} : { dim }),
    ...(model === undefined ? {} : { modelFingerprint: model.fingerprint }),
  };
  if (model !== undefined && dim !== model.dim) {
    throw new BrainError(
      "embedding-invalid",
      `Cannot index embeddings of ${dim} numbers with a model whose vectors have ${model.dim}`,
      { details: { dim, modelDim: model.dim } },
    );
  }
  if (await collection.exists()) {
    const facts = await collection.describe();
    const fail = (what: string, found: unknown, expected: unknown): never => {
      throw new BrainError(
        "collection-mismatch",
        `Cannot use the collection "${collection.name}": its ${what} is ${found}, expected ${expected}. Choose another collectionName, or leave it out`,
        { details: { collection: collection.name, found, expected } },
      );
    };
    if (dim !== undefined && facts.dim !== dim) fail("dimension", facts.dim, dim);
    if (settings.metric !== undefined && facts.metric !== settings.metric) {
      fail("metric", facts.metric, settings.metric);
    }
    await collection.load();
    return { ...described, dim: facts.dim, metric: facts.metric };
  }
  if (config.metric === "dotproduct" && model !== undefined && !model.normalize) {
    onWarning(
      'The vectors of this model have different lengths, by which the metric "dotproduct" favours the long ones: metric "cosine" is recommended',
    );
  }
  if (dim === undefined) return { ...described, createdCollection: true };
  await collection.create({ ...described, dim });
  return { ...described, createdCollection: true };
}

/** Puts the vectors in; answers what the run's record says of it. */
async function fill(
  plan: Plan,
  index: SimilarityIndex,
  model: EmbeddingModel | undefined,
  run: ActiveRun | undefined,
): Promise<RunConfig> {
  const { samples, options, rows } = plan;
  const { patchesField, signal } = options;
  const failures: EmbedFailure[] = [];
  let pending: VectorRow[] = [];
  let count = 0;
  const flush = async (): Promise<void> => {
    throwIfCancelled(signal, "Computing similarity");
    const isPatches = patchesField !== undefined;
    await index.addToIndex(
      pending.map(({ vector }) => vector),
      pending.map(({ sampleId }) => sampleId),
      isPatches ? { labelIds: pending.map(({ id }) => id) } : {},
    );
    count += pending.length;
    pending = [];
  };
  const add = async (more: readonly VectorRow[]): Promise<void> => {
    for (const row of more) {
      pending.push(row);
      if (pending.length >= writeRowsMax) await flush();
    }
  };
  if (rows !== undefined) await add(rows);
  else if (model !== undefined) {
    const { ids } = await scopeItems(samples, patchesField);
    const progress: NonNullable<typeof options.progress> = (progress) => {
      run?.progress(progress);
      options.progress?.(progress);
    };
    const batches = embedCollection(samples, model, {
      ...options,
      model,
      progress,
      total: ids.length,
    });
    for await (const { embedded, failures: failed } of batches) {
      failures.push(...failed);
      await add(embedded);
    }
  }
  await flush();
  const listed = failures.slice(0, failuresListedMax).map((failure) => ({ ...failure }));
  return { indexedCount: count, failureCount: failures.length, failures: listed };
}

/** Records the run, and drops the collection of the one that it replaces. */
async function finish(
  { settings, onWarning }: Plan,
  config: SimilarityConfig,
  run: ActiveRun,
  summary: RunConfig,
  collection: VectorCollection,
): Promise<void> {
  const replaced = await run.complete(runConfigOf(config), summary);
  if (replaced === undefined) return;
  const { backend, collectionName, createdCollection } = configOfRun(replaced.config);
  if (createdCollection !== true || collectionName === config.collectionName) return;
  if (backend !== settings.backend) {
    onWarning(
      `The collection "${collectionName}" of the run that was replaced is elsewhere, and stays`,
    );
    return;
  }
  const old = new VectorCollection(collection.client, collectionName, config.consistencyLevel);
  if (await old.exists()) await old.drop();
}

function embeddingsFieldOf(
  samples: SampleCollection<Dataset>,
  { embeddings, embeddingsField, patchesField }: ComputeSimilarityOptions,
): string | undefined {
  const field = typeof embeddings === "string" ? embeddings : embeddingsField;
  if (field !== undefined) {
    checkEmbeddingsField(samples, { embeddingsField: field, patchesField });
  }
  return field;
}

/** The model by which the index is queried, and filled where there are no vectors. */
function modelChoice(
  { model, textField }: ComputeSimilarityOptions,
  rows: readonly VectorRow[] | undefined,
): ModelSpec | undefined {
  if (model === undefined) return rows === undefined ? modelSpecOf(modelFor(textField)) : undefined;
  if (isLoaded(model)) return model.spec;
  const spec = modelSpecOf(model);
  if (spec.kind !== "precomputed" || rows !== undefined) return spec;
  throw new BrainError(
    "invalid-argument",
    "Cannot compute similarity with a precomputed model: give the embeddings, or false to add them later",
  );
}

/** The name that was given, or a new one that no other index has. */
async function collectionNameOf(
  dataset: Dataset,
  { brainKey }: ComputeSimilarityOptions,
  { collectionName, isCollectionNamed }: BackendSettings,
): Promise<string> {
  if (collectionName === undefined) {
    const slug = dataset.name.replaceAll(/\W+/g, "_").slice(0, 100);
    const key = (brainKey ?? "memory").slice(0, 100);
    const random = randomBytes(4).toString("hex");
    return ["redkite", slug, key, random].join("_");
  }
  if (isCollectionNamed) return collectionName;
  const others = await runsOf(dataset).list();
  const taken = others.find(
    ({ key, config }) => key !== brainKey && config["collectionName"] === collectionName,
  );
  if (taken === undefined) return collectionName;
  throw new BrainError(
    "invalid-argument",
    `Cannot use the collection "${collectionName}" of the configuration: the run "${taken.key}" has it; give this one a collectionName of its own`,
    { details: { collectionName, key: taken.key } },
  );
}
