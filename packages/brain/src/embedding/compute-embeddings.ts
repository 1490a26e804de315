import { BrainError } from "../base/brain-error.ts";
import { type Environment, processEnvironment } from "../base/environment.ts";
import type { LongOperationOptions } from "../base/progress.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { type CropOptions, checkCropOptions } from "../media/crop-patch.ts";
import type { EmbeddingModel } from "../models/embedding-model.ts";
import { loadModel } from "../models/load-model.ts";
import { defaultModel, defaultTextModelName, type ModelSpec } from "../models/model-spec.ts";
import type { SampleCollection } from "../view/sample-collection.ts";
import {
  type EmbeddedBatch,
  type EmbeddedTarget,
  type EmbedFailure,
  embedImages,
} from "./embed-images.ts";
import { embedTargets } from "./embed-target.ts";
import { embedTexts } from "./embed-texts.ts";
import { EmbeddingCache } from "./embedding-cache.ts";
import { checkEmbeddingsField, keepVectors } from "./embeddings-field.ts";

/** A model by name, by spec, or loaded. */
export type ModelChoice = string | ModelSpec | EmbeddingModel;

export interface ComputeEmbeddingsOptions extends CropOptions, LongOperationOptions {
  /** Default "color-hog-v1", and "use-lite" for texts, which need no download. */
  readonly model?: ModelChoice;
  /** Embeds the text that each sample has in this field (a path), instead of its image. */
  readonly textField?: string;
  /** Embeds each label of this field, instead of each image. */
  readonly patchesField?: string;
  /** Embeds of each image what the labels of this field show, as the mean of their vectors. */
  readonly roiField?: string;
  /** Keeps the vectors in this field of the samples; with `patchesField`, in this attribute of the labels. */
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
  const { embeddingsField, patchesField, textField } = options;
  checkTextField(options);
  const place = embeddingsField === undefined ? undefined : { embeddingsField, patchesField };
  if (place !== undefined) checkEmbeddingsField(samples, place);
  const { environment = processEnvironment, model: choice = modelFor(textField) } = options;
  const model = await modelOf(choice, environment);
  try {
    const embedded: EmbeddedTarget[] = [];
    const failures: EmbedFailure[] = [];
    for await (const batch of embedCollection(samples, model, options)) {
      embedded.push(...batch.embedded);
      failures.push(...batch.failures);
    }
    if (place !== undefined) await keepVectors(samples.dataset, place, embedded);
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
): AsyncGenerator<EmbeddedBatch> {
  checkCropOptions(options);
  const { patchesField, roiField, textField, useCache = true } = options;
  const cache = useCache ? new EmbeddingCache(samples.dataset.store) : undefined;
  if (textField !== undefined) return embedTexts(samples, model, textField, { ...options, cache });
  if (!model.modalities.image) {
    throw new BrainError(
      "model-failed",
      "Cannot embed images: this model embeds texts only; give textField, the field that has them",
      { details: { model: model.spec } },
    );
  }
  return embedImages(embedTargets(samples, { patchesField, roiField }), model, {
    ...options,
    cache,
  });
}

/** Throws `invalid-argument` where texts and parts of images are asked for at once. */
export function checkTextField({
  textField,
  patchesField,
  roiField,
}: Pick<ComputeEmbeddingsOptions, "patchesField" | "roiField" | "textField">): void {
  const other = patchesField ?? roiField;
  if (textField === undefined || other === undefined) return;
  throw new BrainError(
    "invalid-argument",
    `Cannot embed the texts of "${textField}" and what "${other}" shows at once: make two indexes`,
    { details: { textField, other } },
  );
}

/** The model where none is named. */
export function modelFor(textField: string | undefined): string {
  return textField === undefined ? defaultModel : defaultTextModelName;
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
