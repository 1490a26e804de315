import { onnxModel } from "./onnx-bytes.ts";

/** The mean of each channel of a picture: red, green and blue. */
export function visionNetwork(): Uint8Array {
  return onnxModel({
    nodes: [
      {
        op: "ReduceMean",
        inputs: ["pixel_values"],
        output: "image_embeds",
        attributes: { axes: [2, 3], keepdims: 0 },
      },
    ],
    constants: [],
    inputs: [{ name: "pixel_values", type: "float", shape: ["n", 3, "h", "w"] }],
    outputs: [{ name: "image_embeds", type: "float", shape: ["n", 3] }],
  });
}

/** The mean of the vectors of a text's tokens: 1 is red, 2 green, 3 blue, any other nothing. */
export function textNetwork(): Uint8Array {
  const table = Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0);
  return onnxModel({
    nodes: [
      { op: "Gather", inputs: ["table", "input_ids"], output: "vectors" },
      {
        op: "ReduceMean",
        inputs: ["vectors"],
        output: "text_embeds",
        attributes: { axes: [1], keepdims: 0 },
      },
    ],
    constants: [{ name: "table", shape: [5, 3], data: table }],
    inputs: [{ name: "input_ids", type: "int64", shape: ["n", "length"] }],
    outputs: [{ name: "text_embeds", type: "float", shape: ["n", 3] }],
  });
}

/** Knows the words red, green and blue. */
export const tokenizer = {
  version: "1.0",
  truncation: null,
  padding: null,
  added_tokens: [],
  normalizer: { type: "Lowercase" },
  pre_tokenizer: { type: "Whitespace" },
  post_processor: null,
  decoder: null,
  model: {
    type: "WordLevel",
    vocab: { "[PAD]": 0, red: 1, green: 2, blue: 3, "[UNK]": 4 },
    unk_token: "[UNK]",
  },
};
