import { join } from "node:path";
import { stringify } from "yaml";
import { BrainError } from "../../base/brain-error.ts";
import type { Sample } from "../../schema/sample.ts";
import type { WriteTarget } from "../dataset-format.ts";
import { detectionsOf, dropProperties, ofClasses, polylinesOf } from "../sample-labels.ts";
import { makeFolder, TextFile } from "../source-files.ts";
import { splitOf } from "../split-of.ts";

/**
 * Writes `dataset.yaml`, `images/SPLIT` and `labels/SPLIT`. Samples go to the split that they are
 * tagged with; with one split, all go there.
 */
export async function writeYolo(
  samples: AsyncIterable<Sample>,
  target: WriteTarget,
): Promise<void> {
  const splits = target.splits ?? ["train"];
  const numbers = new Map<string, number>();
  for (const name of target.classes ?? target.description.classes ?? [])
    numbers.set(name, numbers.size);
  for (const split of splits) {
    await makeFolder(join(target.folder, "images", split));
    await makeFolder(join(target.folder, "labels", split));
  }
  for await (const sample of samples) {
    const split = splits.length === 1 ? splits[0] : splitOf(sample, splits);
    const { stem, path } = await target.media.add(sample.filepath, `images/${split}`);
    if (path.includes("/") || path.includes("\\")) throw mediaNeeded();
    for (const tag of sample.tags) if (tag !== split) target.drop("tags of samples");
    const lines = linesOf(sample, numbers, target);
    if (lines === undefined) continue;
    const file = await TextFile.create(join(target.folder, "labels", split, `${stem}.txt`));
    await file.write(lines.join("")).finally(() => file.close());
  }
  const yaml = await TextFile.create(join(target.folder, "dataset.yaml"));
  // Without a path, programs look from the file's own folder.
  const content = {
    ...Object.fromEntries(splits.map((split) => [split, `images/${split}`])),
    names: [...numbers.keys()],
  };
  await yaml.write(stringify(content)).finally(() => yaml.close());
}

/** The labels lie where the images do: one cannot be exported without the other. */
function mediaNeeded(): BrainError {
  return new BrainError(
    "invalid-argument",
    "YOLO finds labels by the images' paths: export the media too (copy, move or symlink)",
  );
}

function linesOf(
  sample: Sample,
  numbers: Map<string, number>,
  target: WriteTarget,
): string[] | undefined {
  const { labelFields } = target;
  const detections = detectionsOf(sample, labelFields.detections);
  const polylines = polylinesOf(sample, labelFields.polylines);
  if (detections === undefined && polylines === undefined) return undefined;
  const numberOf = (label: string) => {
    const number = numbers.get(label) ?? numbers.size;
    numbers.set(label, number);
    return number;
  };
  const lines: string[] = [];
  for (const label of ofClasses(detections ?? [], target)) {
    dropProperties(label, ["tags", "index", "mask", "attributes"], target);
    const [left, top, width, height] = label.boundingBox;
    const numbersOfLine = [left + width / 2, top + height / 2, width, height];
    if (label.confidence !== undefined) numbersOfLine.push(label.confidence);
    lines.push(`${[numberOf(label.label), ...numbersOfLine].join(" ")}\n`);
  }
  for (const label of ofClasses(polylines ?? [], target)) {
    dropProperties(label, ["tags", "index", "confidence", "attributes"], target);
    if (label.points.length === 0) target.drop("shapes without points");
    for (const points of label.points) {
      if (points.length < 3) target.drop("polygons of fewer than 3 points");
      else lines.push(`${[numberOf(label.label), ...points.flat()].join(" ")}\n`);
    }
  }
  return lines;
}
