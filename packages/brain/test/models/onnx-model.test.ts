// A pair of networks so small that their answers can be told by hand, from file to search. It runs where
// the optional packages are installed; for those elsewhere, NODE_PATH may name their node_modules.
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { logger } from "@zilliz/milvus2-sdk-node";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { computeSimilarity, createDataset, loadBrainResults } from "../../src/index.ts";
import { loadModel } from "../../src/models/load-model.ts";
import type { OnnxModelSpec } from "../../src/models/model-spec.ts";
import { temporaryHome } from "../temporary-home.ts";
import { textNetwork, tokenizer, visionNetwork } from "./color-networks.ts";

logger.level = "silent";
const home = temporaryHome();
const peers = ["onnxruntime-node", "@huggingface/tokenizers"];
const missing = peers.filter((name) => {
  try {
    createRequire(import.meta.url).resolve(name);
    return false;
  } catch {
    return true;
  }
});
const suite = missing.length === 0 ? describe : describe.skip;
const name =
  missing.length === 0 ? "an onnx model" : `an onnx model (not run: ${missing.join(", ")} missing)`;

async function writeModel(): Promise<OnnxModelSpec> {
  const [vision, text, tokens] = ["vision.onnx", "text.onnx", "tokenizer.json"].map((file) =>
    join(home.path, file),
  );
  await writeFile(vision, visionNetwork());
  await writeFile(text, textNetwork());
  await writeFile(tokens, JSON.stringify(tokenizer));
  return {
    kind: "onnx",
    vision,
    text,
    tokenizer: tokens,
    contextLength: 4,
    preprocess: { size: 8, mean: [0, 0, 0], std: [1, 1, 1] },
    normalize: true,
  };
}

suite(name, () => {
  it("embeds pictures and texts in one space, batch by batch", async () => {
    const spec = await writeModel();
    const model = await loadModel(spec, { environment: {} });
    expect(model).toMatchObject({ dim: 3, modalities: { image: true, text: true } });
    const red = { width: 9, height: 5, data: new Uint8Array(135).map((_, i) => (i % 3 ? 0 : 255)) };
    const [image] = await model.embedImages([red, red]);
    const [text, green] = await model.embedTexts(["A RED car", "green"]);
    expect([...image].map(Math.round)).toEqual([1, 0, 0]);
    expect([...text].map(Math.round)).toEqual([1, 0, 0]);
    expect([...green].map(Math.round)).toEqual([0, 1, 0]);
    // The longest texts keep their last token.
    const [long] = await model.embedTexts(["red red red red red red blue"]);
    expect(long[2]).toBeGreaterThan(0.2);
    await model.close();
  });

  it("has a fingerprint by what its files hold, not by where they are", async () => {
    const spec = await writeModel();
    const { fingerprint } = await loadModel(spec, { environment: {} });
    const moved = join(home.path, "moved.onnx");
    await writeFile(moved, visionNetwork());
    const same = await loadModel({ ...spec, vision: moved }, { environment: {} });
    expect(same.fingerprint).toBe(fingerprint);
    const other = await loadModel({ ...spec, normalize: false }, { environment: {} });
    expect(other.fingerprint).not.toBe(fingerprint);
  });

  it("answers prompts, also after the dataset was opened anew, until its files change", async () => {
    const spec = await writeModel();
    const dataset = await createDataset("colors", { home: home.path });
    const colors = { red: "#f00", green: "#0f0", blue: "#00f" };
    const filepaths = [];
    for (const [color, background] of Object.entries(colors)) {
      const filepath = join(home.path, `${color}.png`);
      await sharp({ create: { width: 8, height: 8, channels: 3, background } }).toFile(filepath);
      filepaths.push({ filepath });
    }
    await dataset.addSamples(filepaths);
    const index = await computeSimilarity(dataset, { model: spec, brainKey: "colors" });
    expect(index.supportsPrompts).toBe(true);
    await index.close();
    const loaded = await loadBrainResults(dataset, "colors");
    const view = await loaded.sortBySimilarity("something blue", { k: 1 });
    expect((await view.first()).filepath).toMatch(/blue\.png$/);
    await loaded.close();

    await writeFile(spec.tokenizer ?? "", JSON.stringify({ ...tokenizer, version: "1.1" }));
    const changed = await loadBrainResults(dataset, "colors");
    await expect(changed.search("blue")).rejects.toThrow(/the model has changed since/);
    await dataset.close();
  });

  it("says which file can't be used", async () => {
    const path = join(home.path, "broken.onnx");
    await writeFile(path, "no model");
    const broken = loadModel({ kind: "onnx", vision: path }, { environment: {} });
    await expect(broken).rejects.toThrow(path);
  });
});
