import { join } from "node:path";
import type { Detection, Inner, JsonValue } from "../../schema/labels.ts";
import type { NewSample } from "../../schema/sample.ts";
import type { ImageSize, ReadResult, ReadSource } from "../dataset-format.ts";
import { MediaFolder, stemOf } from "../media-folder.ts";
import { kindOfPath, listFilesBelow, readTextFile } from "../source-files.ts";
import { parseTextValue } from "../text-value.ts";
import { childOf, numberIn, parseXml, textOf, type XmlElement } from "../xml-document.ts";
import { boxOfCorners, type VocCorners } from "./voc-box.ts";

/**
 * Reads Pascal VOC: a folder of images and one of XML files of the same names. Images without a
 * file have no labels; a file without objects says that there are none.
 */
export async function readVoc(source: ReadSource): Promise<ReadResult> {
  const { path } = source;
  const dataPath = source.dataPath ?? (await firstFolder(path, ["data", "JPEGImages"]));
  const labelsPath = source.labelsPath ?? (await firstFolder(path, ["labels", "Annotations"]));
  return { description: {}, samples: samplesOf(dataPath, labelsPath, source) };
}

async function firstFolder(path: string, names: readonly string[]): Promise<string> {
  for (const name of names) {
    if ((await kindOfPath(join(path, name))) === "folder") return join(path, name);
  }
  return path;
}

async function* samplesOf(
  dataPath: string,
  labelsPath: string,
  source: ReadSource,
): AsyncGenerator<NewSample> {
  const media = await MediaFolder.open(dataPath);
  const labels = (await listFilesBelow(labelsPath)).filter((name) => name.endsWith(".xml"));
  const unlabeled = new Set(media.images);
  for (const name of labels) {
    source.log.throwIfCancelled();
    const file = join(labelsPath, name);
    const sample = await readAnnotation(file, stemOf(name), media, source);
    if (sample === undefined) continue;
    unlabeled.delete(media.nameOf(sample.filepath));
    yield sample;
  }
  for (const name of unlabeled) yield { filepath: join(dataPath, name) };
}

async function readAnnotation(
  file: string,
  stem: string,
  media: MediaFolder,
  source: ReadSource,
): Promise<NewSample | undefined> {
  const { log } = source;
  const root = parseXml(await readTextFile(file), file, log);
  if (root === undefined) return undefined;
  if (root.name !== "annotation") {
    log.reject({ file, message: `expected <annotation>, found <${root.name}>` });
    return undefined;
  }
  const named = await media.find(textOf(root, "filename") || `${stem}.jpg`);
  const filepath = media.findStem(stem) ?? (named.exists ? named.filepath : undefined);
  if (filepath === undefined && source.requireMedia) {
    log.reject({ file, message: `no image ${stem} in ${media.path}` });
    return undefined;
  }
  const path = filepath ?? named.filepath;
  const size = await sizeIn(root, path, source);
  if (size === undefined) {
    log.reject({ file, message: "no <size> with width and height, nor can the image be read" });
    return undefined;
  }
  const detections: Inner<Detection>[] = [];
  for (const object of root.children) {
    if (object.name !== "object") continue;
    const detection = readObject(object, size, source.inclusiveCorners ?? false);
    if (typeof detection === "string") log.reject({ file, message: detection });
    else detections.push(detection);
    const parts = object.children.filter(({ name }) => name === "part").length;
    if (parts > 0) log.ignore("parts of objects", parts);
  }
  const field = source.labelFields.detections;
  if (field === undefined) return { filepath: path };
  return { filepath: path, [field]: { type: "Detections", detections } };
}

async function sizeIn(
  root: XmlElement,
  filepath: string,
  source: ReadSource,
): Promise<ImageSize | undefined> {
  const element = childOf(root, "size");
  const width = numberIn(textOf(element, "width"));
  const height = numberIn(textOf(element, "height"));
  if (width && height) return { width, height };
  try {
    return await source.measureImage(filepath);
  } catch {
    return undefined;
  }
}

function readObject(
  object: XmlElement,
  size: ImageSize,
  inclusive: boolean,
): Inner<Detection> | string {
  const label = textOf(object, "name");
  if (label === undefined) return "an <object> has no <name>";
  const corners = cornersIn(childOf(object, "bndbox"));
  if (corners === undefined) {
    return `<object> ${label}: expected <bndbox> with xmin, ymin, xmax and ymax as numbers`;
  }
  // A box of inclusive corners that is empty ends a pixel before it begins.
  const least = inclusive ? -1 : 0;
  if (corners.xmax - corners.xmin < least || corners.ymax - corners.ymin < least) {
    return `<object> ${label}: its xmax or ymax is below its xmin or ymin`;
  }
  const attributes: Record<string, JsonValue> = {};
  for (const child of object.children) {
    if (["name", "bndbox", "part"].includes(child.name)) continue;
    attributes[child.name] = parseTextValue(child.text);
  }
  const boundingBox = boxOfCorners(corners, size, inclusive);
  return { label, boundingBox, ...(Object.keys(attributes).length === 0 ? {} : { attributes }) };
}

function cornersIn(box: XmlElement | undefined): VocCorners | undefined {
  const xmin = numberIn(textOf(box, "xmin"));
  const ymin = numberIn(textOf(box, "ymin"));
  const xmax = numberIn(textOf(box, "xmax"));
  const ymax = numberIn(textOf(box, "ymax"));
  if (xmin === undefined || ymin === undefined || xmax === undefined || ymax === undefined) {
    return undefined;
  }
  return { xmin, ymin, xmax, ymax };
}
