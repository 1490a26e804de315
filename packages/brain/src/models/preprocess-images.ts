import { resizeImage } from "../media/resize-image.ts";
import type { RgbImage } from "../media/rgb-image.ts";
import type { Preprocess } from "./model-spec.ts";

const clipMean = [0.48145466, 0.4578275, 0.40821073] as const;
const clipStd = [0.26862954, 0.26130258, 0.27577711] as const;

/** The input of a vision network. */
export interface PixelTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** Resizes and normalises images into one tensor. */
export async function preprocessImages(
  images: readonly RgbImage[],
  preprocess: Preprocess = {},
): Promise<PixelTensor> {
  const { size = 224, fit = "cover", resample = "cubic", layout = "nchw" } = preprocess;
  const { mean = clipMean, std = clipStd } = preprocess;
  const resized = await Promise.all(
    images.map((image) => resizeImage(image, { width: size, height: size, fit, resample })),
  );
  const pixelCount = size * size;
  const data = new Float32Array(images.length * pixelCount * 3);
  const [pixelStep, channelStep] = layout === "nchw" ? [1, pixelCount] : [3, 1];
  for (const [i, image] of resized.entries()) {
    const start = i * pixelCount * 3;
    for (let pixel = 0; pixel < pixelCount; pixel++) {
      for (let channel = 0; channel < 3; channel++) {
        const value = image.data[pixel * 3 + channel] / 255;
        data[start + pixel * pixelStep + channel * channelStep] =
          (value - mean[channel]) / std[channel];
      }
    }
  }
  const dims = layout === "nchw" ? [images.length, 3, size, size] : [images.length, size, size, 3];
  return { data, dims };
}
