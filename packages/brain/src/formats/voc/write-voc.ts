import { basename, join } from "node:path";
import type { Detection, Inner } from "../../schema/labels.ts";
import type { Sample } from "../../schema/sample.ts";
import type { ImageSize, WriteTarget } from "../dataset-format.ts";
import { detectionsOf, dropProperties, ofClasses, sizeOf } from "../sample-labels.ts";
import { makeFolder, TextFile } from "../source-files.ts";
import { textOfValue } from "../text-value.ts";
import { escapeXml, isXmlName } from "../xml-document.ts";
import { cornersOfBox } from "./voc-box.ts";

/** Writes `data/` and `labels/`, an XML file for each sample that has a value in the field. */
export async function writeVoc(samples: AsyncIterable<Sample>, target: WriteTarget): Promise<void> {
  const folder = join(target.folder, "labels");
  await makeFolder(folder);
  for await (const sample of samples) {
    const { path, stem } = await target.media.add(sample.filepath, "data");
    if (sample.tags.length > 0) target.drop("tags of samples");
    const detections = detectionsOf(sample, target.labelFields.detections);
    if (detections === undefined) continue;
    const size = await sizeOf(sample, target.measureImage);
    const file = await TextFile.create(join(folder, `${stem}.xml`));
    const objects = ofClasses(detections, target).map((label) => objectXml(label, size, target));
    await file
      .write(annotationXml(path, size, sample.metadata?.numChannels ?? 3, objects))
      .finally(() => file.close());
  }
}

function annotationXml(
  path: string,
  size: ImageSize,
  depth: number,
  objects: readonly string[],
): string {
  return `<annotation>
  <folder>data</folder>
  <filename>${escapeXml(basename(path))}</filename>
  <path>${escapeXml(path)}</path>
  <size>
    <width>${size.width}</width>
    <height>${size.height}</height>
    <depth>${depth}</depth>
  </size>
${objects.join("")}</annotation>
`;
}

function objectXml(label: Inner<Detection>, size: ImageSize, target: WriteTarget): string {
  dropProperties(label, ["tags", "index", "mask", "confidence"], target);
  const { xmin, ymin, xmax, ymax } = cornersOfBox(
    label.boundingBox,
    size,
    target.inclusiveCorners ?? false,
  );
  return `  <object>
    <name>${escapeXml(label.label)}</name>
${attributesXml(label, target)}    <bndbox>
      <xmin>${xmin}</xmin>
      <ymin>${ymin}</ymin>
      <xmax>${xmax}</xmax>
      <ymax>${ymax}</ymax>
    </bndbox>
  </object>
`;
}

function attributesXml({ attributes = {} }: Inner<Detection>, target: WriteTarget): string {
  let xml = "";
  for (const [name, value] of Object.entries(attributes)) {
    if (!isXmlName(name) || ["name", "bndbox", "part"].includes(name)) {
      target.drop(`attribute ${name} of labels`);
    } else xml += `    <${name}>${escapeXml(textOfValue(value))}</${name}>\n`;
  }
  return xml;
}
