import { join } from "node:path";
import sharp from "sharp";
import { throwIfCancelled } from "../base/progress.ts";
import { problemError } from "../formats/import-log.ts";
import { kindOfPath, makeFolder, readBytes } from "../formats/source-files.ts";
import type { NewSample } from "../schema/sample.ts";

/** The files of each split, as Yann LeCun named them. */
const files: Readonly<Record<string, { images: string; labels: string }>> = {
  train: { images: "train-images-idx3-ubyte", labels: "train-labels-idx1-ubyte" },
  test: { images: "t10k-images-idx3-ubyte", labels: "t10k-labels-idx1-ubyte" },
};

/** Where the digits are, and what becomes of them. */
export interface MnistOptions {
  /** The folder of the four files. */
  readonly source: string;
  /** Where the pictures go: those that are there already are taken as they are. */
  readonly folder: string;
  readonly maxSamples: number;
  readonly signal?: AbortSignal;
}

/** How many pictures are written at a time. */
const writtenAtOnce = 64;

/** The handwritten digits: 60,000 to train with, tagged `train`, and 10,000 tagged `test`. */
export async function* readMnist(options: MnistOptions): AsyncGenerator<NewSample> {
  let count = 0;
  for (const split of ["train", "test"]) {
    const { images, labels } = files[split];
    const pixels = await readIdx(join(options.source, images), 3);
    const digits = await readIdx(join(options.source, labels), 1);
    const [imageCount, height, width] = pixels.shape;
    if (imageCount !== digits.shape[0]) {
      const message = `expected ${imageCount} labels, found ${digits.shape[0]}`;
      throw problemError({ file: join(options.source, labels), message });
    }
    const folder = join(options.folder, split);
    await makeFolder(folder);
    for (let start = 0; start < imageCount && count < options.maxSamples; start += writtenAtOnce) {
      throwIfCancelled(options.signal, "Reading MNIST");
      const end = Math.min(imageCount, start + writtenAtOnce, start + options.maxSamples - count);
      const numbers = Array.from({ length: end - start }, (_, index) => start + index);
      const size = width * height;
      const filepaths = await Promise.all(
        numbers.map((number) =>
          writeDigit(
            join(folder, `${String(number + 1).padStart(6, "0")}.png`),
            pixels.data.subarray(number * size, (number + 1) * size),
            { width, height },
          ),
        ),
      );
      for (const [index, filepath] of filepaths.entries()) {
        const label = String(digits.data[start + index]);
        yield { filepath, tags: [split], ground_truth: { type: "Classification", label } };
      }
      count += filepaths.length;
    }
  }
}

/** A file of bytes in so many dimensions: a magic number, the sizes, the bytes. */
async function readIdx(
  file: string,
  dimensions: number,
): Promise<{ shape: number[]; data: Buffer }> {
  const bytes = await readBytes(file);
  const start = 4 + 4 * dimensions;
  const magic = bytes.length < start ? 0 : bytes.readUInt32BE(0);
  if (magic !== 0x800 + dimensions) {
    const message = `expected an IDX file of ${dimensions} dimensions, found magic ${magic}`;
    throw problemError({ file, message });
  }
  const shape = Array.from({ length: dimensions }, (_, index) => bytes.readUInt32BE(4 + 4 * index));
  const size = shape.reduce((product, length) => product * length, 1);
  if (bytes.length < start + size) {
    const message = `expected ${size} bytes of data, found ${bytes.length - start}`;
    throw problemError({ file, message });
  }
  return { shape, data: bytes.subarray(start) };
}

async function writeDigit(
  filepath: string,
  pixels: Buffer,
  size: { readonly width: number; readonly height: number },
): Promise<string> {
  if ((await kindOfPath(filepath)) === "file") return filepath;
  await sharp(pixels, { raw: { ...size, channels: 1 } })
    .toColourspace("b-w")
    .png()
    .toFile(filepath);
  return filepath;
}
