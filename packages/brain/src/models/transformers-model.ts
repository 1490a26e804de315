import { BrainError, messageOf } from "../base/brain-error.ts";
import type { RgbImage } from "../media/rgb-image.ts";
import { checkVectors } from "./check-vectors.ts";
import type { EmbeddingModel, ModelContext } from "./embedding-model.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { TransformersModelSpec } from "./model-spec.ts";
import { onePixel } from "./one-pixel.ts";
import { loadOptionalPeer } from "./optional-peer.ts";

// The parts of `@huggingface/transformers` that are used, as its own types have them.
interface Transformers {
  readonly env: { localModelPath: string };
  readonly RawImage: new (
    data: Uint8Array,
    width: number,
    height: number,
    channels: number,
  ) => unknown;
  readonly AutoConfig: Loadable<{ readonly model_type: string }>;
  readonly AutoProcessor: Loadable<(images: readonly unknown[]) => Promise<object>>;
  readonly AutoTokenizer: Loadable<(texts: readonly string[], options: object) => object>;
  readonly AutoModel: Loadable<Network>;
  readonly CLIPVisionModelWithProjection: Loadable<Network>;
  readonly CLIPTextModelWithProjection: Loadable<Network>;
  readonly SiglipVisionModel: Loadable<Network>;
  readonly SiglipTextModel: Loadable<Network>;
}
interface Loadable<T> {
  from_pretrained(id: string, options: object): Promise<T>;
}
interface Network {
  (inputs: object): Promise<Readonly<Record<string, NetworkTensor | undefined>>>;
  dispose(): Promise<unknown>;
}
interface NetworkTensor {
  readonly data: unknown;
  readonly dims: readonly number[];
}

/** How a family of models is made of two networks. */
interface Family {
  readonly vision: Loadable<Network>;
  readonly text?: Loadable<Network>;
  /** Which fill-up the text side was trained with. */
  readonly padding?: true | "max_length";
}

/** Output names, the one that is best for comparing first. */
const outputNames = ["image_embeds", "text_embeds", "pooler_output", "last_hidden_state"] as const;

/** A model of the Hugging Face hub, or of a folder that has one in the same layout. */
export async function loadTransformersModel(
  spec: TransformersModelSpec,
  { onDownload, signal }: ModelContext,
): Promise<EmbeddingModel> {
  const { id, normalize = false } = spec;
  const library = loadOptionalPeer(
    "@huggingface/transformers",
    `the model "${id}"`,
  ) as Transformers;
  // The library has one such setting for all models.
  if (spec.localPath !== undefined) library.env.localModelPath = spec.localPath;
  const options = loadOptions(spec, onDownload);
  const load = async <T>(loadable: Loadable<T>): Promise<T> => {
    signal?.throwIfAborted();
    try {
      return await loadable.from_pretrained(id, options);
    } catch (cause) {
      throw loadFailure(spec, cause);
    }
  };
  const { model_type: modelType } = await load(library.AutoConfig);
  const family = familyOf(modelType, library);
  const processor = await load(library.AutoProcessor);
  const vision = await load(family.vision);
  const text = family.text === undefined ? undefined : await load(family.text);
  const tokenizer = text === undefined ? undefined : await load(library.AutoTokenizer);

  const embedImages = async (images: readonly RgbImage[]): Promise<Float32Array[]> => {
    const raws = images.map(
      ({ data, width, height }) => new library.RawImage(data, width, height, 3),
    );
    const rows = rowsOf(await vision(await processor(raws)), id);
    return checkVectors(rows, { from: id, count: images.length, dim: undefined, normalize });
  };
  const embedTexts = async (texts: readonly string[]): Promise<Float32Array[]> => {
    if (text === undefined || tokenizer === undefined) {
      throw new BrainError("model-failed", `Cannot embed texts: "${id}" takes images only`);
    }
    const inputs = tokenizer(texts, { padding: family.padding ?? true, truncation: true });
    const rows = rowsOf(await text(inputs), id);
    return checkVectors(rows, { from: id, count: texts.length, dim: undefined, normalize });
  };
  const [probe] = await embedImages([onePixel]);
  const { dtype = "fp32", revision = "main" } = spec;
  return {
    spec,
    fingerprint: fingerprintOf({ kind: spec.kind, id, dtype, revision, normalize }),
    dim: probe.length,
    modalities: { image: true, text: text !== undefined },
    normalize,
    embedImages,
    embedTexts,
    close: async () => {
      await Promise.all([vision.dispose(), text?.dispose()]);
    },
  };
}

function loadOptions(
  { dtype = "fp32", revision, cachePath, localPath }: TransformersModelSpec,
  onDownload: ModelContext["onDownload"],
): object {
  const report = (event: Readonly<Record<string, unknown>>) => {
    const { status, file, loaded, total } = event;
    if (status !== "progress" || typeof file !== "string") return;
    onDownload?.({ file, done: Number(loaded), total: Number(total) });
  };
  return {
    dtype,
    ...(revision === undefined ? {} : { revision }),
    ...(cachePath === undefined ? {} : { cache_dir: cachePath }),
    ...(localPath === undefined ? {} : { local_files_only: true }),
    ...(onDownload === undefined ? {} : { progress_callback: report }),
  };
}

function familyOf(modelType: string, library: Transformers): Family {
  if (modelType === "clip") {
    return {
      vision: library.CLIPVisionModelWithProjection,
      text: library.CLIPTextModelWithProjection,
    };
  }
  if (modelType === "siglip") {
    return {
      vision: library.SiglipVisionModel,
      text: library.SiglipTextModel,
      padding: "max_length",
    };
  }
  return { vision: library.AutoModel };
}

/** The rows of the best output there is: of `[count, tokens, dim]`, those of the class token. */
function rowsOf(
  outputs: Readonly<Record<string, NetworkTensor | undefined>>,
  id: string,
): Float32Array[] {
  for (const name of outputNames) {
    const tensor = outputs[name];
    if (tensor === undefined || !(tensor.data instanceof Float32Array)) continue;
    const { data, dims } = tensor;
    const dim = dims[dims.length - 1];
    const step = dims.length === 3 ? dims[1] * dim : dim;
    return Array.from({ length: dims[0] }, (_, row) => data.slice(row * step, row * step + dim));
  }
  throw new BrainError(
    "model-failed",
    `Cannot embed with "${id}": it answered ${Object.keys(outputs).join(", ")}, none of which is ${outputNames.join(", ")}`,
    { details: { id } },
  );
}

function loadFailure({ id, localPath }: TransformersModelSpec, cause: unknown): BrainError {
  const remedy =
    localPath === undefined
      ? "check the id and the network, or download the model and give its folder as localPath"
      : `its files are expected in ${localPath}/${id}`;
  return new BrainError(
    "model-failed",
    `Cannot load the model "${id}": ${messageOf(cause)}; ${remedy}`,
    { details: { id }, cause },
  );
}
