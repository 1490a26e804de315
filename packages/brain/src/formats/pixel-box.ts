import type { BoundingBox, Point } from "../schema/labels.ts";
import type { ImageSize } from "./dataset-format.ts";

/** A box in pixels, from the image's top left corner. */
export interface PixelBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Six decimals: far finer than any annotation, and no `9.600000000000001`. */
const decimals = 1e6;

/** A number of pixels as files have it. */
export function roundPixels(value: number): number {
  const rounded = Math.round(value * decimals) / decimals;
  // Minus nothing reads as a mistake.
  return rounded === 0 ? 0 : rounded;
}

/** The box in pixels, to six decimals. */
export function toPixelBox(box: BoundingBox, size: ImageSize): PixelBox {
  return {
    x: roundPixels(box[0] * size.width),
    y: roundPixels(box[1] * size.height),
    width: roundPixels(box[2] * size.width),
    height: roundPixels(box[3] * size.height),
  };
}

export function fromPixelBox(box: PixelBox, size: ImageSize): BoundingBox {
  return [
    box.x / size.width,
    box.y / size.height,
    box.width / size.width,
    box.height / size.height,
  ];
}

export function toPixelPoint(point: Point, size: ImageSize): Point {
  return [roundPixels(point[0] * size.width), roundPixels(point[1] * size.height)];
}

export function fromPixelPoint(point: Point, size: ImageSize): Point {
  return [point[0] / size.width, point[1] / size.height];
}

/** The smallest box around all points. Nothing when there is no point. */
export function boundsOf(shapes: readonly (readonly Point[])[]): PixelBox | undefined {
  const points = shapes.flat();
  if (points.length === 0) return undefined;
  let [left, top] = points[0];
  let [right, bottom] = points[0];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return { x: left, y: top, width: roundPixels(right - left), height: roundPixels(bottom - top) };
}
