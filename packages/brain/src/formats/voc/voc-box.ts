import type { BoundingBox } from "../../schema/labels.ts";
import type { ImageSize } from "../dataset-format.ts";
import { fromPixelBox, roundPixels, toPixelBox } from "../pixel-box.ts";

/** A box by its corners, as VOC has it. */
export interface VocCorners {
  readonly xmin: number;
  readonly ymin: number;
  readonly xmax: number;
  readonly ymax: number;
}

/**
 * VOC's corners are two things. As most programs write them they are edges: the box of a whole
 * image 64 pixels wide goes from 0 to 64. In Pascal VOC's own files (`inclusive`) they are pixels
 * that belong to the box, counted from 1: it goes from 1 to 64.
 */
export function boxOfCorners(
  corners: VocCorners,
  size: ImageSize,
  inclusive: boolean,
): BoundingBox {
  const before = inclusive ? 1 : 0;
  const x = corners.xmin - before;
  const y = corners.ymin - before;
  return fromPixelBox({ x, y, width: corners.xmax - x, height: corners.ymax - y }, size);
}

export function cornersOfBox(box: BoundingBox, size: ImageSize, inclusive: boolean): VocCorners {
  const { x, y, width, height } = toPixelBox(box, size);
  const before = inclusive ? 1 : 0;
  return {
    xmin: roundPixels(x + before),
    ymin: roundPixels(y + before),
    xmax: roundPixels(x + width),
    ymax: roundPixels(y + height),
  };
}
