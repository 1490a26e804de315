import { join } from "node:path";
import { BrainError } from "../../base/brain-error.ts";
import type {
  Detection,
  Inner,
  JsonValue,
  Keypoint,
  LabelBase,
  Point,
  Polyline,
} from "../../schema/labels.ts";
import type { NewSample } from "../../schema/sample.ts";
import type { DatasetDescription, ImageSize, ReadResult, ReadSource } from "../dataset-format.ts";
import { type JsonPart, readJsonParts } from "../json-parts.ts";
import { MediaFolder } from "../media-folder.ts";
import { fromPixelBox, fromPixelPoint } from "../pixel-box.ts";
import { kindOfPath, listFolder, readChunks } from "../source-files.ts";
import {
  type CocoAnnotation,
  type CocoCategory,
  type CocoImage,
  isRunLengths,
  ownKeys,
  wrongAnnotation,
  wrongCategory,
  wrongImage,
} from "./coco-document.ts";
import { maskOfRuns } from "./run-length-mask.ts";

interface CocoDocument {
  readonly images: Map<number | string, CocoImage>;
  readonly categories: Map<number, CocoCategory>;
  /** By the image that they are on. */
  readonly annotations: Map<number | string, CocoAnnotation[]>;
  info: JsonValue | undefined;
  licenses: JsonValue | undefined;
}

/** Reads COCO's JSON: its parts may come in any order, and the file may be larger than a string. */
export async function readCoco(source: ReadSource): Promise<ReadResult> {
  const file = await findLabels(source);
  const document = await readDocument(file, source);
  const dataPath = source.dataPath ?? (await findData(source.path));
  return {
    description: describe(document),
    samples: samplesOf(document, file, dataPath, source),
  };
}

async function findLabels({ path, labelsPath }: ReadSource): Promise<string> {
  if (labelsPath !== undefined) return labelsPath;
  if ((await kindOfPath(path)) === "file") return path;
  const { files } = await listFolder(path);
  const known = ["labels.json", "_annotations.coco.json"].find((name) => files.includes(name));
  if (known !== undefined) return join(path, known);
  const others = files.filter((name) => name.endsWith(".json"));
  if (others.length === 1) return join(path, others[0]);
  throw new BrainError(
    "file-not-found",
    `No COCO labels in ${path}: expected labels.json, or one .json file, found ${others.length}; ` +
      "name the file with labelsPath",
    { details: { path, found: others } },
  );
}

async function findData(path: string): Promise<string> {
  if ((await kindOfPath(path)) === "file") return join(path, "..");
  const data = join(path, "data");
  return (await kindOfPath(data)) === "folder" ? data : path;
}

async function readDocument(file: string, source: ReadSource): Promise<CocoDocument> {
  const document: CocoDocument = {
    images: new Map(),
    categories: new Map(),
    annotations: new Map(),
    info: undefined,
    licenses: undefined,
  };
  const found = new Set<string>();
  for await (const part of readJsonParts(file, readChunks(file))) {
    source.log.throwIfCancelled();
    found.add(part.key);
    takePart(document, file, part, source);
  }
  for (const key of ["images", "annotations", "categories"]) {
    if (found.has(key)) continue;
    throw new BrainError("format-invalid", `${file}: not COCO: it has no "${key}"`, {
      details: { file, expected: key, found: [...found] },
    });
  }
  return document;
}

function takePart(document: CocoDocument, file: string, part: JsonPart, source: ReadSource): void {
  const { images, categories, annotations } = document;
  // What the functions below let pass has the type's properties.
  const take = (wrong: (value: unknown) => string | undefined, use: (value: unknown) => void) => {
    for (const [index, value] of part.values.entries()) {
      const message = wrong(value);
      if (message === undefined) use(value);
      else source.log.reject({ file, line: part.lineOf(index), message });
    }
  };
  if (part.key === "images") {
    const wrong = (value: unknown): string | undefined =>
      wrongImage(value) ?? repeatedId("image", images, value as CocoImage);
    take(wrong, (value) => images.set((value as CocoImage).id, value as CocoImage));
  } else if (part.key === "categories") {
    const wrong = (value: unknown): string | undefined =>
      wrongCategory(value) ?? repeatedId("category", categories, value as CocoCategory);
    take(wrong, (value) => {
      categories.set((value as CocoCategory).id, value as CocoCategory);
    });
  } else if (part.key === "annotations") {
    take(wrongAnnotation, (value) => {
      const annotation = value as CocoAnnotation;
      const others = annotations.get(annotation.image_id);
      if (others === undefined) annotations.set(annotation.image_id, [annotation]);
      else others.push(annotation);
    });
  } else if (part.key === "info") document.info = part.values[0] as JsonValue;
  else if (part.key === "licenses") document.licenses = part.values as JsonValue[];
  else source.log.ignore(`"${part.key}" of the file`, part.values.length);
}

/** Labels name images and categories by their ids: of two with one id, one would be lost. */
function repeatedId<I>(
  what: string,
  known: ReadonlyMap<I, unknown>,
  { id }: { readonly id: I },
): string | undefined {
  return known.has(id) ? `${what} ${String(id)} is in the file twice` : undefined;
}

function describe({ categories, info, licenses }: CocoDocument): DatasetDescription {
  const coco: Record<string, JsonValue> = {
    // They were read from JSON.
    categories: [...categories.values()] as JsonValue[],
  };
  if (info !== undefined) coco["info"] = info;
  if (licenses !== undefined) coco["licenses"] = licenses;
  return { classes: [...categories.values()].map(({ name }) => name), info: { coco } };
}

async function* samplesOf(
  document: CocoDocument,
  file: string,
  dataPath: string,
  source: ReadSource,
): AsyncGenerator<NewSample> {
  const { log } = source;
  const media = await MediaFolder.open(dataPath);
  for (const image of document.images.values()) {
    log.throwIfCancelled();
    const { filepath, exists } = await media.find(image.file_name);
    const annotations = document.annotations.get(image.id) ?? [];
    document.annotations.delete(image.id);
    if (!exists && source.requireMedia) {
      log.reject({ file, message: `image ${image.id}: ${filepath} does not exist` });
      continue;
    }
    const size = await measured(image, filepath, annotations, source);
    if (size === undefined) {
      log.reject({
        file,
        message: `image ${image.id} says no width and height, nor can it be read`,
      });
      continue;
    }
    const labels = labelsOf(annotations, size, document, file, source);
    const id = source.includeId ? { coco_id: image.id } : {};
    yield { filepath, ...id, ...labels };
  }
  for (const [id, annotations] of document.annotations) {
    log.reject({
      file,
      message: `${annotations.length} annotations are on image ${id}, which the file has not`,
    });
  }
}

async function measured(
  image: CocoImage,
  filepath: string,
  annotations: readonly CocoAnnotation[],
  source: ReadSource,
): Promise<ImageSize | undefined> {
  const { width, height } = image;
  if (width && height) return { width, height };
  if (annotations.length === 0) return { width: 1, height: 1 };
  try {
    return await source.measureImage(filepath);
  } catch {
    return undefined;
  }
}

function labelsOf(
  annotations: readonly CocoAnnotation[],
  size: ImageSize,
  document: CocoDocument,
  file: string,
  source: ReadSource,
): Partial<NewSample> {
  const { labelFields, log } = source;
  const detections: Inner<Detection>[] = [];
  const polylines: Inner<Polyline>[] = [];
  const keypoints: Inner<Keypoint>[] = [];
  for (const annotation of annotations) {
    const category = document.categories.get(annotation.category_id);
    if (category === undefined) {
      const message = `annotation ${annotation.id}: category ${annotation.category_id} is not in the file`;
      log.reject({ file, message });
      continue;
    }
    const label = category.name;
    const rest = attributesOf(annotation);
    const shape = annotation.segmentation;
    if (labelFields.detections !== undefined) {
      if (annotation.bbox === undefined) log.ignore("annotations without a bbox");
      else detections.push(detectionOf(annotation, label, size, rest));
    }
    if (shape !== undefined && !isRunLengths(shape)) {
      if (labelFields.polylines === undefined) log.ignore("segmentation polygons");
      else
        polylines.push({
          label,
          points: pointsOf(shape, size),
          closed: true,
          filled: true,
          ...rest,
        });
    }
    if (annotation.keypoints !== undefined) {
      if (labelFields.keypoints === undefined) log.ignore("keypoints");
      else keypoints.push(keypointOf(annotation.keypoints, label, size, rest));
    }
  }
  return fieldsOf(source, { detections, polylines, keypoints });
}

function fieldsOf(
  { labelFields }: ReadSource,
  labels: {
    readonly detections: readonly Inner<Detection>[];
    readonly polylines: readonly Inner<Polyline>[];
    readonly keypoints: readonly Inner<Keypoint>[];
  },
): Partial<NewSample> {
  const { detections, polylines, keypoints } = labels;
  const fields: Record<string, NewSample[string]> = {};
  if (labelFields.detections !== undefined) {
    fields[labelFields.detections] = { type: "Detections", detections };
  }
  if (labelFields.polylines !== undefined) {
    fields[labelFields.polylines] = { type: "Polylines", polylines };
  }
  if (labelFields.keypoints !== undefined) {
    fields[labelFields.keypoints] = { type: "Keypoints", keypoints };
  }
  return fields;
}

function detectionOf(
  annotation: CocoAnnotation,
  label: string,
  size: ImageSize,
  rest: LabelBase,
): Inner<Detection> {
  const [x, y, width, height] = annotation.bbox ?? [0, 0, 0, 0];
  const boundingBox = fromPixelBox({ x, y, width, height }, size);
  const { segmentation, score } = annotation;
  return {
    label,
    boundingBox,
    ...(score === undefined ? {} : { confidence: score }),
    ...(isRunLengths(segmentation) ? { mask: maskOfRuns(segmentation, boundingBox) } : {}),
    ...rest,
  };
}

function pointsOf(polygons: readonly (readonly number[])[], size: ImageSize): Point[][] {
  return polygons.map((numbers) => {
    const points: Point[] = [];
    for (let at = 0; at < numbers.length; at += 2) {
      points.push(fromPixelPoint([numbers[at], numbers[at + 1]], size));
    }
    return points;
  });
}

/** COCO's visibility (0 not labelled, 1 hidden, 2 seen) is kept as an attribute. */
function keypointOf(
  numbers: readonly number[],
  label: string,
  size: ImageSize,
  rest: LabelBase,
): Inner<Keypoint> {
  const points: Point[] = [];
  const visibility: number[] = [];
  for (let at = 0; at < numbers.length; at += 3) {
    points.push(fromPixelPoint([numbers[at], numbers[at + 1]], size));
    visibility.push(numbers[at + 2]);
  }
  return { label, points, attributes: { ...rest.attributes, visibility } };
}

function attributesOf(annotation: CocoAnnotation): LabelBase {
  const attributes: Record<string, JsonValue> = {};
  let count = 0;
  for (const key of Object.keys(annotation)) {
    if (ownKeys.has(key) || (key === "iscrowd" && annotation[key] === 0)) continue;
    // What was read from JSON is JSON.
    attributes[key] = annotation[key] as JsonValue;
    count++;
  }
  const { area, bbox } = annotation;
  // Of a box it is known; a polygon's or a mask's own is worth keeping.
  if (
    area !== undefined &&
    bbox !== undefined &&
    Math.abs(area - bbox[2] * bbox[3]) > 1e-6 * area
  ) {
    attributes["area"] = area;
    count++;
  }
  return count === 0 ? {} : { attributes };
}
