import { BrainError } from "../base/brain-error.ts";
import { colorHog, colorHogDim } from "./color-hog.ts";
import type { EmbeddingModel, ModelContext } from "./embedding-model.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { type ModelSpec, modelSpecOf } from "./model-spec.ts";

/**
 * Loads a model by its name or spec. What a kind needs beyond this package is loaded only now.
 *
 * @throws {BrainError} `model-not-found`, `invalid-argument`, `dependency-missing` or `model-failed`.
 * @example
 * const model = await loadModel("color-hog-v1", { environment: {} });
 */
export async function loadModel(
  model: string | ModelSpec,
  context: ModelContext,
): Promise<EmbeddingModel> {
  const spec = modelSpecOf(model);
  switch (spec.kind) {
    case "builtin":
      return builtinModel(spec);
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
  return {
    spec,
    fingerprint: fingerprintOf({ ...spec }),
    dim: colorHogDim,
    modalities: { image: true, text: false },
    normalize: true,
    embedImages: async (images) => images.map(colorHog),
    embedTexts: async () => {
      throw new BrainError("prompts-unsupported", "Cannot embed texts: color-hog-v1 takes images");
    },
    close: async () => {},
  };
}
