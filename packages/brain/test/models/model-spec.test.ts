import { describe, expect, it } from "vitest";
import { canonicalJson, fingerprintOf } from "../../src/models/fingerprint.ts";
import { loadModel } from "../../src/models/load-model.ts";
import { type ModelSpec, modelSpecOf } from "../../src/models/model-spec.ts";

const environment = {};

describe("modelSpecOf()", () => {
  it("knows the built-in model, and CLIP by both of its names", () => {
    expect(modelSpecOf("color-hog-v1")).toEqual({ kind: "builtin", name: "color-hog-v1" });
    expect(modelSpecOf("clip-vit-base32")).toEqual(modelSpecOf("clip-vit-base32-torch"));
  });

  it("says which names there are for one that there is not", () => {
    expect(() => modelSpecOf("resnet")).toThrow(
      /known are color-hog-v1, use-lite, clip-vit-base32/,
    );
    expect(() => modelSpecOf("toString")).toThrow(
      expect.objectContaining({ code: "model-not-found" }),
    );
  });

  it.each([
    [{ kind: "magic" }, /unknown kind "magic"/],
    [{ kind: "http", url: "http://a", urll: 1 }, /has no member "urll"/],
    [{ kind: "http" }, /"url" must be a string/],
    [{ kind: "onnx" }, /"vision" or "text" is required/],
    [{ kind: "onnx", text: "t.onnx" }, /"text" and "tokenizer" go together/],
    [{ kind: "builtin", name: "color-hog-v9" }, /no built-in model "color-hog-v9"/],
  ])("refuses %j", (spec, message) => {
    expect(() => modelSpecOf(spec as unknown as ModelSpec)).toThrow(message);
  });
});

describe("loadModel()", () => {
  it("says how to install what a kind of model needs", async () => {
    const onnx = loadModel({ kind: "onnx", vision: "v.onnx" }, { environment });
    await expect(onnx).rejects.toMatchObject({
      code: expect.stringMatching(/^(dependency-missing|model-failed)$/),
    });
    const missing = await import("../../src/models/optional-peer.ts");
    expect(() => missing.loadOptionalPeer("not-a-package", "this model")).toThrow(
      expect.objectContaining({ code: "dependency-missing" }),
    );
  });

  it("has no model for vectors that were made elsewhere", async () => {
    await expect(loadModel({ kind: "precomputed" }, { environment })).rejects.toMatchObject({
      code: "model-not-found",
    });
  });
});

it("fingerprintOf() is the same for the same members in any order, and for nothing else", () => {
  expect(fingerprintOf({ a: 1, b: { c: 2, d: undefined } })).toBe(
    fingerprintOf({ b: { c: 2 }, a: 1 }),
  );
  expect(fingerprintOf({ a: 1 })).not.toBe(fingerprintOf({ a: 2 }));
  expect(canonicalJson({ b: [1, "x"], a: null })).toBe('{"a":null,"b":[1,"x"]}');
});
