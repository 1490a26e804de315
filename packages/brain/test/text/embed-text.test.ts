import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { embedText, splitText } from "../../src/text/embed-text.ts";
import type { TextModel } from "../../src/text/text-model.ts";
import { registerTextModel } from "../../src/text/text-model-registry.ts";

const sentences = [
  "Artificial intelligence was founded as an academic discipline in 1956.",
  "Alan Turing was the first person to conduct substantial research in AI.",
  "Born in Maida Vale, London, Turing was raised in southern England.",
];

describe("embedText() with the default model", () => {
  it("gives one vector of 512 numbers and length one per text", async () => {
    const vectors = await embedText(sentences);
    expect(vectors.map((vector) => vector.length)).toEqual([512, 512, 512]);
    for (const vector of vectors) expect(lengthOf(vector)).toBeCloseTo(1, 6);
  });

  it("gives a single vector for a single text", async () => {
    const vector = await embedText(sentences[0]);
    expect(vector).toBeInstanceOf(Float32Array);
    expect(vector).toHaveLength(512);
  });

  it("ranks the sentence that answers a question first", async () => {
    const [question, ...answers] = await embedText(["Who started AI research?", ...sentences]);
    const scores = answers.map((answer) => dot(question, answer));
    expect(scores[1]).toBe(Math.max(...scores));
    expect(scores[1]).toBeCloseTo(0.65, 2);
  });

  it("keeps the order of the texts, whatever their lengths and the batch size", async () => {
    const texts = ["short", sentences[1], "a text of middle length", sentences[0], "x"];
    const together = await embedText(texts, { batchSize: 2 });
    for (const [i, text] of texts.entries()) {
      expect(dot(together[i], await embedText(text))).toBeCloseTo(1, 5);
    }
  });

  it("takes blank texts, also as the last of a batch", async () => {
    const vectors = await embedText(["word", "", "\n\t "]);
    expect(dot(vectors[1], vectors[2])).toBeCloseTo(1, 5);
    expect(lengthOf(vectors[1])).toBeCloseTo(1, 5);
    expect(dot(vectors[0], vectors[1])).toBeLessThan(0.9);
  });

  it("takes texts of any length, characters outside the vocabulary and lone surrogates", async () => {
    const texts = ["word ".repeat(1_000), "🪁".repeat(600), "鳶 صقر", "\ud800"];
    for (const vector of await embedText(texts)) expect(lengthOf(vector)).toBeCloseTo(1, 5);
  });

  it("answers several calls at once as one after the other", async () => {
    const atOnce = await Promise.all(sentences.map((text) => embedText(text)));
    const inTurn = await embedText(sentences);
    for (const i of [0, 1, 2]) expect(dot(atOnce[i], inTurn[i])).toBeCloseTo(1, 5);
  });

  it("leaves the process's own crash handlers alone", async () => {
    await embedText("load the model");
    const sources = ["uncaughtException", "unhandledRejection"].flatMap((event) =>
      (process as NodeJS.EventEmitter).listeners(event).map(String),
    );
    expect(sources.filter((source) => /throw (ex|reason)/.test(source))).toEqual([]);
    // What the test looks for is what the package has, so that an update cannot pass unseen.
    const core = readFileSync(createRequire(import.meta.url).resolve("@energetic-ai/core"), "utf8");
    expect(core).toMatch(/"unhandledRejection", function\(reason\) \{\s*throw reason;/);
  });
});

describe("embedText() with another model", () => {
  it("gives the model the longest texts first and nothing longer than it takes", async () => {
    const seen = registerRecorder("recorder", { textLengthMax: 10 });
    await embedText(["a bb", "cccc dddd eeee", "f"], { model: { kind: "recorder" }, batchSize: 3 });
    expect(seen).toEqual([["cccc dddd", "a bb", "eeee"], ["f"]]);
  });

  it("answers the mean of the pieces, weighted by their length", async () => {
    registerRecorder("mean", { textLengthMax: 4 });
    const vector = await embedText("xxxx y", { model: { kind: "mean" } });
    const [x, y] = [4 * 4, 1 * 1];
    const length = Math.hypot(x + y, 4 + 1);
    expect([...vector]).toEqual([(x + y) / length, (4 + 1) / length].map(Math.fround));
  });

  it("counts texts, not pieces, in its progress", async () => {
    registerRecorder("progress", { textLengthMax: 4 });
    const seen: number[] = [];
    await embedText(["aaaa bbbb cccc", "d"], {
      model: { kind: "progress" },
      batchSize: 1,
      onProgress: ({ done, total }) => seen.push(done * 10 + total),
    });
    expect(seen).toEqual([2, 2, 12, 22]);
  });

  it("stops at the next batch when its signal is aborted", async () => {
    const seen = registerRecorder("aborted", { textLengthMax: 4 });
    const controller = new AbortController();
    const result = embedText(["a", "b", "c"], {
      model: { kind: "aborted" },
      batchSize: 1,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error("enough")),
    });
    await expect(result).rejects.toThrow("enough");
    expect(seen).toEqual([["a"]]);
  });

  it("answers no vectors for no texts", async () => {
    registerRecorder("none", { textLengthMax: 4 });
    expect(await embedText([], { model: { kind: "none" } })).toEqual([]);
  });

  it("refuses a batch size below 1", async () => {
    await expect(embedText(["a"], { batchSize: 0 })).rejects.toThrow(RangeError);
  });

  it("refuses a model that answers too few vectors, or of another dim", async () => {
    registerModel("few", { embed: async () => [] });
    registerModel("wide", { embed: async (texts) => texts.map(() => [1, 2, 3]) });
    for (const kind of ["few", "wide"]) {
      await expect(embedText("a", { model: { kind } })).rejects.toMatchObject({
        code: "bad-output",
      });
    }
  });
});

describe("splitText()", () => {
  it.each([
    ["fits", "one two", 10, ["one two"]],
    ["is cut at white space", "one two three", 8, ["one two", "three"]],
    ["is cut at its end of line", "one\ntwo", 3, ["one", "two"]],
    ["has no white space", "abcdefgh", 3, ["abc", "def", "gh"]],
    ["would be cut in a character", "ab🪁cd", 3, ["ab", "🪁c", "d"]],
    ["is blank", " \n ", 3, [" "]],
    ["is empty", "", 3, [" "]],
    ["has white space around it", "  one  ", 5, ["one"]],
  ])("handles a text that %s", (_name, text, lengthMax, pieces) => {
    expect(splitText(text, lengthMax)).toEqual(pieces);
  });
});

/** Registers a model of two dimensions: a text's length, and 1. Answers the batches that it got. */
function registerRecorder(kind: string, { textLengthMax }: { textLengthMax: number }): string[][] {
  const batches: string[][] = [];
  registerModel(kind, {
    textLengthMax,
    embed: async (texts) => {
      batches.push([...texts]);
      return texts.map((text) => [text.length, 1]);
    },
  });
  return batches;
}

function registerModel(kind: string, model: Partial<TextModel>): void {
  const complete = { dim: 2, textLengthMax: 100, embed: async () => [], ...model };
  registerTextModel(kind, async () => complete);
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

function lengthOf(vector: Float32Array): number {
  return Math.sqrt(dot(vector, vector));
}
