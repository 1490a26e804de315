// A model in the hub's layout, so small that its answers can be told by hand, loaded by the real library
// from a folder. It runs where the optional package is installed, or NODE_PATH names its node_modules.
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadModel } from "../../src/models/load-model.ts";
import { temporaryHome } from "../temporary-home.ts";
import { textNetwork, tokenizer, visionNetwork } from "./color-networks.ts";

const home = temporaryHome();
const isInstalled = (() => {
  try {
    createRequire(import.meta.url).resolve("@huggingface/transformers");
    return true;
  } catch {
    return false;
  }
})();
const suite = isInstalled ? describe : describe.skip;
const name = isInstalled
  ? "a transformers model"
  : "a transformers model (not run: @huggingface/transformers missing)";

async function writeModel(): Promise<void> {
  const folder = join(home.path, "tiny", "clip");
  await mkdir(join(folder, "onnx"), { recursive: true });
  const files: Record<string, string | Uint8Array> = {
    "onnx/vision_model.onnx": visionNetwork(),
    "onnx/text_model.onnx": textNetwork(),
    "tokenizer.json": JSON.stringify(tokenizer),
    "tokenizer_config.json": JSON.stringify({
      tokenizer_class: "PreTrainedTokenizer",
      unk_token: "[UNK]",
      pad_token: "[PAD]",
      model_max_length: 4,
    }),
    "config.json": JSON.stringify({ model_type: "clip", text_config: {}, vision_config: {} }),
    "preprocessor_config.json": JSON.stringify({
      image_processor_type: "CLIPImageProcessor",
      do_resize: true,
      size: { shortest_edge: 8 },
      do_center_crop: true,
      crop_size: { height: 8, width: 8 },
      do_rescale: true,
      rescale_factor: 1 / 255,
      do_normalize: false,
    }),
  };
  for (const [file, content] of Object.entries(files)) {
    await writeFile(join(folder, file), content);
  }
}

suite(name, () => {
  it("embeds pictures and texts with a model in a folder, without a network", async () => {
    await writeModel();
    const spec = { kind: "transformers", id: "tiny/clip", localPath: home.path } as const;
    const model = await loadModel({ ...spec, normalize: true }, { environment: {} });
    expect(model).toMatchObject({ dim: 3, modalities: { image: true, text: true } });
    const red = { width: 9, height: 5, data: new Uint8Array(135).map((_, i) => (i % 3 ? 0 : 255)) };
    const [image] = await model.embedImages([red, red]);
    const [text, green] = await model.embedTexts(["A RED car", "green"]);
    expect([...image].map(Math.round)).toEqual([1, 0, 0]);
    expect([...text].map(Math.round)).toEqual([1, 0, 0]);
    expect([...green].map(Math.round)).toEqual([0, 1, 0]);
    await model.close();
  });

  it("says where it looked for a model that is not there", async () => {
    const spec = { kind: "transformers", id: "no/model", localPath: home.path } as const;
    await expect(loadModel(spec, { environment: {} })).rejects.toMatchObject({
      code: "model-failed",
      message: expect.stringContaining(`${home.path}/no/model`),
    });
  });
});
