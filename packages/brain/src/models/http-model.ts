import { encodePng } from "../media/resize-image.ts";
import type { RgbImage } from "../media/rgb-image.ts";
import { checkVectors } from "./check-vectors.ts";
import type { EmbeddingModel, EmbedOptions, ModelContext } from "./embedding-model.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { requestModel, secretOf } from "./model-request.ts";
import type { HttpModelSpec } from "./model-spec.ts";
import { onePixel } from "./one-pixel.ts";

const batchSizeDefault = 16;

/**
 * A model behind a URL. It is posted `{ "images": [base64 of a PNG, ...] }` or `{ "texts": [...] }`,
 * and answers `{ "embeddings": [[number, ...], ...] }`; the spec's `names` change the three names.
 */
export async function loadHttpModel(
  spec: HttpModelSpec,
  { environment, signal }: ModelContext,
): Promise<EmbeddingModel> {
  const { url, headersEnv = {}, names = {}, normalize = false } = spec;
  const modalities = spec.modalities ?? { image: true, text: true };
  const batchSize = spec.batchSize ?? batchSizeDefault;
  let dim = spec.dim;

  const embed = async (
    items: readonly string[],
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<Float32Array[]> => {
    const headers: Record<string, string> = {};
    for (const [header, variable] of Object.entries(headersEnv)) {
      headers[header] = secretOf(variable, environment);
    }
    const vectors: Float32Array[] = [];
    for (let start = 0; start < items.length; start += batchSize) {
      const batch = items.slice(start, start + batchSize);
      const answer = await requestModel({ url, headers, body: { [name]: batch }, signal });
      const found = memberAt(answer, names.embeddings ?? "embeddings");
      vectors.push(...checkVectors(found, { from: url, count: batch.length, dim, normalize }));
    }
    return vectors;
  };
  const embedImages = async (images: readonly RgbImage[], options: EmbedOptions = {}) => {
    const files = await Promise.all(images.map(encodePng));
    const items = files.map((file) => Buffer.from(file).toString("base64"));
    return await embed(items, names.images ?? "images", options.signal);
  };
  const embedTexts = (texts: readonly string[], options: EmbedOptions = {}) =>
    embed(texts, names.texts ?? "texts", options.signal);

  if (dim === undefined) {
    const options = signal === undefined ? {} : { signal };
    const [probe] = await (modalities.image
      ? embedImages([onePixel], options)
      : embedTexts(["a"], options));
    dim = probe.length;
  }
  const fingerprint = fingerprintOf({ kind: spec.kind, url, names, normalize, dim });
  return { spec, fingerprint, dim, modalities, normalize, embedImages, embedTexts, close };
}

/** There is nothing to free: each request has its own connection, which `fetch` pools. */
async function close(): Promise<void> {}

/** The member of an answer that a path with dots leads to, or undefined. */
function memberAt(answer: unknown, path: string): unknown {
  let value = answer;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = new Map(Object.entries(value)).get(name);
  }
  return value;
}
