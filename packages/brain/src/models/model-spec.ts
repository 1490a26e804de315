import { BrainError } from "../base/brain-error.ts";
import type { ResizeOptions } from "../media/resize-image.ts";

/** How an image becomes the numbers that a network takes. Defaults are CLIP's. */
export interface Preprocess {
  /** Side of the square input in pixels. Default 224. */
  readonly size?: number;
  /** Default "cover": the shorter side is resized to `size`, then the centre is cut out. */
  readonly fit?: "cover" | "stretch";
  readonly resample?: NonNullable<ResizeOptions["resample"]>;
  /** Subtracted from each channel, which goes from 0 to 1. */
  readonly mean?: readonly [red: number, green: number, blue: number];
  /** Each channel is divided by it. */
  readonly std?: readonly [red: number, green: number, blue: number];
  /** Default "nchw": all of red, all of green, all of blue. */
  readonly layout?: "nchw" | "nhwc";
}

/** A model that comes with the package: `color-hog-v1` for images, `use-lite` for texts. */
export interface BuiltinModelSpec {
  readonly kind: "builtin";
  readonly name: string;
}

/** ONNX files, run by `onnxruntime-node`. */
export interface OnnxModelSpec {
  readonly kind: "onnx";
  /** Path of the image network. */
  readonly vision?: string;
  /** Path of the text network, with `tokenizer`. */
  readonly text?: string;
  /** Path of a `tokenizer.json`, as Hugging Face has them. */
  readonly tokenizer?: string;
  /** The text network's fixed number of tokens. Default 77, CLIP's. */
  readonly contextLength?: number;
  readonly preprocess?: Preprocess;
  /** Names of inputs; default: the networks' first input, and CLIP's names for tokens. */
  readonly inputs?: { readonly image?: string; readonly tokens?: string; readonly mask?: string };
  /** Names of outputs. Default: `image_embeds` and `text_embeds`, or else the first output. */
  readonly outputs?: { readonly image?: string; readonly text?: string };
  /** Whether vectors are scaled to length one. Default false. */
  readonly normalize?: boolean;
}

/** A model of the Hugging Face hub, run by `@huggingface/transformers`. */
export interface TransformersModelSpec {
  readonly kind: "transformers";
  /** Such as "Xenova/clip-vit-base-patch32". */
  readonly id: string;
  /** Precision of the weights: fp32 (default), fp16, q8, int8, uint8, q4, bnb4 or q4f16. */
  readonly dtype?: string;
  readonly revision?: string;
  /** A folder with models as `<id>/...`; then nothing is downloaded. */
  readonly localPath?: string;
  /** Where downloads are kept. Default: the library's own place. */
  readonly cachePath?: string;
  readonly normalize?: boolean;
}

/** An HTTP service that takes `{ images }` or `{ texts }` and answers `{ embeddings }`. */
export interface HttpModelSpec {
  readonly kind: "http";
  readonly url: string;
  /** Headers by the names of environment variables that hold their values, which are never stored. */
  readonly headersEnv?: Readonly<Record<string, string>>;
  /** What the service embeds. Default both. */
  readonly modalities?: { readonly image: boolean; readonly text: boolean };
  /** The most items in one request. Default 16. */
  readonly batchSize?: number;
  /** Names in the request and the answer; `embeddings` may be a path with dots. */
  readonly names?: {
    readonly images?: string;
    readonly texts?: string;
    readonly embeddings?: string;
  };
  /** Length of the vectors. Default: learnt by one request when the model is loaded. */
  readonly dim?: number;
  readonly normalize?: boolean;
}

/** A service with OpenAI's `/embeddings`. */
export interface OpenAiModelSpec {
  readonly kind: "openai";
  /** Up to the version, such as "https://api.openai.com/v1". */
  readonly baseUrl: string;
  readonly model: string;
  /** Name of the environment variable with the key, which is never stored. Default: no key is sent. */
  readonly apiKeyEnv?: string;
  /** How the service takes images: as data URLs in `input`, or not at all (default). */
  readonly imageInput?: "data_url" | "none";
  /** Asks the service for shorter vectors. */
  readonly dimensions?: number;
  readonly batchSize?: number;
  readonly normalize?: boolean;
}

/** No model: vectors come from elsewhere, and queries are vectors or ids. */
export interface PrecomputedModelSpec {
  readonly kind: "precomputed";
}

/** Which model, as plain data: it is stored with what the model made, so prompts work in years. */
export type ModelSpec =
  | BuiltinModelSpec
  | HttpModelSpec
  | OnnxModelSpec
  | OpenAiModelSpec
  | PrecomputedModelSpec
  | TransformersModelSpec;

/** The model that is used when none is named: no download, no network. */
export const defaultModel = "color-hog-v1";

/** The model for texts when none is named: English, and in the package too. */
export const defaultTextModelName = "use-lite";

const clip = { kind: "transformers", id: "Xenova/clip-vit-base-patch32" } as const;

/** Short names of models. */
export const namedModels: Readonly<Record<string, ModelSpec>> = {
  "color-hog-v1": { kind: "builtin", name: "color-hog-v1" },
  "use-lite": { kind: "builtin", name: "use-lite" },
  "clip-vit-base32": clip,
  // The name by which FiftyOne's documents call the same network.
  "clip-vit-base32-torch": clip,
  "clip-vit-base16": { kind: "transformers", id: "Xenova/clip-vit-base-patch16" },
  "clip-vit-large14": { kind: "transformers", id: "Xenova/clip-vit-large-patch14" },
  "siglip-base16": { kind: "transformers", id: "Xenova/siglip-base-patch16-224" },
  "dinov2-small": { kind: "transformers", id: "Xenova/dinov2-small" },
  "dinov2-base": { kind: "transformers", id: "Xenova/dinov2-base" },
};

const memberNames: { readonly [Kind in ModelSpec["kind"]]: readonly string[] } = {
  builtin: ["name"],
  onnx: [
    "vision",
    "text",
    "tokenizer",
    "contextLength",
    "preprocess",
    "inputs",
    "outputs",
    "normalize",
  ],
  transformers: ["id", "dtype", "revision", "localPath", "cachePath", "normalize"],
  http: ["url", "headersEnv", "modalities", "batchSize", "names", "dim", "normalize"],
  openai: ["baseUrl", "model", "apiKeyEnv", "imageInput", "dimensions", "batchSize", "normalize"],
  precomputed: [],
};

const requiredNames: { readonly [Kind in ModelSpec["kind"]]: readonly string[] } = {
  builtin: ["name"],
  onnx: [],
  transformers: ["id"],
  http: ["url"],
  openai: ["baseUrl", "model"],
  precomputed: [],
};

/**
 * The spec of a model given by name or by spec. A wrong name, kind or member is refused here, before
 * anything is loaded or stored.
 *
 * @throws {BrainError} `model-not-found` or `invalid-argument`.
 */
export function modelSpecOf(model: string | ModelSpec): ModelSpec {
  if (typeof model === "string") {
    const named = Object.hasOwn(namedModels, model) ? namedModels[model] : undefined;
    if (named !== undefined) return named;
    const known = Object.keys(namedModels).join(", ");
    throw new BrainError(
      "model-not-found",
      `Cannot find a model named "${model}": known are ${known}; give any other model as a spec, such as { kind: "onnx", vision: "model.onnx" }`,
      { details: { model } },
    );
  }
  checkSpec(model);
  return model;
}

function checkSpec(spec: ModelSpec): void {
  const fail = (reason: string): never => {
    throw new BrainError("invalid-argument", `Cannot use this model spec: ${reason}`, {
      details: { kind: spec.kind },
    });
  };
  if (!Object.hasOwn(memberNames, spec.kind)) {
    fail(`unknown kind "${spec.kind}"; known are ${Object.keys(memberNames).join(", ")}`);
  }
  const known = memberNames[spec.kind];
  for (const name of Object.keys(spec)) {
    if (name === "kind" || known.includes(name)) continue;
    fail(`kind "${spec.kind}" has no member "${name}"; it has ${known.join(", ") || "none"}`);
  }
  const members: ReadonlyMap<string, unknown> = new Map(Object.entries(spec));
  for (const name of requiredNames[spec.kind]) {
    const value = members.get(name);
    if (typeof value !== "string" || value === "") fail(`"${name}" must be a string`);
  }
  if (spec.kind === "builtin" && ![defaultModel, defaultTextModelName].includes(spec.name)) {
    fail(
      `there is no built-in model "${spec.name}", only "${defaultModel}" and "${defaultTextModelName}"`,
    );
  }
  if (spec.kind !== "onnx") return;
  if (spec.vision === undefined && spec.text === undefined) fail('"vision" or "text" is required');
  if ((spec.text === undefined) !== (spec.tokenizer === undefined)) {
    fail('"text" and "tokenizer" go together');
  }
}
