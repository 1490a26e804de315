import { BrainError } from "../base/brain-error.ts";
import { encodePng } from "../media/resize-image.ts";
import type { RgbImage } from "../media/rgb-image.ts";
import { checkVectors } from "./check-vectors.ts";
import type { EmbeddingModel, EmbedOptions, ModelContext } from "./embedding-model.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { requestModel, secretOf } from "./model-request.ts";
import type { OpenAiModelSpec } from "./model-spec.ts";

const batchSizeDefault = 64;

/** A model behind an `/embeddings` endpoint as OpenAI has it. */
export async function loadOpenAiModel(
  spec: OpenAiModelSpec,
  { environment, signal }: ModelContext,
): Promise<EmbeddingModel> {
  const { baseUrl, model, apiKeyEnv, dimensions, imageInput = "none", normalize = false } = spec;
  const url = `${baseUrl.replace(/\/+$/, "")}/embeddings`;
  const batchSize = spec.batchSize ?? batchSizeDefault;
  let dim = dimensions;

  const embed = async (
    items: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<Float32Array[]> => {
    const headers: Record<string, string> =
      apiKeyEnv === undefined
        ? {}
        : { authorization: `Bearer ${secretOf(apiKeyEnv, environment)}` };
    const vectors: Float32Array[] = [];
    for (let start = 0; start < items.length; start += batchSize) {
      const input = items.slice(start, start + batchSize);
      const body = {
        model,
        input,
        encoding_format: "float",
        ...(dimensions === undefined ? {} : { dimensions }),
      };
      const lists = embeddingsOf(await requestModel({ url, headers, body, signal }), url);
      vectors.push(...checkVectors(lists, { from: url, count: input.length, dim, normalize }));
    }
    return vectors;
  };
  const embedTexts = (texts: readonly string[], options: EmbedOptions = {}) =>
    embed(texts, options.signal);
  const embedImages = async (images: readonly RgbImage[], options: EmbedOptions = {}) => {
    const files = await Promise.all(images.map(encodePng));
    const items = files.map(
      (file) => `data:image/png;base64,${Buffer.from(file).toString("base64")}`,
    );
    return await embed(items, options.signal);
  };

  if (dim === undefined) {
    const [probe] = await embedTexts(["a"], signal === undefined ? {} : { signal });
    dim = probe.length;
  }
  return {
    spec,
    fingerprint: fingerprintOf({ kind: spec.kind, baseUrl, model, dim, normalize }),
    dim,
    modalities: { image: imageInput === "data_url", text: true },
    normalize,
    embedImages,
    embedTexts,
    close,
  };
}

/** There is nothing to free. */
async function close(): Promise<void> {}

/** The vectors of `{ data: [{ index, embedding }] }`, in the order of `index`. */
function embeddingsOf(answer: unknown, url: string): unknown[] {
  const data = propertyOf(answer, "data");
  if (!Array.isArray(data)) {
    throw new BrainError("model-failed", `${url} answered no "data", as OpenAI's services do`, {
      details: { url },
    });
  }
  const ordered: unknown[] = new Array(data.length).fill(undefined);
  for (const [i, item] of data.entries()) {
    const index = propertyOf(item, "index");
    ordered[typeof index === "number" ? index : i] = propertyOf(item, "embedding");
  }
  return ordered;
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? new Map(Object.entries(value)).get(name)
    : undefined;
}
