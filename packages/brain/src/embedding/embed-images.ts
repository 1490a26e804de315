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

/** What messages call it. */
const what = "Computing embeddings";
const batchSizeDefault = 16;
/** How many vectors are looked for at a time among those remembered: each look takes a millisecond. */
const lookupSize = 256;
/** How many files are read at a time. */
const readsMax = 8;
/** Decoded images take megabytes each: so many are in memory whole at a time. */
const decodesMax = 4;
/** The longer side of what a model is given: networks take a few hundred pixels. */
const sideMax = 1_024;

/**
 * Embeds images and parts of images. What is remembered is asked for many at a time; the rest goes to
 * the model batch by batch, and only as many images are in memory as a batch has.
 *
 * @throws {BrainError} `cancelled`; `model-failed`; and what is wrong with an image if `skipFailures` is
 * false.
 */
export async function* embedImages(
  targets: AsyncIterable<EmbedTarget> | Iterable<EmbedTarget>,
  model: EmbeddingModel,
  options: EmbedImagesOptions = {},
): AsyncGenerator<EmbeddedBatch> {
  const { batchSize = batchSizeDefault, progress, total } = options;
  let done = 0;
  const advance = (count: number): void => {
    if (count === 0) return;
    done += count;
    progress?.({ done, ...(total === undefined ? {} : { total }) });
  };
  let chunk: EmbedTarget[] = [];
  for await (const target of targets) {
    chunk.push(target);
    if (chunk.length < Math.max(batchSize, lookupSize)) continue;
    yield await embedChunk(chunk, model, options, advance);
    chunk = [];
  }
  if (chunk.length > 0) yield await embedChunk(chunk, model, options, advance);
}

/** A target whose pictures are still to be embedded. */
interface Prepared {
  readonly target: EmbedTarget;
  readonly images: readonly RgbImage[];
}

/** Takes note that a target has no vector, or throws where that is no reason to go on. */
type FailureListener = (target: EmbedTarget, error: unknown) => void;

async function embedChunk(
  targets: readonly EmbedTarget[],
  model: EmbeddingModel,
  options: EmbedImagesOptions,
  advance: (count: number) => void,
): Promise<EmbeddedBatch> {
  const { batchSize = batchSizeDefault, cache, skipFailures = true, signal } = options;
  const failed = new Map<EmbedTarget, EmbedFailure>();
  const fail: FailureListener = (target, error) => {
    if (!skipFailures || !isBrainError(error) || !skippable.has(error.code)) throw error;
    const { id, sampleId, filepath } = target;
    failed.set(target, { id, sampleId, filepath, reason: messageOf(error) });
  };
  throwIfCancelled(signal, what);
  const keys = cache === undefined ? undefined : await keysOf(targets, model, options, fail);
  const cached = await cache?.get([...(keys?.values() ?? [])]);
  const vectors = new Map<EmbedTarget, Float32Array>();
  const missing: EmbedTarget[] = [];
  for (const target of targets) {
    const vector = cached?.get(keys?.get(target) ?? "");
    if (vector !== undefined) vectors.set(target, vector);
    else if (!failed.has(target)) missing.push(target);
  }
  advance(targets.length - missing.length);

  for (let start = 0; start < missing.length; start += batchSize) {
    const batch = missing.slice(start, start + batchSize);
    const prepared = await prepare(batch, options, fail);
    const computed = await embedPrepared(prepared, model, signal);
    for (const [target, vector] of computed) vectors.set(target, vector);
    await cache?.put(
      new Map([...computed].map(([target, vector]) => [keys?.get(target) ?? "", vector])),
    );
    advance(batch.length);
  }
  const embedded = targets.flatMap((target) => {
    const vector = vectors.get(target);
    return vector === undefined ? [] : [{ id: target.id, sampleId: target.sampleId, vector }];
  });
  return { embedded, failures: targets.flatMap((target) => failed.get(target) ?? []) };
}

/** Under which keys the vectors of the targets are remembered. */
async function keysOf(
  targets: readonly EmbedTarget[],
  { fingerprint }: EmbeddingModel,
  { alpha = 0, forceSquare = false, signal }: EmbedImagesOptions,
  fail: FailureListener,
): Promise<Map<EmbedTarget, string>> {
  const crop = { alpha, forceSquare };
  const keys = new Map<EmbedTarget, string>();
  await forEachConcurrently([...groupByFile(targets)], readsMax, async ([filepath, ofFile]) => {
    throwIfCancelled(signal, what);
    try {
      const fileHash = await hashFile(filepath);
      for (const target of ofFile) {
        keys.set(target, cacheKeyOf({ fileHash, fingerprint, boxes: target.boxes, crop }));
      }
    } catch (error) {
      for (const target of ofFile) fail(target, error);
    }
  });
  return keys;
}

/** The pictures of the targets, each image decoded once. */
async function prepare(
  targets: readonly EmbedTarget[],
  options: EmbedImagesOptions,
  fail: FailureListener,
): Promise<Prepared[]> {
  const prepared: Prepared[] = [];
  await forEachConcurrently([...groupByFile(targets)], decodesMax, async ([filepath, ofFile]) => {
    throwIfCancelled(options.signal, what);
    try {
      const image = await decodeImage(filepath);
      for (const target of ofFile) {
        try {
          prepared.push({ target, images: await picturesOf(target, image, options) });
        } catch (error) {
          fail(target, error);
        }
      }
    } catch (error) {
      for (const target of ofFile) fail(target, error);
    }
  });
  return prepared;
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
): Promise<Map<EmbedTarget, Float32Array>> {
  const images = prepared.flatMap((each) => each.images);
  if (images.length === 0) return new Map();
  const vectors = await model.embedImages(images, signal === undefined ? {} : { signal });
  const result = new Map<EmbedTarget, Float32Array>();
  let next = 0;
  for (const { target, images } of prepared) {
    result.set(target, meanVector(vectors.slice(next, next + images.length)));
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
