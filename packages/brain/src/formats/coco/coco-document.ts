import type { JsonValue } from "../../schema/labels.ts";
import { type RunLengths, wrongRunLengths } from "./run-length-mask.ts";

/** An entry of `images`. */
export interface CocoImage {
  readonly id: number | string;
  readonly file_name: string;
  readonly width?: number;
  readonly height?: number;
}

/** An entry of `categories`. Ids need not follow each other. */
export interface CocoCategory {
  readonly id: number;
  readonly name: string;
  readonly [key: string]: JsonValue;
}

/** An entry of `annotations`. What is not named here is an attribute. */
export interface CocoAnnotation {
  readonly id?: number | string;
  readonly image_id: number | string;
  readonly category_id: number;
  /** Left, top, width and height in pixels. */
  readonly bbox?: readonly [number, number, number, number];
  /** Polygons as x, y, x, y, … in pixels, or a mask. */
  readonly segmentation?: readonly (readonly number[])[] | RunLengths;
  /** x, y and how visible, for each point. */
  readonly keypoints?: readonly number[];
  readonly score?: number;
  readonly area?: number;
  readonly [key: string]: unknown;
}

/** What an annotation has of its own; the rest are attributes, `iscrowd` too. */
export const ownKeys: ReadonlySet<string> = new Set(
  "id image_id category_id bbox segmentation area keypoints num_keypoints score".split(" "),
);

/** What is wrong with an entry of `images`, or `undefined`. */
export function wrongImage(value: unknown): string | undefined {
  if (!isObject(value)) return `expected an image, found ${shown(value)}`;
  if (!isId(value["id"])) return `expected an image with an id, found id ${shown(value["id"])}`;
  if (typeof value["file_name"] !== "string" || value["file_name"] === "") {
    return `expected an image with a file_name, found ${shown(value["file_name"])}`;
  }
  for (const side of ["width", "height"]) {
    const length = value[side];
    if (length === undefined || length === null) continue;
    if (!Number.isSafeInteger(length) || Number(length) < 0) {
      return `expected a whole number as ${side}, found ${shown(length)}`;
    }
  }
  return undefined;
}

export function wrongCategory(value: unknown): string | undefined {
  if (!isObject(value)) return `expected a category, found ${shown(value)}`;
  if (!Number.isSafeInteger(value["id"])) {
    return `expected a category with a whole number as id, found ${shown(value["id"])}`;
  }
  if (typeof value["name"] !== "string") {
    return `expected a category with a name, found ${shown(value["name"])}`;
  }
  return undefined;
}

export function wrongAnnotation(value: unknown): string | undefined {
  if (!isObject(value)) return `expected an annotation, found ${shown(value)}`;
  if (!isId(value["image_id"])) return `expected an image_id, found ${shown(value["image_id"])}`;
  if (!Number.isSafeInteger(value["category_id"])) {
    return `expected a whole number as category_id, found ${shown(value["category_id"])}`;
  }
  const { bbox, segmentation, keypoints, score } = value;
  if (
    bbox !== undefined &&
    !(isNumbers(bbox) && bbox.length === 4 && bbox[2] >= 0 && bbox[3] >= 0)
  ) {
    return `expected a bbox [left, top, width, height], found ${shown(bbox)}`;
  }
  if (segmentation !== undefined) {
    if (!isSegmentation(segmentation)) {
      return `expected polygons or run lengths as segmentation, found ${shown(segmentation)}`;
    }
    const wrongRuns = isRunLengths(segmentation) ? wrongRunLengths(segmentation) : undefined;
    if (wrongRuns !== undefined) return wrongRuns;
  }
  if (keypoints !== undefined && !(isNumbers(keypoints) && keypoints.length % 3 === 0)) {
    return `expected keypoints [x, y, visibility, …], found ${shown(keypoints)}`;
  }
  if (score !== undefined && !Number.isFinite(score)) {
    return `expected a number as score, found ${shown(score)}`;
  }
  return undefined;
}

function isSegmentation(value: unknown): value is NonNullable<CocoAnnotation["segmentation"]> {
  if (Array.isArray(value)) {
    return value.every((polygon) => isNumbers(polygon) && polygon.length % 2 === 0);
  }
  if (!isObject(value)) return false;
  const { size, counts } = value;
  if (!isNumbers(size) || size.length !== 2) return false;
  return typeof counts === "string" || isNumbers(counts);
}

/** Whether the segmentation is a mask rather than polygons. */
export function isRunLengths(value: CocoAnnotation["segmentation"]): value is RunLengths {
  return value !== undefined && "counts" in value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((number) => Number.isFinite(number));
}

function isId(value: unknown): value is number | string {
  return typeof value === "string" || Number.isSafeInteger(value);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
