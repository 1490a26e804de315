export { type EmbedTextOptions, embedText, splitText } from "./embed-text.ts";
export {
  type TextModel,
  TextModelError,
  type TextModelErrorCode,
  type TextModelLoader,
  type TextModelSpec,
} from "./text-model.ts";
export { defaultTextModel, registerTextModel } from "./text-model-registry.ts";
