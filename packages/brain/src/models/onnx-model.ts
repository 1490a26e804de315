import { BrainError, messageOf } from "../base/brain-error.ts";
import { hashFile } from "../media/file-content.ts";
import type { RgbImage } from "../media/rgb-image.ts";
import { checkVectors } from "./check-vectors.ts";
import type { EmbeddingModel } from "./embedding-model.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { OnnxModelSpec } from "./model-spec.ts";
import { onePixel } from "./one-pixel.ts";
import { loadOptionalPeer } from "./optional-peer.ts";
import { preprocessImages } from "./preprocess-images.ts";
import { loadTokenizer, type Tokenize } from "./text-tokens.ts";

// The parts of `onnxruntime-node` that are used, as its own types have them.
interface OnnxRuntime {
  readonly InferenceSession: { create(path: string): Promise<Session> };
  readonly Tensor: new (
    type: "float32" | "int64",
    data: Float32Array | BigInt64Array,
    dims: readonly number[],
  ) => OnnxTensor;
}
interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<Readonly<Record<string, OnnxTensor>>>;
  release(): Promise<void>;
}
interface OnnxTensor {
  readonly data: unknown;
  readonly dims: readonly number[];
}

const clipContextLength = 77;

/** An image network and a text network in ONNX files; either may be missing. */
export async function loadOnnxModel(spec: OnnxModelSpec): Promise<EmbeddingModel> {
  const { normalize = false, contextLength = clipContextLength } = spec;
  const runtime = loadOptionalPeer("onnxruntime-node", "an ONNX model") as OnnxRuntime;
  const vision = await openSession(runtime, spec.vision);
  const text = await openSession(runtime, spec.text);
  const tokenize =
    spec.tokenizer === undefined ? undefined : await loadTokenizer(spec.tokenizer, contextLength);

  const embedImages = async (images: readonly RgbImage[]): Promise<Float32Array[]> => {
    const from = spec.vision ?? "";
    if (vision === undefined) throw missingSide("image", spec);
    const { data, dims } = await preprocessImages(images, spec.preprocess);
    const input = spec.inputs?.image ?? vision.inputNames[0];
    const feeds = { [input]: new runtime.Tensor("float32", data, dims) };
    const output = spec.outputs?.image ?? preferredOutput(vision, "image_embeds");
    const rows = rowsOf((await run(vision, feeds, from))[output], output, from);
    return checkVectors(rows, { from, count: images.length, dim: undefined, normalize });
  };
  const embedTexts = async (texts: readonly string[]): Promise<Float32Array[]> => {
    const from = spec.text ?? "";
    if (text === undefined || tokenize === undefined) throw missingSide("text", spec);
    const feeds = tokenFeeds(runtime, spec, text, tokenize(texts));
    const output = spec.outputs?.text ?? preferredOutput(text, "text_embeds");
    const rows = rowsOf((await run(text, feeds, from))[output], output, from);
    return checkVectors(rows, { from, count: texts.length, dim: undefined, normalize });
  };

  const imageDim = vision === undefined ? undefined : (await embedImages([onePixel]))[0].length;
  const textDim = text === undefined ? undefined : (await embedTexts(["a"]))[0].length;
  if (imageDim !== undefined && textDim !== undefined && imageDim !== textDim) {
    throw new BrainError(
      "model-failed",
      `Cannot use "${spec.vision}" with "${spec.text}": their vectors have ${imageDim} and ${textDim} numbers`,
      { details: { imageDim, textDim } },
    );
  }
  return {
    spec,
    fingerprint: await fingerprintOfFiles(spec),
    dim: imageDim ?? textDim ?? 0,
    modalities: { image: vision !== undefined, text: text !== undefined },
    normalize,
    embedImages,
    embedTexts,
    close: async () => {
      await Promise.all([vision?.release(), text?.release()]);
    },
  };
}

/** By what is in the files, so that a model that moved or was downloaded again is the same one. */
async function fingerprintOfFiles(spec: OnnxModelSpec): Promise<string> {
  const hashOf = async (path: string | undefined) =>
    path === undefined ? undefined : await hashFile(path);
  const [vision, text, tokenizer] = await Promise.all(
    [spec.vision, spec.text, spec.tokenizer].map(hashOf),
  );
  return fingerprintOf({ ...spec, vision, text, tokenizer });
}

async function openSession(
  runtime: OnnxRuntime,
  path: string | undefined,
): Promise<Session | undefined> {
  if (path === undefined) return undefined;
  try {
    return await runtime.InferenceSession.create(path);
  } catch (cause) {
    throw new BrainError(
      "model-failed",
      `Cannot open the ONNX model "${path}": ${messageOf(cause)}`,
      { details: { path }, cause },
    );
  }
}

async function run(
  session: Session,
  feeds: Readonly<Record<string, OnnxTensor>>,
  path: string,
): Promise<Readonly<Record<string, OnnxTensor>>> {
  try {
    return await session.run(feeds);
  } catch (cause) {
    throw new BrainError(
      "model-failed",
      `Cannot run "${path}", whose inputs are ${session.inputNames.join(", ")}: ${messageOf(cause)}`,
      { details: { path, inputs: session.inputNames }, cause },
    );
  }
}

function tokenFeeds(
  { Tensor }: OnnxRuntime,
  { inputs }: OnnxModelSpec,
  session: Session,
  { tokens, mask, dims }: ReturnType<Tokenize>,
): Record<string, OnnxTensor> {
  const feeds = { [inputs?.tokens ?? "input_ids"]: new Tensor("int64", tokens, dims) };
  const maskName = inputs?.mask ?? "attention_mask";
  // Some text networks take none: they tell the end by its token.
  if (session.inputNames.includes(maskName)) feeds[maskName] = new Tensor("int64", mask, dims);
  return feeds;
}

function preferredOutput(session: Session, name: string): string {
  return session.outputNames.includes(name) ? name : session.outputNames[0];
}

/** The rows of `[count, dim]`, or the first of each of `[count, tokens, dim]`: the class token. */
function rowsOf(tensor: OnnxTensor | undefined, output: string, from: string): Float32Array[] {
  const data = tensor?.data;
  const dims = tensor?.dims ?? [];
  if (!(data instanceof Float32Array) || (dims.length !== 2 && dims.length !== 3)) {
    throw new BrainError(
      "model-failed",
      `Cannot read the output "${output}" of "${from}": expected float32 [count, dim] or [count, tokens, dim], found [${dims.join(", ")}]`,
      { details: { output, dims } },
    );
  }
  const dim = dims[dims.length - 1];
  const step = dims.length === 3 ? dims[1] * dim : dim;
  return Array.from({ length: dims[0] }, (_, row) => data.slice(row * step, row * step + dim));
}

function missingSide(side: "image" | "text", spec: OnnxModelSpec): BrainError {
  const member = side === "image" ? "vision" : "text";
  return new BrainError(
    "model-failed",
    `Cannot embed ${side}s with this ONNX model: its spec has no "${member}"`,
    { details: { kind: spec.kind, side } },
  );
}
