import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../src/media/decode-image.ts";
import { boundImage, resizeImage } from "../../src/media/resize-image.ts";
import { temporaryHome } from "../temporary-home.ts";

const home = temporaryHome();

/** Left half red, right half blue. */
function redBlue(): Sharp {
  const row = [255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 255];
  const data = Uint8Array.from([...row, ...row]);
  return sharp(data, { raw: { width: 4, height: 2, channels: 3 } });
}

describe("decodeImage()", () => {
  it("gives the pixels as they are shown: EXIF orientation applied", async () => {
    const path = join(home.path, "turned.png");
    // Orientation 6: to be turned by 90 degrees clockwise, so that the left side comes on top.
    await redBlue().withMetadata({ orientation: 6 }).png().toFile(path);
    const { width, height, data } = await decodeImage(path);
    expect([width, height]).toEqual([2, 4]);
    expect([...data.subarray(0, 3)]).toEqual([255, 0, 0]);
    expect([...data.subarray(-3)]).toEqual([0, 0, 255]);
  });

  it("puts transparent parts on white and makes grey pictures RGB", async () => {
    const clear = await sharp({
      create: { width: 1, height: 1, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    })
      .png()
      .toBuffer();
    expect([...(await decodeImage(clear)).data]).toEqual([255, 255, 255]);
    const grey = await sharp(Uint8Array.of(7), { raw: { width: 1, height: 1, channels: 1 } })
      .png()
      .toBuffer();
    expect([...(await decodeImage(grey)).data]).toEqual([7, 7, 7]);
  });

  it("says which file can't be read, and why", async () => {
    const missing = join(home.path, "missing.jpg");
    await expect(decodeImage(missing)).rejects.toMatchObject({
      code: "file-unreadable",
      details: { filepath: missing },
    });
    const broken = join(home.path, "broken.png");
    await writeFile(broken, "no picture");
    await expect(decodeImage(broken)).rejects.toMatchObject({ code: "file-unreadable" });
    const whole = await redBlue().resize(64, 64).jpeg().toBuffer();
    await writeFile(broken, whole.subarray(0, whole.length / 2));
    await expect(decodeImage(broken)).rejects.toMatchObject({ code: "file-unreadable" });
  });
});

it("resizeImage() keeps the shape by cutting, or stretches", async () => {
  const image = await decodeImage(await redBlue().png().toBuffer());
  const stretched = await resizeImage(image, {
    width: 2,
    height: 2,
    fit: "stretch",
    resample: "nearest",
  });
  expect([...stretched.data.subarray(0, 6)]).toEqual([255, 0, 0, 0, 0, 255]);
  expect(await boundImage(image, 8)).toBe(image);
  expect(await boundImage(image, 2)).toMatchObject({ width: 2, height: 1 });
});
