import sharp, { type KernelEnum, type Sharp } from "sharp";
import type { RgbImage } from "./rgb-image.ts";

export interface ResizeOptions {
  readonly width: number;
  readonly height: number;
  /** `cover` keeps the shape and cuts what stands over, around the centre; `stretch` keeps all. */
  readonly fit: "cover" | "stretch";
  /** Default "cubic", with which most vision models were trained. */
  readonly resample?: keyof Pick<KernelEnum, "nearest" | "linear" | "cubic" | "lanczos3">;
}

/** The image at exactly the size given. */
export async function resizeImage(image: RgbImage, options: ResizeOptions): Promise<RgbImage> {
  const { width, height, fit, resample = "cubic" } = options;
  if (image.width === width && image.height === height) return image;
  const data = await fromPixels(image)
    .resize({ width, height, fit: fit === "cover" ? "cover" : "fill", kernel: resample })
    .raw()
    .toBuffer();
  return { width, height, data };
}

/** The image as a PNG file, which loses nothing. */
export async function encodePng(image: RgbImage): Promise<Uint8Array> {
  return await fromPixels(image).png({ compressionLevel: 3 }).toBuffer();
}

function fromPixels({ data, width, height }: RgbImage): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** The image, made smaller if its longer side has more than `sideMax` pixels. */
export async function boundImage(image: RgbImage, sideMax: number): Promise<RgbImage> {
  const longer = Math.max(image.width, image.height);
  if (longer <= sideMax) return image;
  const width = Math.max(1, Math.round((image.width * sideMax) / longer));
  const height = Math.max(1, Math.round((image.height * sideMax) / longer));
  return await resizeImage(image, { width, height, fit: "stretch" });
}
