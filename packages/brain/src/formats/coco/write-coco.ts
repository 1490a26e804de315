import { join } from "node:path";
import type { Inner, JsonValue, Keypoint, LabelBase } from "../../schema/labels.ts";
import type { Sample } from "../../schema/sample.ts";
import type { ImageSize, WriteTarget } from "../dataset-format.ts";
import { boundsOf, roundPixels, toPixelBox, toPixelPoint } from "../pixel-box.ts";
import {
  detectionsOf,
  dropProperties,
  keypointsOf,
  ofClasses,
  polylinesOf,
  sizeOf,
} from "../sample-labels.ts";
import { TextFile } from "../source-files.ts";
import { type CocoCategory, ownKeys } from "./coco-document.ts";
import { runsOfMask } from "./run-length-mask.ts";

/** An annotation that has no id yet. */
type Shape = Readonly<Record<string, unknown>> & { readonly label: string };

/** Writes `labels.json` and `data/`. Annotations are numbered as they come, from 1. */
export async function writeCoco(
  samples: AsyncIterable<Sample>,
  target: WriteTarget,
): Promise<void> {
  const categories = new Categories(target);
  const annotations: string[] = [];
  const imageIds = new ImageIds(target);
  const file = await TextFile.create(join(target.folder, "labels.json"));
  try {
    const { info, licenses } = cocoInfo(target);
    await file.write(`{\n"info": ${JSON.stringify(info ?? {})},\n`);
    await file.write(`"licenses": ${JSON.stringify(licenses ?? [])},\n"images": [`);
    let number = 0;
    for await (const sample of samples) {
      number++;
      const size = await sizeOf(sample, target.measureImage);
      const { path } = await target.media.add(sample.filepath, "data");
      const id = imageIds.idOf(sample);
      const image = { id, file_name: path, width: size.width, height: size.height };
      await file.write(`${number === 1 ? "\n" : ",\n"}${JSON.stringify(image)}`);
      if (sample.tags.length > 0) target.drop("tags of samples");
      for (const { label, ...shape } of shapesOf(sample, size, target)) {
        const rest = { image_id: id, category_id: categories.idOf(label), ...shape };
        annotations.push(JSON.stringify({ id: annotations.length + 1, ...rest }));
      }
    }
    await file.write('\n],\n"annotations": [');
    for (const [index, text] of annotations.entries()) {
      await file.write(`${index === 0 ? "\n" : ",\n"}${text}`);
    }
    await file.write(`\n],\n"categories": ${JSON.stringify(categories.list)}\n}\n`);
  } finally {
    await file.close();
  }
}

function cocoInfo({ description }: WriteTarget): Readonly<Record<string, JsonValue>> {
  const coco = description.info?.["coco"];
  return isRecord(coco) ? coco : {};
}

function isRecord(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Gives images their ids: those that an import kept, else the next number. None comes twice. */
class ImageIds {
  readonly #target: WriteTarget;
  readonly #used = new Set<number | string>();
  #last = 0;

  constructor(target: WriteTarget) {
    this.#target = target;
  }

  idOf(sample: Sample): number | string {
    const kept = sample["coco_id"];
    const isId = typeof kept === "number" || typeof kept === "string";
    if (isId && this.#used.has(kept)) this.#target.drop("a coco_id that another image has");
    const id = isId && !this.#used.has(kept) ? kept : this.#next();
    this.#used.add(id);
    return id;
  }

  #next(): number {
    do this.#last++;
    while (this.#used.has(this.#last));
    return this.#last;
  }
}

/** Numbers classes: as the dataset's COCO categories do, then on from the largest number. */
class Categories {
  readonly #ids = new Map<string, number>();
  readonly #categories: CocoCategory[] = [];

  constructor(target: WriteTarget) {
    const known = cocoInfo(target)["categories"];
    const { classes } = target;
    for (const category of Array.isArray(known) ? known : []) {
      if (!isRecord(category)) continue;
      const { id, name } = category;
      if (typeof id !== "number" || typeof name !== "string") continue;
      if (classes === undefined || classes.includes(name)) this.#add({ ...category, id, name });
    }
    for (const name of classes ?? target.description.classes ?? []) this.idOf(name);
  }

  get list(): readonly CocoCategory[] {
    return this.#categories;
  }

  idOf(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const id =
      this.#categories.reduce((largest, category) => Math.max(largest, category.id), 0) + 1;
    this.#add({ id, name });
    return id;
  }

  #add(category: CocoCategory): void {
    this.#ids.set(category.name, category.id);
    this.#categories.push(category);
  }
}

function* shapesOf(sample: Sample, size: ImageSize, target: WriteTarget): Generator<Shape> {
  const { labelFields } = target;
  for (const label of ofClasses(detectionsOf(sample, labelFields.detections) ?? [], target)) {
    const box = toPixelBox(label.boundingBox, size);
    dropProperties(label, ["tags", "index"], target);
    yield {
      label: label.label,
      bbox: [box.x, box.y, box.width, box.height],
      ...(label.mask === undefined
        ? {}
        : { segmentation: runsOfMask(label.mask, label.boundingBox, size) }),
      ...(label.confidence === undefined ? {} : { score: label.confidence }),
      ...attributesOf(label, box.width * box.height, target),
    };
  }
  for (const label of ofClasses(polylinesOf(sample, labelFields.polylines) ?? [], target)) {
    const shapes = label.points.map((points) => points.map((point) => toPixelPoint(point, size)));
    const box = boundsOf(shapes);
    if (box === undefined) {
      target.drop("shapes without points");
      continue;
    }
    dropProperties(label, ["tags", "index"], target);
    if (label.closed === false || label.filled === false)
      target.drop("lines that are not closed areas");
    yield {
      label: label.label,
      bbox: [box.x, box.y, box.width, box.height],
      segmentation: shapes.map((points) => points.flat()),
      ...(label.confidence === undefined ? {} : { score: label.confidence }),
      ...attributesOf(label, box.width * box.height, target),
    };
  }
  for (const label of ofClasses(keypointsOf(sample, labelFields.keypoints) ?? [], target)) {
    if (label.label === undefined) target.drop("keypoints without a label");
    else yield keypointShape(label, label.label, size, target);
  }
}

function keypointShape(
  keypoint: Inner<Keypoint>,
  label: string,
  size: ImageSize,
  target: WriteTarget,
): Shape {
  dropProperties(keypoint, ["tags", "index", "confidence"], target);
  const { visibility, ...attributes } = keypoint.attributes ?? {};
  const seen = Array.isArray(visibility) ? visibility : [];
  const points = keypoint.points.map((point) => toPixelPoint(point, size));
  const box = boundsOf([points]) ?? { x: 0, y: 0, width: 0, height: 0 };
  const marks = points.map((_, index) => Number(seen[index] ?? 2));
  return {
    label,
    bbox: [box.x, box.y, box.width, box.height],
    keypoints: points.flatMap(([x, y], index) => [x, y, marks[index]]),
    num_keypoints: marks.filter((mark) => mark > 0).length,
    ...attributesOf({ attributes }, box.width * box.height, target),
  };
}

function attributesOf(
  { attributes = {} }: LabelBase,
  boxArea: number,
  target: WriteTarget,
): Record<string, JsonValue> {
  const properties: Record<string, JsonValue> = { area: roundPixels(boxArea), iscrowd: 0 };
  for (const [name, value] of Object.entries(attributes)) {
    if (ownKeys.has(name) && name !== "area") target.drop(`attribute ${name} of labels`);
    else properties[name] = value;
  }
  return properties;
}
