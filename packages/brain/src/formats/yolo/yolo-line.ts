import type { Point } from "../../schema/labels.ts";

/** A line of a YOLO label file: a box or a polygon, in shares of the image. */
export type YoloLine =
  | {
      readonly kind: "box";
      readonly classNumber: number;
      /** Centre x, centre y, width, height. */
      readonly box: readonly [number, number, number, number];
      readonly confidence?: number;
    }
  | { readonly kind: "polygon"; readonly classNumber: number; readonly points: readonly Point[] };

/**
 * Reads a line: a class and four numbers are a box, a sixth is its confidence, and a class and
 * three points or more are a polygon. A text says what is wrong.
 */
export function parseYoloLine(text: string): YoloLine | string {
  const words = text.trim().split(/\s+/);
  const numbers = words.map(Number);
  const wrong = words.find((_, index) => !Number.isFinite(numbers[index]));
  if (wrong !== undefined) return `expected numbers, found ${JSON.stringify(wrong)}`;
  const [classNumber, ...rest] = numbers;
  if (!Number.isSafeInteger(classNumber) || classNumber < 0) {
    return `expected a class's number first, found ${words[0]}`;
  }
  if (rest.length === 4 || rest.length === 5) {
    const [x, y, width, height, confidence] = rest;
    if (width < 0 || height < 0)
      return `expected a width and a height, found ${width} and ${height}`;
    const box = [x, y, width, height] as const;
    return { kind: "box", classNumber, box, ...(confidence === undefined ? {} : { confidence }) };
  }
  if (rest.length < 6 || rest.length % 2 === 1) {
    return `expected 5, 6, 7 or more (odd) numbers, found ${numbers.length}`;
  }
  const points: Point[] = [];
  for (let at = 0; at < rest.length; at += 2) points.push([rest[at], rest[at + 1]]);
  return { kind: "polygon", classNumber, points };
}
