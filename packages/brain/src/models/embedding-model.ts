import type { RgbImage } from "../media/rgb-image.ts";
import type { ModelSpec } from "./model-spec.ts";

/** What a model can embed. */
export interface Modalities {
  readonly image: boolean;
  readonly text: boolean;
}

export interface EmbedOptions {
  readonly signal?: AbortSignal;
}

/** A model that is ready to embed. */
export interface EmbeddingModel {
  readonly spec: ModelSpec;
  /** The same for two models only if they make the same vectors: vectors of others don't compare. */
  readonly fingerprint: string;
  /** How many numbers each vector has. */
  readonly dim: number;
  readonly modalities: Modalities;
  /** Whether every vector has length one. */
  readonly normalize: boolean;
  /** One vector an image, in order. Only called when `modalities.image`. */
  embedImages(images: readonly RgbImage[], options?: EmbedOptions): Promise<Float32Array[]>;
  /** One vector a text, in order. Only called when `modalities.text`. */
  embedTexts(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array[]>;
  /** Frees what the model holds. Idempotent. */
  close(): Promise<void>;
}

/** What making a model takes from outside. */
export interface ModelContext {
  /** Values of environment variables, which specs name. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Is told how far a download is. */
  readonly onDownload?: (progress: {
    readonly file: string;
    readonly done: number;
    readonly total: number;
  }) => void;
  readonly signal?: AbortSignal;
}
