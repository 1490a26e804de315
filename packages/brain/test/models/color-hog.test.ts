import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../src/media/decode-image.ts";
import type { RgbImage } from "../../src/media/rgb-image.ts";
import { colorHog, colorHogDim } from "../../src/models/color-hog.ts";

/** Smooth colours and some shapes, by number. */
function picture(number: number, width = 120, height = 80): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = [x / width, y / height];
      const inside =
        Math.hypot(u - 0.2 - 0.07 * (number % 9), v - 0.5) < 0.15 + 0.02 * (number % 5);
      const base = (y * width + x) * 3;
      data[base] = inside ? (number * 83) % 256 : 200 * u;
      data[base + 1] = inside ? (number * 47) % 256 : 180 * v;
      data[base + 2] = inside ? (number * 29) % 256 : (number * 61) % 200;
    }
  }
  return { width, height, data };
}

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, d) => sum + value * b[d], 0);
}

describe("colorHog()", () => {
  it("gives the same unit vector for the same picture", () => {
    const vector = colorHog(picture(3));
    expect(vector).toHaveLength(colorHogDim);
    expect(cosine(vector, vector)).toBeCloseTo(1, 5);
    expect(colorHog(picture(3))).toEqual(vector);
  });

  it("finds the resized and recompressed copy of a picture among others", async () => {
    const others = Array.from({ length: 20 }, (_, i) => colorHog(picture(i)));
    for (const number of [0, 7, 13]) {
      const { data, width, height } = picture(number);
      const copy = await sharp(data, { raw: { width, height, channels: 3 } })
        .resize(90, 60)
        .jpeg({ quality: 60 })
        .toBuffer();
      const vector = colorHog(await decodeImage(copy));
      const similarities = others.map((other) => cosine(other, vector));
      expect(similarities.indexOf(Math.max(...similarities))).toBe(number);
      expect(similarities[number]).toBeGreaterThan(0.95);
    }
  });

  it("tells plain pictures apart by their colour, and answers no NaN", () => {
    const plain = (rgb: readonly number[]): RgbImage => ({
      width: 1,
      height: 1,
      data: Uint8Array.from(rgb),
    });
    const [red, blue, black] = [
      [255, 0, 0],
      [0, 0, 255],
      [0, 0, 0],
    ].map((rgb) => colorHog(plain(rgb)));
    expect([...red, ...blue, ...black].every(Number.isFinite)).toBe(true);
    expect(cosine(red, blue)).toBeLessThan(0.1);
  });
});
