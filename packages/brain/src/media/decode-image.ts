import sharp from "sharp";
import { BrainError } from "../base/brain-error.ts";
import type { RgbImage } from "./rgb-image.ts";

/**
 * Decodes an image file, or the bytes of one, as a viewer would show it: turned by its EXIF
 * orientation, transparent parts on white, in sRGB, the first page of several.
 *
 * @throws {BrainError} `file-unreadable` when the file is missing, damaged, or no image.
 */
export async function decodeImage(source: string | Uint8Array): Promise<RgbImage> {
  try {
    const { data, info } = await sharp(source, { failOn: "error" })
      .autoOrient()
      .flatten({ background: "#ffffff" })
      .toColourspace("srgb")
      .removeAlpha()
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data };
  } catch (cause) {
    const name = typeof source === "string" ? `"${source}"` : `an image of ${source.length} bytes`;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BrainError("file-unreadable", `Cannot decode ${name}: ${reason}`, {
      details: typeof source === "string" ? { filepath: source } : {},
      cause,
    });
  }
}
