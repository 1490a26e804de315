import { setImmediate as nextTurn } from "node:timers/promises";
import { type TextModel, TextModelError, type TextModelSpec } from "./text-model.ts";
import { loadTextModel } from "./text-model-registry.ts";

export interface EmbedTextOptions {
  /** Which model. Default: the Universal Sentence Encoder Lite, 512 dimensions. */
  readonly model?: TextModelSpec;
  /** How many texts the model gets at once. Default 16: more is not faster, and answers later. */
  readonly batchSize?: number;
  /** Called with the number of texts done so far, after each batch. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Stops between two batches; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A part of a text that fits the model. */
interface Piece {
  readonly textIndex: number;
  readonly text: string;
}

const BATCH_SIZE = 16;

/**
 * Turns text into vectors of length one, whose inner product says how alike two texts are.
 *
 * A text longer than the model takes is cut into pieces at white space; its vector is the mean of
 * theirs, weighted by length. A blank text gets the vector of a space. The model is loaded by the
 * first call and stays in memory.
 *
 * @throws {TextModelError} when the model cannot be loaded, or answers something else than vectors.
 * @throws {RangeError} when `batchSize` is not a whole number above 0.
 * @example
 * const [cat, kitten] = await embedText(["a cat", "a kitten"]);
 */
export function embedText(text: string, options?: EmbedTextOptions): Promise<Float32Array>;
export function embedText(
  texts: readonly string[],
  options?: EmbedTextOptions,
): Promise<Float32Array[]>;
export async function embedText(
  input: string | readonly string[],
  options: EmbedTextOptions = {},
): Promise<Float32Array | Float32Array[]> {
  if (typeof input !== "string") return await embedAll(input, options);
  const [vector] = await embedAll([input], options);
  return vector;
}

async function embedAll(
  texts: readonly string[],
  options: EmbedTextOptions,
): Promise<Float32Array[]> {
  const { batchSize = BATCH_SIZE, onProgress, signal } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`Cannot embed in batches of ${batchSize}: a batch has at least 1 text`);
  }
  signal?.throwIfAborted();
  const model = await loadTextModel(options.model);
  const sums = texts.map(() => new Float32Array(model.dim));
  const pieces = texts.flatMap((text, textIndex) =>
    splitText(text, model.textLengthMax).map((piece) => ({ textIndex, text: piece })),
  );
  const piecesLeft = new Uint32Array(texts.length);
  for (const piece of pieces) piecesLeft[piece.textIndex]++;
  // A batch costs as much as its longest text, so texts of about one length go together.
  pieces.sort((a, b) => b.text.length - a.text.length);

  let done = 0;
  for (let start = 0; start < pieces.length; start += batchSize) {
    signal?.throwIfAborted();
    const batch = pieces.slice(start, start + batchSize);
    await embedBatch(model, batch, sums);
    for (const piece of batch) {
      if (--piecesLeft[piece.textIndex] === 0) done++;
    }
    onProgress?.({ done, total: texts.length });
    // The model computes on this thread: let timers, sockets and signals have their turn.
    await nextTurn();
  }
  for (const sum of sums) normalize(sum);
  return sums;
}

async function embedBatch(
  model: TextModel,
  batch: readonly Piece[],
  sums: readonly Float32Array[],
): Promise<void> {
  const vectors = await model.embed(batch.map((piece) => piece.text));
  if (vectors.length !== batch.length) {
    throw new TextModelError(
      "bad-output",
      `Cannot embed ${batch.length} texts: the model answered ${vectors.length} vectors`,
    );
  }
  for (const [i, piece] of batch.entries()) {
    const vector = vectors[i];
    if (vector.length !== model.dim) {
      throw new TextModelError(
        "bad-output",
        `Cannot embed a text: the model answered a vector of dim ${vector.length}, expected ${model.dim}`,
      );
    }
    const sum = sums[piece.textIndex];
    for (let d = 0; d < sum.length; d++) sum[d] += vector[d] * piece.text.length;
  }
}

/**
 * Cuts a text into pieces of at most `lengthMax` (2 or more) UTF-16 units, at white space where
 * there is some. There is always a piece, and none is blank but that of a blank text.
 */
export function splitText(text: string, lengthMax: number): string[] {
  const pieces: string[] = [];
  let rest = text.trim();
  while (rest.length > lengthMax) {
    const space = rest.slice(0, lengthMax + 1).search(/\s\S*$/);
    const end = space > 0 ? space : endOfCharacter(rest, lengthMax);
    pieces.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  if (rest !== "" || pieces.length === 0) pieces.push(rest === "" ? " " : rest);
  return pieces;
}

/** `offset`, or one less where it would cut a surrogate pair in two. */
function endOfCharacter(text: string, offset: number): number {
  const codePoint = text.codePointAt(offset - 1) ?? 0;
  return codePoint > 0xffff ? offset - 1 : offset;
}

/** Scales the vector to length one, in place. A zero vector stays as it is. */
function normalize(vector: Float32Array): void {
  let squares = 0;
  for (let d = 0; d < vector.length; d++) squares += vector[d] * vector[d];
  if (squares === 0) return;
  const scale = 1 / Math.sqrt(squares);
  for (let d = 0; d < vector.length; d++) vector[d] *= scale;
}
