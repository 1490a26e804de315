import type { BoundingBox, Mask } from "../../schema/labels.ts";
import type { ImageSize } from "../dataset-format.ts";

/**
 * A mask of a whole image, as COCO has it: column after column, the lengths of the runs outside and
 * inside, in turn; as numbers, or as a text of six bits a character.
 */
export interface RunLengths {
  /** Height, then width. */
  readonly size: readonly [height: number, width: number];
  readonly counts: readonly number[] | string;
}

/** More pixels than any image that can be decoded has. */
const pixelCountMax = 2 ** 28;

/** What is wrong with a mask's size or runs, or `undefined`: they go over no more pixels than it has. */
export function wrongRunLengths({ size, counts }: RunLengths): string | undefined {
  const [height, width] = size;
  const isWhole = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
  if (!isWhole(height) || !isWhole(width) || height * width > pixelCountMax) {
    return `expected a mask of at most ${pixelCountMax} pixels, found the size ${size.join(" x ")}`;
  }
  const runs = typeof counts === "string" ? decodeCounts(counts) : counts;
  const total = runs.reduce((sum, run) => sum + run, 0);
  if (runs.every(isWhole) && total <= height * width) return undefined;
  return `expected run lengths over ${height} x ${width} pixels, found ${total} of them`;
}

/** The mask's pixels inside the box, whose sides are moved out to whole pixels. */
export function maskOfRuns(runs: RunLengths, box: BoundingBox): Mask {
  const [imageHeight, imageWidth] = runs.size;
  const { left, top, width, height } = pixelsOf(box, { width: imageWidth, height: imageHeight });
  const data = new Uint8Array(width * height);
  const counts = typeof runs.counts === "string" ? decodeCounts(runs.counts) : runs.counts;
  let at = 0;
  for (let run = 0; run < counts.length; run++) {
    const end = at + counts[run];
    if (run % 2 === 1) {
      for (let pixel = at; pixel < end; pixel++) {
        const x = Math.floor(pixel / imageHeight) - left;
        const y = (pixel % imageHeight) - top;
        if (x >= 0 && x < width && y >= 0 && y < height) data[y * width + x] = 1;
      }
    }
    at = end;
  }
  return { width, height, data };
}

/** The mask on its image. One that has not its box's size in pixels is stretched over it. */
export function runsOfMask(mask: Mask, box: BoundingBox, size: ImageSize): RunLengths {
  const { left, top, width, height } = pixelsOf(box, size);
  const counts: number[] = [];
  let inside = false;
  let length = 0;
  for (let x = 0; x < size.width; x++) {
    for (let y = 0; y < size.height; y++) {
      const isIn =
        x >= left && x < left + width && y >= top && y < top + height
          ? mask.data[
              Math.floor(((y - top) * mask.height) / height) * mask.width +
                Math.floor(((x - left) * mask.width) / width)
            ] !== 0
          : false;
      if (isIn !== inside) {
        counts.push(length);
        length = 0;
        inside = isIn;
      }
      length++;
    }
  }
  counts.push(length);
  return { size: [size.height, size.width], counts };
}

function pixelsOf(box: BoundingBox, size: ImageSize) {
  // A hair's width off a whole pixel is a rounding error.
  const down = (value: number) => Math.floor(value + 1e-6);
  const up = (value: number) => Math.ceil(value - 1e-6);
  const left = Math.max(0, down(box[0] * size.width));
  const top = Math.max(0, down(box[1] * size.height));
  const right = Math.min(size.width, up((box[0] + box[2]) * size.width));
  const bottom = Math.min(size.height, up((box[1] + box[3]) * size.height));
  return { left, top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) };
}

/** Each count as characters of five bits, the lowest first; from the fourth on, what changed. */
function decodeCounts(text: string): number[] {
  const counts: number[] = [];
  for (let at = 0; at < text.length; ) {
    let value = 0;
    let shift = 0;
    let bits: number;
    do {
      bits = text.charCodeAt(at++) - 48;
      value |= (bits & 0x1f) << shift;
      shift += 5;
    } while ((bits & 0x20) !== 0 && at < text.length);
    if ((bits & 0x10) !== 0 && shift < 32) value |= -1 << shift;
    counts.push(counts.length > 2 ? value + counts[counts.length - 2] : value);
  }
  return counts;
}
