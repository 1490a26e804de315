import { BrainError } from "../base/brain-error.ts";
import { processEnvironment } from "../base/environment.ts";
import { colorHogDim } from "./color-hog.ts";
import { ColorHogThreads } from "./color-hog-threads.ts";
import type { EmbeddingModel, ModelContext } from "./embedding-model.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { defaultModel, type ModelSpec, modelSpecOf } from "./model-spec.ts";

/**
 * Loads a model by its name or spec. What a kind needs beyond this package is loaded only now.
 *
 * @throws {BrainError} `model-not-found`, `invalid-argument`, `dependency-missing` or `model-failed`.
 * @example
 * const model = await loadModel("color-hog-v1");
 */
export async function loadModel(
  model: string | ModelSpec,
  options: Partial<ModelContext> = {},
): Promise<EmbeddingModel> {
  const spec = modelSpecOf(model);
  const context: ModelContext = { environment: processEnvironment, ...options };
  switch (spec.kind) {
    case "builtin":
      if (spec.name === defaultModel) return builtinModel(spec);
      return await (await import("./use-lite-model.ts")).loadUseLiteModel(spec);
    case "onnx":
      return await (await import("./onnx-model.ts")).loadOnnxModel(spec);
    case "transformers":
      return await (await import("./transformers-model.ts")).loadTransformersModel(spec, context);
    case "http":
      return await (await import("./http-model.ts")).loadHttpModel(spec, context);
    case "openai":
      return await (await import("./openai-model.ts")).loadOpenAiModel(spec, context);
    case "precomputed":
      throw new BrainError(
        "model-not-found",
        "Cannot embed: the vectors were made elsewhere, without a model; query by id or by vector",
      );
    default:
      throw new BrainError("invalid-argument", `Cannot load ${String(spec satisfies never)}`);
  }
}

function builtinModel(spec: ModelSpec): EmbeddingModel {
  const threads = new ColorHogThreads();
  return {
    spec,
    fingerprint: fingerprintOf({ ...spec }),
    dim: colorHogDim,
    modalities: { image: true, text: false },
    normalize: true,
    embedImages: (images, { signal } = {}) => threads.describe(images, signal),
    embedTexts: async () => {
      throw new BrainError("prompts-unsupported", "Cannot embed texts: color-hog-v1 takes images");
    },
    close: () => threads.close(),
  };
}
