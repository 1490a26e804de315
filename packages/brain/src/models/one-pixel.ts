import type { RgbImage } from "../media/rgb-image.ts";

/** The image that a model is asked about to learn how long its vectors are. */
export const onePixel: RgbImage = {
  width: 1,
  height: 1,
  data: new Uint8Array([127, 127, 127]),
};
