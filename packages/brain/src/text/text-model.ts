/** Plain data that JSON can carry, and so that a database can keep beside the vectors. */
type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * Which model turns text into vectors, as plain data: a program can store the spec with the vectors
 * that the model made, and embed a question with the same model years later.
 */
export interface TextModelSpec {
  /** The name that a loader was registered under, see `registerTextModel`. */
  readonly kind: string;
  /** What else the loader of that kind wants to know. */
  readonly [option: string]: Json;
}

/** A model in memory. */
export interface TextModel {
  /** How many numbers each vector has. */
  readonly dim: number;
  /** The longest text, in UTF-16 units, that the model may be given. Longer ones arrive in pieces. */
  readonly textLengthMax: number;
  /** One vector per text, in order. No text is blank. Vectors need not have length one. */
  embed(texts: readonly string[]): Promise<readonly ArrayLike<number>[]>;
}

/** Makes the model that a spec describes. Called once per process and spec. */
export type TextModelLoader = (spec: TextModelSpec) => Promise<TextModel>;

export type TextModelErrorCode = "bad-output" | "kind-taken" | "kind-unknown" | "load-failed";

/** What can go wrong with a text model. */
export class TextModelError extends Error {
  override readonly name = "TextModelError";
  readonly code: TextModelErrorCode;

  constructor(code: TextModelErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
