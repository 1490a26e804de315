import { type BrainErrorCode, isBrainError, messageOf } from "../base/brain-error.ts";
import { type LongOperationOptions, throwIfCancelled } from "../base/progress.ts";
import { type CropOptions, cropPatch } from "../media/crop-patch.ts";
import { decodeImage } from "../media/decode-image.ts";
import { hashFile } from "../media/file-content.ts";
import { boundImage } from "../media/resize-image.ts";
import type { RgbImage } from "../media/rgb-image.ts";
import type { EmbeddingModel } from "../models/embedding-model.ts";
import type { EmbedTarget } from "./embed-target.ts";
import { cacheKeyOf, type EmbeddingCache } from "./embedding-cache.ts";

/** A target and its vector. */
export interface EmbeddedTarget {
  readonly id: string;
  readonly sampleId: string;
  readonly vector: Float32Array;
}

/** A target that has no vector, and why. */
export interface EmbedFailure {
  readonly id: string;
  readonly sampleId: string;
  readonly filepath: string;
  readonly reason: string;
}

export interface EmbedImagesOptions extends CropOptions, LongOperationOptions {
  /** How many targets go on at a time. Default 16. */
  readonly batchSize?: number | undefined;
  /** Whether unreadable images and boxes are passed over, and listed. Default true. */
  readonly skipFailures?: boolean | undefined;
  /** Default: nothing is remembered. */
  readonly cache?: EmbeddingCache | undefined;
  /** How many targets there are, for `progress`. */
  readonly total?: number | undefined;
}

/** The vectors of a batch, and what has none. */
export interface EmbeddedBatch {
  readonly embedded: readonly EmbeddedTarget[];
  readonly failures: readonly EmbedFailure[];
}

/** What is wrong with one image or box, rather than with the model or the dataset. */
const skippable: ReadonlySet<BrainErrorCode> = new Set([
  "file-not-found",
  "file-unreadable",
  "value-invalid",
]);

const batchSizeDefault = 16;
/** Decoded images take megabytes each: so many are in memory whole at a time. */
const decodesMax = 4;
/** The longer side of what a model is given: networks take a few hundred pixels. */
const sideMax = 1_024;

/**
 * Embeds images and parts of images, batch by batch. Only as many are in memory as a batch has.
 *
 * @throws {BrainError} `cancelled`; `model-failed`; and what is wrong with an image if `skipFailures` is
 * false.
 */
export async function* embedImages(
  targets: AsyncIterable<EmbedTarget> | Iterable<EmbedTarget>,
  model: EmbeddingModel,
  options: EmbedImagesOptions = {},
): AsyncGenerator<EmbeddedBatch> {
  const { batchSize = batchSizeDefault, signal, progress, total } = options;
  let done = 0;
  let batch: EmbedTarget[] = [];
  const flush = async (): Promise<EmbeddedBatch> => {
    throwIfCancelled(signal, "Computing embeddings");
    const result = await embedBatch(batch, model, options);
    done += batch.length;
    batch = [];
    progress?.({ done, ...(total === undefined ? {} : { total }) });
    return result;
  };
  for await (const target of targets) {
    batch.push(target);
    if (batch.length >= batchSize) yield await flush();
  }
  if (batch.length > 0) yield await flush();
}

/** A target whose pictures are still to be embedded. */
interface Prepared {
  readonly target: EmbedTarget;
  readonly key: string | undefined;
  readonly images: readonly RgbImage[];
}

async function embedBatch(
  targets: readonly EmbedTarget[],
  model: EmbeddingModel,
  options: EmbedImagesOptions,
): Promise<EmbeddedBatch> {
  const { cache, skipFailures = true, signal } = options;
  const failures: EmbedFailure[] = [];
  const vectors = new Map<string, Float32Array>();
  const prepared: Prepared[] = [];
  const fail = (target: EmbedTarget, error: unknown): void => {
    if (!skipFailures || !isBrainError(error) || !skippable.has(error.code)) throw error;
    const { id, sampleId, filepath } = target;
    failures.push({ id, sampleId, filepath, reason: messageOf(error) });
  };

  const files = [...groupByFile(targets)];
  await forEachConcurrently(files, decodesMax, async ([filepath, ofFile]) => {
    throwIfCancelled(signal, "Computing embeddings");
    try {
      const keys = await keysOf(filepath, ofFile, model, options);
      const cached = cache === undefined ? undefined : await cache.get([...keys.values()]);
      const missing = ofFile.filter(({ id }) => !cached?.has(keys.get(id) ?? ""));
      for (const { id } of ofFile) {
        const vector = cached?.get(keys.get(id) ?? "");
        if (vector !== undefined) vectors.set(id, vector);
      }
      if (missing.length === 0) return;
      const image = await decodeImage(filepath);
      for (const target of missing) {
        try {
          const images = await picturesOf(target, image, options);
          prepared.push({ target, key: keys.get(target.id), images });
        } catch (error) {
          fail(target, error);
        }
      }
    } catch (error) {
      for (const target of ofFile) fail(target, error);
    }
  });

  const computed = await embedPrepared(prepared, model, signal);
  const cacheable = new Map<string, Float32Array>();
  for (const { target, key } of prepared) {
    const vector = computed.get(target.id);
    if (vector === undefined) continue;
    vectors.set(target.id, vector);
    if (key !== undefined) cacheable.set(key, vector);
  }
  await cache?.put(cacheable);
  const embedded = targets.flatMap(({ id, sampleId }) => {
    const vector = vectors.get(id);
    return vector === undefined ? [] : [{ id, sampleId, vector }];
  });
  return { embedded, failures };
}

async function keysOf(
  filepath: string,
  targets: readonly EmbedTarget[],
  { fingerprint }: EmbeddingModel,
  { cache, alpha = 0, forceSquare = false }: EmbedImagesOptions,
): Promise<Map<string, string>> {
  if (cache === undefined) return new Map();
  const fileHash = await hashFile(filepath);
  const crop = { alpha, forceSquare };
  return new Map(
    targets.map(({ id, boxes }) => [id, cacheKeyOf({ fileHash, fingerprint, boxes, crop })]),
  );
}

async function picturesOf(
  { boxes }: EmbedTarget,
  image: RgbImage,
  { alpha, forceSquare }: EmbedImagesOptions,
): Promise<RgbImage[]> {
  const crop = {
    ...(alpha === undefined ? {} : { alpha }),
    ...(forceSquare === undefined ? {} : { forceSquare }),
  };
  const parts = boxes.length === 0 ? [image] : boxes.map((box) => cropPatch(image, box, crop));
  return await Promise.all(parts.map((part) => boundImage(part, sideMax)));
}

/** One vector a target: the mean, where it has several pictures. */
async function embedPrepared(
  prepared: readonly Prepared[],
  model: EmbeddingModel,
  signal: AbortSignal | undefined,
): Promise<Map<string, Float32Array>> {
  const images = prepared.flatMap((each) => each.images);
  if (images.length === 0) return new Map();
  const vectors = await model.embedImages(images, signal === undefined ? {} : { signal });
  const result = new Map<string, Float32Array>();
  let next = 0;
  for (const { target, images } of prepared) {
    result.set(target.id, meanVector(vectors.slice(next, next + images.length)));
    next += images.length;
  }
  return result;
}

/** The mean of one or more vectors of equal length. */
export function meanVector(vectors: readonly Float32Array[]): Float32Array {
  if (vectors.length === 1) return vectors[0];
  const mean = new Float32Array(vectors[0].length);
  for (const vector of vectors) {
    for (let d = 0; d < mean.length; d++) mean[d] += vector[d] / vectors.length;
  }
  return mean;
}

function groupByFile(targets: readonly EmbedTarget[]): Map<string, EmbedTarget[]> {
  const files = new Map<string, EmbedTarget[]>();
  for (const target of targets) {
    const group = files.get(target.filepath);
    if (group === undefined) files.set(target.filepath, [target]);
    else group.push(target);
  }
  return files;
}

/** Runs `work` for each item, so many at a time. The first rejection is the answer. */
async function forEachConcurrently<T>(
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
}
