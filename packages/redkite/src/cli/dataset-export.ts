import type { FormatName } from "@redkite/brain";
import { Command, Option } from "commander";
import {
  type DatasetOptions,
  homeOption,
  jsonOption,
  loadBrain,
  print,
  printJson,
  registryOptions,
  tellingBrainErrors,
} from "./dataset-options.ts";

interface ExportCommandOptions extends DatasetOptions {
  readonly format: string;
  readonly labelField?: string[];
  readonly classes?: string[];
  readonly fields?: string[];
  readonly media: "copy" | "move" | "symlink" | "none";
  readonly absolutePaths?: true;
  readonly splits?: string[];
}

const examples = `
Examples:
  $ redkite dataset export pets ./pets-yolo --format yolov5 --splits train val
  $ redkite dataset export pets ./pets-coco --format coco --label-field ground_truth
  $ redkite dataset export pets ./for-fiftyone --format fiftyone

The folder must be empty, or not there yet. What the format has no place for is
counted and told.`;

/** `redkite dataset export`: writes a dataset as files of a format. */
export function datasetExportCommand(): Command {
  return new Command("export")
    .description("Write a dataset as files: COCO, YOLO, VOC, CVAT, CSV, FiftyOne and others")
    .argument("<name>", "the dataset")
    .argument("<path>", "the folder to write, empty or new")
    .requiredOption("-f, --format <format>", "the format: see `redkite dataset formats`")
    .option("--label-field <field...>", "the field of the labels (default: the only one that fits)")
    .option("--classes <class...>", "only labels of these classes, in this order")
    .option("--fields <field...>", "only these fields (csv, jsonl, fiftyone)")
    .addOption(
      new Option("--media <mode>", "what becomes of the images")
        .choices(["copy", "move", "symlink", "none"])
        .default("copy"),
    )
    .option("--absolute-paths", "name images by absolute paths")
    .option("--splits <tag...>", "tags that are parts of the dataset")
    .addOption(homeOption())
    .addOption(jsonOption())
    .addHelpText("after", examples)
    .action((name: string, path: string, options: ExportCommandOptions) =>
      tellingBrainErrors(() => exportOne(name, path, options)),
    );
}

async function exportOne(name: string, path: string, options: ExportCommandOptions): Promise<void> {
  const { exportSamples, loadDataset } = await loadBrain();
  const { format, media, home: _, json, ...rest } = options;
  const dataset = await loadDataset(name, registryOptions(options));
  try {
    const report = await exportSamples(dataset, {
      ...rest,
      // The brain refuses names that are none, and lists those that are.
      format: format as FormatName,
      path,
      exportMedia: media === "none" ? false : media,
    });
    if (json === true) printJson({ name, path, ...report });
    else {
      const dropped = Object.entries(report.dropped);
      const lines = dropped.map(([what, times]) => `No place in ${format}: ${what} (${times})`);
      print([`Exported ${report.count} samples to ${path}`, ...lines].join("\n"));
    }
  } finally {
    await dataset.close();
  }
}
