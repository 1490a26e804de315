import type { RgbImage } from "../media/rgb-image.ts";

/** What a thread of the built-in descriptor is sent. */
export interface DescriptorTask {
  readonly id: number;
  readonly image: RgbImage;
}

/** What it answers. */
export interface DescriptorAnswer {
  readonly id: number;
  readonly vector: Float32Array;
}
