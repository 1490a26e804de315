import { join } from "node:path";
import { BrainError } from "../../base/brain-error.ts";
import type { NewSample, Sample } from "../../schema/sample.ts";
import type { DatasetFormat, ReadResult, ReadSource, WriteTarget } from "../dataset-format.ts";
import { classificationsOf, dropProperties } from "../sample-labels.ts";
import { isImageName, listFilesBelow, listFolder } from "../source-files.ts";

/** The folder of the images without a class, as FiftyOne calls it. */
const unlabeledFolder = "_unlabeled";

/** A folder of images for each class. */
export const classDirectoryTreeFormat: DatasetFormat = {
  name: "class-directory-tree",
  summary: "A folder of images for each class; _unlabeled for those without",
  labelKinds: ["classifications"],
  hasSplits: false,
  read: readTree,
  write: writeTree,
};

async function readTree(source: ReadSource): Promise<ReadResult> {
  const folder = source.dataPath ?? source.path;
  const { files, folders } = await listFolder(folder);
  const loose = files.filter(isImageName).length;
  if (loose > 0) source.log.ignore("images outside the folders of classes", loose);
  return {
    description: { classes: folders.filter((name) => name !== unlabeledFolder) },
    samples: samplesOf(folder, folders, source),
  };
}

async function* samplesOf(
  folder: string,
  classes: readonly string[],
  source: ReadSource,
): AsyncGenerator<NewSample> {
  const field = source.labelFields.classifications;
  for (const label of classes) {
    const ofClass = join(folder, label);
    for (const name of (await listFilesBelow(ofClass)).filter(isImageName)) {
      source.log.throwIfCancelled();
      const isLabeled = field !== undefined && label !== unlabeledFolder;
      yield {
        filepath: join(ofClass, name),
        ...(isLabeled ? { [field]: { type: "Classification", label } } : {}),
      };
    }
  }
}

async function writeTree(samples: AsyncIterable<Sample>, target: WriteTarget): Promise<void> {
  for await (const sample of samples) {
    const label = labelOf(sample, target);
    if (sample.tags.length > 0) target.drop("tags of samples");
    await target.media.add(sample.filepath, label ?? unlabeledFolder);
  }
}

function labelOf(sample: Sample, target: WriteTarget): string | undefined {
  const labels = classificationsOf(sample, target.labelFields.classifications) ?? [];
  const [label] = labels;
  if (label === undefined) return undefined;
  if (labels.length > 1) target.drop("classifications after the first", labels.length - 1);
  dropProperties(label, ["tags", "confidence", "attributes"], target);
  if (target.classes !== undefined && !target.classes.includes(label.label)) {
    target.drop("labels of other classes");
    return undefined;
  }
  if (isFolderName(label.label)) return label.label;
  throw new BrainError(
    "value-invalid",
    `Cannot export ${sample.filepath}: its class ${JSON.stringify(label.label)} is no name of a folder`,
    { details: { id: sample.id, label: label.label } },
  );
}

function isFolderName(text: string): boolean {
  return (
    text !== "" &&
    !/[/\\\0]/.test(text) &&
    text !== "." &&
    text !== ".." &&
    text !== unlabeledFolder
  );
}
