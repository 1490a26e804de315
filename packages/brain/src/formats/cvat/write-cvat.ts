import { join } from "node:path";
import type { JsonValue, LabelBase, Point } from "../../schema/labels.ts";
import type { Sample } from "../../schema/sample.ts";
import type { ImageSize, WriteTarget } from "../dataset-format.ts";
import { roundPixels, toPixelBox, toPixelPoint } from "../pixel-box.ts";
import {
  classificationsOf,
  detectionsOf,
  dropProperties,
  keypointsOf,
  ofClasses,
  polylinesOf,
  sizeOf,
} from "../sample-labels.ts";
import { TextFile } from "../source-files.ts";
import { textOfValue } from "../text-value.ts";
import { escapeXml } from "../xml-document.ts";

/** CVAT's own attributes of shapes; what else a label has goes into `<attribute>`. */
const shapeAttributes = ["z_order", "rotation"];

/** Writes `annotations.xml` ("CVAT for images 1.1") and `data/`. */
export async function writeCvat(
  samples: AsyncIterable<Sample>,
  target: WriteTarget,
): Promise<void> {
  const file = await TextFile.create(join(target.folder, "annotations.xml"));
  try {
    await file.write('<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n');
    await file.write("  <version>1.1</version>\n");
    let number = 0;
    for await (const sample of samples) {
      const size = await sizeOf(sample, target.measureImage);
      const { path } = await target.media.add(sample.filepath, "data");
      if (sample.tags.length > 0) target.drop("tags of samples");
      const id = sample["cvat_id"];
      const attributes = {
        id: typeof id === "number" || typeof id === "bigint" ? String(id) : String(number),
        name: path,
        width: String(size.width),
        height: String(size.height),
      };
      number++;
      await file.write(`  <image${attributesXml(attributes)}>\n`);
      for (const shape of shapesOf(sample, size, target)) await file.write(shape);
      await file.write("  </image>\n");
    }
    await file.write("</annotations>\n");
  } finally {
    await file.close();
  }
}

function* shapesOf(sample: Sample, size: ImageSize, target: WriteTarget): Generator<string> {
  const { labelFields } = target;
  for (const label of ofClasses(
    classificationsOf(sample, labelFields.classifications) ?? [],
    target,
  )) {
    dropProperties(label, ["tags", "confidence"], target);
    yield shapeXml("tag", { label: label.label }, label);
  }
  for (const label of ofClasses(detectionsOf(sample, labelFields.detections) ?? [], target)) {
    dropProperties(label, ["tags", "confidence", "index", "mask"], target);
    const { x, y, width, height } = toPixelBox(label.boundingBox, size);
    const sides = {
      xtl: String(x),
      ytl: String(y),
      xbr: String(roundPixels(x + width)),
      ybr: String(roundPixels(y + height)),
    };
    yield shapeXml("box", { label: label.label, ...sides }, label);
  }
  for (const label of ofClasses(polylinesOf(sample, labelFields.polylines) ?? [], target)) {
    dropProperties(label, ["tags", "confidence", "index"], target);
    const name = label.closed === true || label.filled === true ? "polygon" : "polyline";
    // CVAT has one line a shape: several become as many labels.
    const lines = label.points.filter((line) => line.length > 0);
    if (lines.length === 0) target.drop("shapes without points");
    for (const line of lines) {
      yield shapeXml(name, { label: label.label, points: pointsText(line, size) }, label);
    }
  }
  for (const label of ofClasses(keypointsOf(sample, labelFields.keypoints) ?? [], target)) {
    dropProperties(label, ["tags", "confidence", "index"], target);
    const { label: name, points } = label;
    if (name === undefined) target.drop("keypoints without a label");
    else if (points.length === 0) target.drop("shapes without points");
    else yield shapeXml("points", { label: name, points: pointsText(points, size) }, label);
  }
}

function pointsText(points: readonly Point[], size: ImageSize): string {
  return points.map((point) => toPixelPoint(point, size).join(",")).join(";");
}

function shapeXml(
  name: string,
  places: Readonly<Record<string, string>>,
  { attributes = {} }: LabelBase,
): string {
  const own: Record<string, string> = { ...places };
  if (name !== "tag") own["occluded"] = attributes["occluded"] === true ? "1" : "0";
  const rest: [string, JsonValue][] = [];
  for (const [key, value] of Object.entries(attributes)) {
    if (name !== "tag" && shapeAttributes.includes(key)) own[key] = textOfValue(value);
    else if (name === "tag" || key !== "occluded" || typeof value !== "boolean") {
      rest.push([key, value]);
    }
  }
  if (rest.length === 0) return `    <${name}${attributesXml(own)}/>\n`;
  const inner = rest.map(
    ([key, value]) =>
      `      <attribute name="${escapeXml(key)}">${escapeXml(textOfValue(value))}</attribute>\n`,
  );
  return `    <${name}${attributesXml(own)}>\n${inner.join("")}    </${name}>\n`;
}

function attributesXml(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escapeXml(value)}"`)
    .join("");
}
