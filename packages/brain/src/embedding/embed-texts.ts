import { createHash } from "node:crypto";
import { BrainError } from "../base/brain-error.ts";
import { type LongOperationOptions, throwIfCancelled } from "../base/progress.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { EmbeddingModel } from "../models/embedding-model.ts";
import type { SampleCollection } from "../view/sample-collection.ts";
import type { EmbeddedBatch, EmbeddedTarget } from "./embed-images.ts";
import { cacheKeyOf, type EmbeddingCache } from "./embedding-cache.ts";

export interface EmbedTextsOptions extends LongOperationOptions {
  readonly cache?: EmbeddingCache | undefined;
}

const what = "Computing embeddings";
/** How many texts are looked for among those remembered, and embedded, at a time. */
const chunkSize = 256;

/**
 * Embeds the texts that samples have in a field. Samples without a text, or with a blank one, have no
 * vector.
 *
 * @throws {BrainError} `model-failed` for a model without a text side; `field-not-found`,
 * `field-type-mismatch`; `cancelled`.
 */
export async function* embedTexts(
  samples: SampleCollection<Dataset>,
  model: EmbeddingModel,
  textField: string,
  options: EmbedTextsOptions = {},
): AsyncGenerator<EmbeddedBatch> {
  if (!model.modalities.text) {
    throw new BrainError(
      "model-failed",
      `Cannot embed the texts of "${textField}": this model embeds images only; name one with a text side, such as use-lite`,
      { details: { model: model.spec } },
    );
  }
  const { progress } = options;
  const texts = await textsOf(samples, textField);
  for (let start = 0; start < texts.length; start += chunkSize) {
    const chunk = texts.slice(start, start + chunkSize);
    yield { embedded: await embedChunk(chunk, model, options), failures: [] };
    progress?.({ done: start + chunk.length, total: texts.length });
  }
}

interface SampleText {
  readonly id: string;
  readonly text: string;
}

async function textsOf(
  samples: SampleCollection<Dataset>,
  textField: string,
): Promise<SampleText[]> {
  if (samples.isPatches) {
    throw new BrainError(
      "invalid-argument",
      `Cannot embed the texts of "${textField}" of patches: they are those of samples`,
      { details: { textField } },
    );
  }
  const ids = await samples.ids();
  const values: unknown[] = await samples.values(textField);
  return values.flatMap((value, i) => {
    if (value === null || value === undefined) return [];
    if (typeof value === "string") return value.trim() === "" ? [] : [{ id: ids[i], text: value }];
    throw new BrainError(
      "field-type-mismatch",
      `Cannot embed the texts of "${textField}": it has another value than a text`,
      { details: { textField, sampleId: ids[i] } },
    );
  });
}

async function embedChunk(
  texts: readonly SampleText[],
  model: EmbeddingModel,
  { cache, signal }: EmbedTextsOptions,
): Promise<EmbeddedTarget[]> {
  throwIfCancelled(signal, what);
  const { fingerprint } = model;
  const keys = new Map(
    texts.map(({ text }) => [text, cacheKeyOf({ ...ofText, fileHash: hashOf(text), fingerprint })]),
  );
  const cached = await cache?.get([...keys.values()]);
  const vectors = new Map<string, Float32Array>();
  for (const [text, key] of keys) {
    const vector = cached?.get(key);
    if (vector !== undefined) vectors.set(text, vector);
  }
  const missing = [...keys.keys()].filter((text) => !vectors.has(text));
  if (missing.length > 0) {
    const computed = await model.embedTexts(missing, signal === undefined ? {} : { signal });
    for (const [i, text] of missing.entries()) vectors.set(text, computed[i]);
    await cache?.put(new Map(missing.map((text, i) => [keys.get(text) ?? "", computed[i]])));
  }
  return texts.flatMap(({ id, text }) => {
    const vector = vectors.get(text);
    return vector === undefined ? [] : [{ id, sampleId: id, vector }];
  });
}

/** What a key of the cache has of pictures only. */
const ofText = { boxes: [], crop: {} };

/** No file's hash: those are hex digits only. */
function hashOf(text: string): string {
  return `text-${createHash("sha256").update(text).digest("hex")}`;
}
