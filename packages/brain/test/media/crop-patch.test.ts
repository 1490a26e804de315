import { describe, expect, it } from "vitest";
import { checkCropOptions, cropPatch, pixelBoxOf } from "../../src/media/crop-patch.ts";

const image = { width: 100, height: 50 };

describe("pixelBoxOf()", () => {
  it("rounds to whole pixels", () => {
    const box = pixelBoxOf([0.1, 0.2, 0.5, 0.5], image);
    expect(box).toEqual({ left: 10, top: 10, width: 50, height: 25 });
  });

  it("grows and shrinks around the centre by alpha, and stays inside", () => {
    const grown = pixelBoxOf([0.4, 0.4, 0.2, 0.2], image, { alpha: 0.5 });
    expect(grown).toEqual({ left: 35, top: 18, width: 30, height: 15 });
    const shrunk = pixelBoxOf([0.4, 0.4, 0.2, 0.2], image, { alpha: -0.5 });
    expect(shrunk).toEqual({ left: 45, top: 23, width: 10, height: 5 });
    const clipped = pixelBoxOf([0, 0, 0.5, 0.5], image, { alpha: 3 });
    expect(clipped).toEqual({ left: 0, top: 0, width: 100, height: 50 });
  });

  it("makes the shorter side as long as the longer one where forceSquare asks for it", () => {
    const square = pixelBoxOf([0.4, 0.4, 0.2, 0.1], image, { forceSquare: true });
    expect([square.width, square.height]).toEqual([20, 20]);
  });

  it("cuts boxes to the image, and gives at least one pixel", () => {
    const cut = pixelBoxOf([-0.5, 0.5, 1, 1], image);
    expect(cut).toEqual({ left: 0, top: 25, width: 50, height: 25 });
    const tiny = pixelBoxOf([0.999, 0.999, 0.001, 0.001], image);
    expect([tiny.width, tiny.height]).toEqual([1, 1]);
  });

  it.each([
    [[0.1, 0.1, 0, 0.5]],
    [[0.1, 0.1, -0.2, 0.5]],
    [[1.1, 0.1, 0.2, 0.5]],
    [[Number.NaN, 0.1, 0.2, 0.5]],
  ] as const)("refuses the box %j", (box) => {
    expect(() => pixelBoxOf(box, image)).toThrow(
      expect.objectContaining({ code: "value-invalid" }),
    );
  });

  it.each([-1, -2, Number.NaN])("refuses alpha %d, which leaves nothing", (alpha) => {
    const refused = expect.objectContaining({ code: "invalid-argument" });
    expect(() => checkCropOptions({ alpha })).toThrow(refused);
  });
});

it("cropPatch() copies the pixels of the box", () => {
  const data = Uint8Array.from({ length: 4 * 4 * 3 }, (_, i) => i);
  const patch = cropPatch({ width: 4, height: 4, data }, [0.5, 0.25, 0.5, 0.5]);
  expect(patch).toEqual({
    width: 2,
    height: 2,
    data: Uint8Array.of(18, 19, 20, 21, 22, 23, 30, 31, 32, 33, 34, 35),
  });
});
