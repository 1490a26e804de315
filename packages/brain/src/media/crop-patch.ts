import { BrainError } from "../base/brain-error.ts";
import type { RgbImage } from "./rgb-image.ts";

/** `[x, y, width, height]` of the top left corner and the size, as parts of the image's (0 to 1). */
export type RelativeBox = readonly [x: number, y: number, width: number, height: number];

export interface CropOptions {
  /**
   * Makes the box wider and higher by this part of its size, around its centre: 0.1 by 10 %, -0.1
   * narrower by 10 %. Greater than -1. Default 0.
   */
  readonly alpha?: number;
  /** Whether the shorter side grows to the longer one, as far as the image allows. Default false. */
  readonly forceSquare?: boolean;
}

/** A rectangle of whole pixels inside an image. */
export interface PixelBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Throws `invalid-argument` for an `alpha` that leaves nothing of a box. */
export function checkCropOptions({ alpha }: CropOptions): void {
  if (alpha === undefined || (Number.isFinite(alpha) && alpha > -1)) return;
  throw new BrainError(
    "invalid-argument",
    `Cannot resize boxes by alpha ${alpha}: expected a number above -1, such as 0.1 for 10 % more`,
    { details: { alpha } },
  );
}

/**
 * The pixels of a box, cut to the image, at least one pixel.
 *
 * @throws {BrainError} `value-invalid` when it has no area, no numbers, or nothing of it is inside.
 */
export function pixelBoxOf(
  box: RelativeBox,
  image: { readonly width: number; readonly height: number },
  options: CropOptions = {},
): PixelBox {
  const { alpha = 0, forceSquare = false } = options;
  checkCropOptions(options);
  const [x, y, relativeWidth, relativeHeight] = box;
  if (!box.every(Number.isFinite) || !(relativeWidth > 0) || !(relativeHeight > 0)) {
    throw invalidBox(box, "it has no area");
  }
  const centreX = (x + relativeWidth / 2) * image.width;
  const centreY = (y + relativeHeight / 2) * image.height;
  let width = relativeWidth * image.width * (1 + alpha);
  let height = relativeHeight * image.height * (1 + alpha);
  if (forceSquare) {
    width = Math.max(width, height);
    height = width;
  }
  const horizontal = spanOf(centreX, width, image.width);
  const vertical = spanOf(centreY, height, image.height);
  if (horizontal === undefined || vertical === undefined) {
    throw invalidBox(box, `nothing of it is inside the image (${image.width}x${image.height})`);
  }
  return {
    left: horizontal.start,
    top: vertical.start,
    width: horizontal.end - horizontal.start,
    height: vertical.end - vertical.start,
  };
}

/** The whole pixels that the span touches by more than rounding, or undefined if it is outside. */
function spanOf(
  centre: number,
  length: number,
  lengthMax: number,
): { start: number; end: number } | undefined {
  const from = centre - length / 2;
  const to = centre + length / 2;
  if (to <= 0 || from >= lengthMax) return undefined;
  const start = Math.min(Math.max(Math.round(from), 0), lengthMax - 1);
  const end = Math.min(Math.max(Math.round(to), start + 1), lengthMax);
  return { start, end };
}

/** Copies the pixels of a box out of an image. Throws like `pixelBoxOf`. */
export function cropPatch(image: RgbImage, box: RelativeBox, options: CropOptions = {}): RgbImage {
  const { left, top, width, height } = pixelBoxOf(box, image, options);
  const data = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    const start = ((top + row) * image.width + left) * 3;
    data.set(image.data.subarray(start, start + width * 3), row * width * 3);
  }
  return { width, height, data };
}

function invalidBox(box: RelativeBox, reason: string): BrainError {
  return new BrainError("value-invalid", `Cannot crop the box [${box.join(", ")}]: ${reason}`, {
    details: { boundingBox: box },
  });
}
