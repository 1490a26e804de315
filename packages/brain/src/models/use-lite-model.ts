import { BrainError } from "../base/brain-error.ts";
import { embedText } from "../text/embed-text.ts";
import { loadTextModel } from "../text/text-model-registry.ts";
import type { EmbeddingModel } from "./embedding-model.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { ModelSpec } from "./model-spec.ts";

const textModel = { kind: "use-lite" };

/**
 * The built-in text model: the Universal Sentence Encoder Lite, English, with its weights in the
 * package. It knows nothing of images.
 *
 * @throws {BrainError} `model-failed` when it can't be loaded.
 */
export async function loadUseLiteModel(spec: ModelSpec): Promise<EmbeddingModel> {
  let dim: number;
  try {
    ({ dim } = await loadTextModel(textModel));
  } catch (cause) {
    throw new BrainError("model-failed", "Cannot load the text model use-lite", { cause });
  }
  return {
    spec,
    fingerprint: fingerprintOf({ ...spec }),
    dim,
    modalities: { image: false, text: true },
    normalize: true,
    embedImages: async () => {
      throw new BrainError("model-failed", "Cannot embed images: use-lite takes texts");
    },
    embedTexts: async (texts, { signal } = {}) =>
      await embedText(texts, { model: textModel, ...(signal === undefined ? {} : { signal }) }),
    // The process keeps the model: others may use it.
    close: async () => {},
  };
}
