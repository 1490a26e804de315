import { stat } from "node:fs/promises";
import sharp from "sharp";
import { BrainError, messageOf } from "../base/brain-error.ts";
import type { ImageMetadata } from "../schema/sample.ts";

/** MIME types by sharp's names of formats, where they are not `image/<name>`. */
const mimeTypes: Readonly<Record<string, string>> = {
  svg: "image/svg+xml",
  heif: "image/heif",
  jp2k: "image/jp2",
};

/**
 * An image file's size, type, and width, height and channels as it is shown: EXIF orientations 5 to 8
 * turn it by a right angle. Reads the header, not the pixels. Throws `file-not-found` or
 * `file-unreadable`, naming the file.
 */
export async function readImageMetadata(filepath: string): Promise<ImageMetadata> {
  let sizeBytes: number;
  try {
    const status = await stat(filepath);
    if (!status.isFile()) throw new BrainError("file-unreadable", `${filepath} is no file`);
    sizeBytes = status.size;
  } catch (cause) {
    if (cause instanceof BrainError) throw cause;
    throw new BrainError(
      "file-not-found",
      `Cannot read the image ${filepath}: ${messageOf(cause)}`,
      { details: { filepath }, cause },
    );
  }
  try {
    const { format, width, height, channels, orientation = 1 } = await sharp(filepath).metadata();
    const isTurned = orientation >= 5;
    return {
      sizeBytes,
      mimeType: mimeTypes[format] ?? `image/${format}`,
      width: isTurned ? height : width,
      height: isTurned ? width : height,
      numChannels: channels,
    };
  } catch (cause) {
    throw new BrainError(
      "file-unreadable",
      `Cannot read the image ${filepath}: ${messageOf(cause)}. It is damaged, or of an unknown format`,
      { details: { filepath }, cause },
    );
  }
}
