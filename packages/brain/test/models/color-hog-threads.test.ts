// The threads run what is built: `npm run build` first.
import { describe, expect, it } from "vitest";
import type { RgbImage } from "../../src/media/rgb-image.ts";
import { colorHog } from "../../src/models/color-hog.ts";
import { ColorHogThreads } from "../../src/models/color-hog-threads.ts";
import { loadModel } from "../../src/models/load-model.ts";

const plain = (shade: number): RgbImage => ({
  width: 40,
  height: 30,
  data: new Uint8Array(40 * 30 * 3).fill(shade),
});
const images = Array.from({ length: 20 }, (_, i) => plain(i * 12));

describe("ColorHogThreads", () => {
  it("give the vectors that this thread gives, in order, batch after batch and closed between", async () => {
    const threads = new ColorHogThreads();
    const expected = images.map(colorHog);
    expect(await threads.describe(images, undefined)).toEqual(expected);
    const both = [threads.describe(images, undefined), threads.describe(images, undefined)];
    expect(await Promise.all(both)).toEqual([expected, expected]);
    await threads.close();
    expect(await threads.describe(images, undefined)).toEqual(expected);
    await threads.close();
  });

  it("stop when their signal is aborted, and go on with the next batch", async () => {
    const threads = new ColorHogThreads();
    const controller = new AbortController();
    const stopped = threads.describe(images, controller.signal);
    controller.abort();
    await expect(stopped).rejects.toMatchObject({ code: "cancelled" });
    await expect(threads.describe(images, controller.signal)).rejects.toMatchObject({
      code: "cancelled",
    });
    expect(await threads.describe(images, undefined)).toEqual(images.map(colorHog));
    await threads.close();
  });

  it("that are closed meanwhile tell the batch under way", async () => {
    const model = await loadModel("color-hog-v1");
    const refused = expect(model.embedImages(images)).rejects.toMatchObject({
      code: "model-failed",
    });
    await model.close();
    await refused;
  });
});
