import {
  type TextModel,
  TextModelError,
  type TextModelLoader,
  type TextModelSpec,
} from "./text-model.ts";
import { loadUseLite } from "./use-lite.ts";

/**
 * The model that is there after an install, without a network: Google's Universal Sentence Encoder
 * Lite, 512 dimensions, English.
 */
export const defaultTextModel: TextModelSpec = { kind: "use-lite" };

const loaders = new Map<string, TextModelLoader>([["use-lite", loadUseLite]]);
const loading = new Map<string, Promise<TextModel>>();

/**
 * Teaches `embedText` a new kind of model.
 *
 * @throws {TextModelError} `kind-taken` when the kind has a loader already.
 * @example
 * registerTextModel("my-service", async (spec) => ({
 *   dim: 384,
 *   textLengthMax: 2_000,
 *   embed: (texts) => askMyService(spec["url"], texts),
 * }));
 * await embedText("hello", { model: { kind: "my-service", url: "http://localhost:8080" } });
 */
export function registerTextModel(kind: string, loader: TextModelLoader): void {
  if (loaders.has(kind)) {
    throw new TextModelError(
      "kind-taken",
      `Cannot register the text model kind "${kind}": it has a loader already`,
    );
  }
  loaders.set(kind, loader);
}

/**
 * The model of a spec: loaded at the first call, the same one afterwards. A load that failed is
 * tried again at the next call.
 *
 * @throws {TextModelError} `kind-unknown`, or `load-failed` with the loader's error as its cause.
 */
export function loadTextModel(spec: TextModelSpec = defaultTextModel): Promise<TextModel> {
  const key = JSON.stringify(spec);
  let model = loading.get(key);
  if (model === undefined) {
    model = load(spec);
    loading.set(key, model);
    model.catch(() => loading.delete(key));
  }
  return model;
}

async function load(spec: TextModelSpec): Promise<TextModel> {
  const loader = loaders.get(spec.kind);
  if (loader === undefined) {
    const known = [...loaders.keys()].map((kind) => `"${kind}"`).join(", ");
    throw new TextModelError(
      "kind-unknown",
      `Cannot load a text model of kind "${spec.kind}": known are ${known}, others after registerTextModel()`,
    );
  }
  try {
    return await loader(spec);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TextModelError(
      "load-failed",
      `Cannot load the text model ${JSON.stringify(spec)}: ${reason}`,
      { cause },
    );
  }
}
