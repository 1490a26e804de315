import { isAbsolute, join, resolve, sep } from "node:path";
import { BrainError } from "../../base/brain-error.ts";
import type { Detection, Inner, Polyline } from "../../schema/labels.ts";
import type { NewSample } from "../../schema/sample.ts";
import type { ReadResult, ReadSource } from "../dataset-format.ts";
import { stemOf } from "../media-folder.ts";
import { isImageName, kindOfPath, listFilesBelow, readLines } from "../source-files.ts";
import { type DatasetYaml, readDatasetYaml } from "./dataset-yaml.ts";
import { parseYoloLine } from "./yolo-line.ts";

/**
 * Reads a YOLOv5 dataset. Each sample is tagged with its split; images without a label file have no
 * labels, those with an empty one have none in them.
 */
export async function readYolo(source: ReadSource): Promise<ReadResult> {
  const yaml = await readDatasetYaml(source.labelsPath ?? source.path);
  const splits = source.splits ?? [...yaml.splits.keys()];
  for (const split of splits) {
    if (yaml.splits.has(split)) continue;
    throw new BrainError(
      "invalid-argument",
      `${yaml.file} has no split '${split}'; it has ${[...yaml.splits.keys()].join(", ")}`,
      { details: { split, splits: [...yaml.splits.keys()] } },
    );
  }
  return {
    description: { classes: [...yaml.names.values()] },
    samples: samplesOf(yaml, splits, source),
  };
}

async function* samplesOf(
  yaml: DatasetYaml,
  splits: readonly string[],
  source: ReadSource,
): AsyncGenerator<NewSample> {
  for (const split of splits) {
    for (const place of yaml.splits.get(split) ?? []) {
      for (const filepath of await imagesOf(place, source)) {
        source.log.throwIfCancelled();
        const labels = await labelsOf(filepath, yaml, source);
        yield { filepath, tags: [split], ...labels };
      }
    }
  }
}

/** Of a folder all images below it; of a list the images that it names. */
async function imagesOf(place: string, { log, requireMedia }: ReadSource): Promise<string[]> {
  if ((await kindOfPath(place)) === "folder") {
    return (await listFilesBelow(place)).filter(isImageName).map((name) => join(place, name));
  }
  const images: string[] = [];
  for await (const { line, text } of readLines(place)) {
    if (text.trim() === "") continue;
    const filepath = isAbsolute(text) ? text : resolve(place, "..", text.trim());
    if (requireMedia && (await kindOfPath(filepath)) !== "file") {
      log.reject({ file: place, line, message: `${filepath} does not exist` });
    } else images.push(filepath);
  }
  return images;
}

/** The label file: the image's path with `labels` for the last `images`, and `.txt`. */
export function labelFileOf(filepath: string): string {
  const parts = filepath.split(sep);
  const at = parts.lastIndexOf("images");
  if (at !== -1) parts[at] = "labels";
  return `${stemOf(parts.join(sep))}.txt`;
}

async function labelsOf(
  filepath: string,
  yaml: DatasetYaml,
  source: ReadSource,
): Promise<Partial<NewSample>> {
  const file = labelFileOf(filepath);
  if ((await kindOfPath(file)) !== "file") return {};
  const { labelFields, log } = source;
  const detections: Inner<Detection>[] = [];
  const polylines: Inner<Polyline>[] = [];
  for await (const { line, text } of readLines(file)) {
    if (text.trim() === "") continue;
    const parsed = parseYoloLine(text);
    if (typeof parsed === "string") {
      log.reject({ file, line, message: parsed });
      continue;
    }
    const label = yaml.names.get(parsed.classNumber);
    if (label === undefined) {
      log.reject({ file, line, message: `class ${parsed.classNumber} is not in ${yaml.file}` });
    } else if (parsed.kind === "polygon") {
      if (labelFields.polylines === undefined) log.ignore("polygons");
      else polylines.push({ label, points: [parsed.points], closed: true, filled: true });
    } else if (labelFields.detections === undefined) log.ignore("boxes");
    else {
      const [x, y, width, height] = parsed.box;
      const { confidence } = parsed;
      detections.push({
        label,
        boundingBox: [x - width / 2, y - height / 2, width, height],
        ...(confidence === undefined ? {} : { confidence }),
      });
    }
  }
  const fields: Record<string, NewSample[string]> = {};
  if (labelFields.detections !== undefined) {
    fields[labelFields.detections] = { type: "Detections", detections };
  }
  if (labelFields.polylines !== undefined) {
    fields[labelFields.polylines] = { type: "Polylines", polylines };
  }
  return fields;
}
