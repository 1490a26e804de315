import { BrainError } from "../base/brain-error.ts";
import { type Environment, processEnvironment } from "../base/environment.ts";
import type { LongOperationOptions } from "../base/progress.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { type CropOptions, checkCropOptions } from "../media/crop-patch.ts";
import type { EmbeddingModel } from "../models/embedding-model.ts";
import { loadModel } from "../models/load-model.ts";
import { defaultModel, type ModelSpec } from "../models/model-spec.ts";
import type { SampleCollection } from "../view/sample-collection.ts";
import { type EmbeddedTarget, type EmbedFailure, embedImages } from "./embed-images.ts";
import { embedTargets } from "./embed-target.ts";
import { EmbeddingCache } from "./embedding-cache.ts";

/** A model by name, by spec, or loaded. */
export type ModelChoice = string | ModelSpec | EmbeddingModel;

export interface ComputeEmbeddingsOptions extends CropOptions, LongOperationOptions {
  /** Default "color-hog-v1", which needs no download. */
  readonly model?: ModelChoice;
  /** Embeds each label of this field, instead of each image. */
  readonly patchesField?: string;
  /** Embeds of each image what the labels of this field show, as the mean of their vectors. */
  readonly roiField?: string;
  /** Stores the vectors in this field of the samples. Not with `patchesField`. */
  readonly embeddingsField?: string;
  /** How many images the model gets at a time. Default 16. */
  readonly batchSize?: number;
  /** Whether images that can't be read are passed over and listed. Default true. */
  readonly skipFailures?: boolean;
  /** Whether vectors are remembered by file, model and box. Default true. */
  readonly useCache?: boolean;
  readonly environment?: Environment;
}

/** Vectors in the order of the samples, or of the labels in them. */
export interface Embeddings {
  readonly embeddings: readonly Float32Array[];
  readonly sampleIds: readonly string[];
  /** With `patchesField`: whose vectors they are. */
  readonly labelIds?: readonly string[];
  /** What has no vector, and why. */
  readonly failures: readonly EmbedFailure[];
}

/**
 * Embeds the samples of a dataset or view, or their patches, with a model.
 *
 * @throws {BrainError} `model-not-found`, `dependency-missing`, `model-failed`, `cancelled`; and
 * `file-unreadable` and the like if `skipFailures` is false.
 * @example
 * const { embeddings, sampleIds } = await computeEmbeddings(dataset, { model: "color-hog-v1" });
 */
export async function computeEmbeddings(
  samples: SampleCollection<Dataset>,
  options: ComputeEmbeddingsOptions = {},
): Promise<Embeddings> {
  const { embeddingsField, patchesField } = options;
  if (embeddingsField !== undefined && patchesField !== undefined) {
    throw new BrainError(
      "unsupported",
      "Cannot store the vectors of patches in a field: leave embeddingsField out, they are kept in the index",
    );
  }
  const { environment = processEnvironment, model: choice = defaultModel } = options;
  const model = await modelOf(choice, environment);
  try {
    const embedded: EmbeddedTarget[] = [];
    const failures: EmbedFailure[] = [];
    for await (const batch of embedCollection(samples, model, options)) {
      embedded.push(...batch.embedded);
      failures.push(...batch.failures);
    }
    if (embeddingsField !== undefined) {
      await samples.dataset.setValues(
        embeddingsField,
        new Map(embedded.map(({ sampleId, vector }) => [sampleId, vector])),
      );
    }
    return {
      embeddings: embedded.map(({ vector }) => vector),
      sampleIds: embedded.map(({ sampleId }) => sampleId),
      ...(patchesField === undefined ? {} : { labelIds: embedded.map(({ id }) => id) }),
      failures,
    };
  } finally {
    if (choice !== model) await model.close();
  }
}

/** The batches of a collection's vectors, as they are computed. */
export function embedCollection(
  samples: SampleCollection<Dataset>,
  model: EmbeddingModel,
  options: ComputeEmbeddingsOptions & { readonly total?: number },
): ReturnType<typeof embedImages> {
  checkCropOptions(options);
  if (!model.modalities.image) {
    throw new BrainError("model-failed", "Cannot embed images: this model embeds texts only", {
      details: { model: model.spec },
    });
  }
  const { patchesField, roiField, useCache = true } = options;
  return embedImages(embedTargets(samples, { patchesField, roiField }), model, {
    ...options,
    cache: useCache ? new EmbeddingCache(samples.dataset.store) : undefined,
  });
}

/** The model that was chosen, loaded. */
export async function modelOf(
  choice: ModelChoice,
  environment: Environment,
): Promise<EmbeddingModel> {
  return isLoaded(choice) ? choice : await loadModel(choice, { environment });
}

export function isLoaded(choice: ModelChoice): choice is EmbeddingModel {
  return typeof choice === "object" && "embedImages" in choice;
}
