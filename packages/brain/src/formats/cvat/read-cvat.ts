import { join } from "node:path";
import type {
  Classification,
  Detection,
  Inner,
  JsonValue,
  Keypoint,
  Point,
  Polyline,
} from "../../schema/labels.ts";
import type { NewSample } from "../../schema/sample.ts";
import type { ImageSize, LabelKind, ReadResult, ReadSource } from "../dataset-format.ts";
import { MediaFolder } from "../media-folder.ts";
import { fromPixelBox, fromPixelPoint } from "../pixel-box.ts";
import { kindOfPath, readTextFile } from "../source-files.ts";
import { parseTextValue } from "../text-value.ts";
import { numberIn, parseXml, type XmlElement } from "../xml-document.ts";

interface ImageLabels {
  readonly classifications: Inner<Classification>[];
  readonly detections: Inner<Detection>[];
  readonly polylines: Inner<Polyline>[];
  readonly keypoints: Inner<Keypoint>[];
}

/** CVAT's element of each kind, for what is said of those left out. */
const kindOfElement: Readonly<Record<string, LabelKind>> = {
  tag: "classifications",
  box: "detections",
  polygon: "polylines",
  polyline: "polylines",
  points: "keypoints",
};

/** What a shape has of its own, beside its places; the rest are attributes. */
const ownAttributes: ReadonlySet<string> = new Set(
  "label points xtl ytl xbr ybr source".split(" "),
);

/** Reads "CVAT for images 1.1": one XML file beside the images. */
export async function readCvat(source: ReadSource): Promise<ReadResult> {
  const { path } = source;
  const isFile = (await kindOfPath(path)) === "file";
  const file = source.labelsPath ?? (isFile ? path : await findLabels(path));
  const folder = isFile ? join(path, "..") : path;
  const data = join(folder, "data");
  const images = join(folder, "images");
  const dataPath =
    source.dataPath ??
    ((await kindOfPath(data)) === "folder"
      ? data
      : (await kindOfPath(images)) === "folder"
        ? images
        : folder);
  return { description: {}, samples: samplesOf(file, dataPath, source) };
}

async function findLabels(path: string): Promise<string> {
  const annotations = join(path, "annotations.xml");
  return (await kindOfPath(annotations)) === "file" ? annotations : join(path, "labels.xml");
}

async function* samplesOf(
  file: string,
  dataPath: string,
  source: ReadSource,
): AsyncGenerator<NewSample> {
  const root = parseXml(await readTextFile(file), file, source.log);
  if (root === undefined) return;
  if (root.name !== "annotations") {
    source.log.reject({ file, message: `expected <annotations>, found <${root.name}>` });
    return;
  }
  const media = await MediaFolder.open(dataPath);
  for (const element of root.children) {
    source.log.throwIfCancelled();
    if (element.name === "image") {
      const sample = await readImage(element, file, media, source);
      if (sample !== undefined) yield sample;
    } else if (element.name === "track") source.log.ignore("tracks of videos");
  }
}

async function readImage(
  element: XmlElement,
  file: string,
  media: MediaFolder,
  source: ReadSource,
): Promise<NewSample | undefined> {
  const { log } = source;
  const { id, name, width, height, subset } = element.attributes;
  if (name === undefined) {
    log.reject({ file, message: `<image> ${id ?? ""} has no name` });
    return undefined;
  }
  const size = { width: numberIn(width) ?? 0, height: numberIn(height) ?? 0 };
  if (!(size.width > 0 && size.height > 0)) {
    const found = `${width ?? "nothing"} and ${height ?? "nothing"}`;
    log.reject({ file, message: `<image> ${name}: expected width and height, found ${found}` });
    return undefined;
  }
  // CVAT's own exports have a folder for each subset.
  const inSubset = await media.find(subset === undefined ? name : `${subset}/${name}`);
  const { filepath, exists } = inSubset.exists ? inSubset : await media.find(name);
  if (!exists && source.requireMedia) {
    log.reject({ file, message: `<image> ${name}: ${filepath} does not exist` });
    return undefined;
  }
  return {
    filepath,
    ...(subset === undefined ? {} : { tags: [subset] }),
    ...(source.includeId && id !== undefined ? { cvat_id: Number(id) } : {}),
    ...readShapes(element, size, { file, source, name }),
  };
}

function readShapes(
  image: XmlElement,
  size: ImageSize,
  place: { readonly file: string; readonly name: string; readonly source: ReadSource },
): Partial<NewSample> {
  const { log, labelFields } = place.source;
  const labels: ImageLabels = { classifications: [], detections: [], polylines: [], keypoints: [] };
  for (const shape of image.children) {
    const kind = kindOfElement[shape.name];
    if (kind === undefined || labelFields[kind] === undefined) {
      log.ignore(`<${shape.name}> of images`);
      continue;
    }
    const wrong = readShape(shape, size, labels);
    if (wrong === undefined) continue;
    log.reject({ file: place.file, message: `<${shape.name}> of ${place.name}: ${wrong}` });
  }
  const { classifications, detections, polylines, keypoints } = labels;
  const fields: Record<string, NewSample[string]> = {};
  const {
    classifications: tags,
    detections: boxes,
    polylines: lines,
    keypoints: points,
  } = labelFields;
  if (tags !== undefined) fields[tags] = { type: "Classifications", classifications };
  if (boxes !== undefined) fields[boxes] = { type: "Detections", detections };
  if (lines !== undefined) fields[lines] = { type: "Polylines", polylines };
  if (points !== undefined) fields[points] = { type: "Keypoints", keypoints };
  return fields;
}

/** Adds the shape to the labels; a text says what is wrong with it. */
function readShape(shape: XmlElement, size: ImageSize, labels: ImageLabels): string | undefined {
  const { label } = shape.attributes;
  if (label === undefined) return "expected a label";
  const attributes = attributesOf(shape);
  const rest = Object.keys(attributes).length === 0 ? {} : { attributes };
  if (shape.name === "tag") {
    labels.classifications.push({ label, ...rest });
    return undefined;
  }
  if (shape.name === "box") {
    const sides = ["xtl", "ytl", "xbr", "ybr"].map((side) => numberIn(shape.attributes[side]));
    const [left, top, right, bottom] = sides;
    if (left === undefined || top === undefined || right === undefined || bottom === undefined) {
      return "expected xtl, ytl, xbr and ybr as numbers";
    }
    if (right < left || bottom < top) return "its xbr or ybr is below its xtl or ytl";
    const box = { x: left, y: top, width: right - left, height: bottom - top };
    labels.detections.push({ label, boundingBox: fromPixelBox(box, size), ...rest });
    return undefined;
  }
  const points = pointsIn(shape.attributes["points"], size);
  if (points === undefined) return 'expected points as "x,y;x,y"';
  if (shape.name === "points") labels.keypoints.push({ label, points, ...rest });
  else {
    const isArea = shape.name === "polygon";
    labels.polylines.push({ label, points: [points], closed: isArea, filled: isArea, ...rest });
  }
  return undefined;
}

function pointsIn(text: string | undefined, size: ImageSize): Point[] | undefined {
  const points: Point[] = [];
  for (const pair of (text ?? "").split(";")) {
    const [x, y, more] = pair.split(",");
    const point = [numberIn(x), numberIn(y)];
    if (point[0] === undefined || point[1] === undefined || more !== undefined) return undefined;
    points.push(fromPixelPoint([point[0], point[1]], size));
  }
  return points;
}

/** `occluded`, `z_order` and `rotation` where they say something, then the user's own. */
function attributesOf(shape: XmlElement): Record<string, JsonValue> {
  const attributes: Record<string, JsonValue> = {};
  for (const [name, text] of Object.entries(shape.attributes)) {
    if (ownAttributes.has(name)) continue;
    if (name === "occluded") {
      if (text === "1") attributes[name] = true;
    } else if (!((name === "z_order" || name === "rotation") && Number(text) === 0)) {
      attributes[name] = parseTextValue(text);
    }
  }
  for (const child of shape.children) {
    const { name } = child.attributes;
    if (child.name === "attribute" && name !== undefined) {
      attributes[name] = parseTextValue(child.text);
    }
  }
  return attributes;
}
