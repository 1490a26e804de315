import { describe, expect, it } from "vitest";
import { loadTextModel, registerTextModel } from "../../src/text/text-model-registry.ts";

const model = { dim: 2, textLengthMax: 10, embed: async () => [] };

describe("loadTextModel()", () => {
  it("loads the model of a spec once, and that of another spec anew", async () => {
    let loads = 0;
    registerTextModel("counted", async () => {
      loads++;
      return { ...model };
    });
    const [first, again] = await Promise.all([
      loadTextModel({ kind: "counted", size: 1 }),
      loadTextModel({ kind: "counted", size: 1 }),
    ]);
    expect(again).toBe(first);
    expect(await loadTextModel({ kind: "counted", size: 2 })).not.toBe(first);
    expect(loads).toBe(2);
  });

  it("gives the loader its spec", async () => {
    registerTextModel("sized", async (spec) => ({ ...model, dim: Number(spec["dim"]) }));
    expect((await loadTextModel({ kind: "sized", dim: 7 })).dim).toBe(7);
  });

  it("tries a load that failed again, and keeps its cause", async () => {
    const cause = new Error("no such file");
    let broken = true;
    registerTextModel("flaky", async () => {
      if (broken) throw cause;
      return model;
    });
    await expect(loadTextModel({ kind: "flaky" })).rejects.toMatchObject({
      code: "load-failed",
      cause,
    });
    broken = false;
    expect(await loadTextModel({ kind: "flaky" })).toBe(model);
  });

  it("names the kinds that it knows when it is asked for another", async () => {
    const result = loadTextModel({ kind: "unheard-of" });
    await expect(result).rejects.toMatchObject({ code: "kind-unknown" });
    await expect(result).rejects.toThrow('"use-lite"');
  });
});

describe("registerTextModel()", () => {
  it("refuses a kind that has a loader already", () => {
    expect(() => registerTextModel("use-lite", async () => model)).toThrow(
      expect.objectContaining({ code: "kind-taken" }),
    );
  });
});
