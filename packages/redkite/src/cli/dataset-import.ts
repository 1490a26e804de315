import type { FormatName, ImportReport } from "@redkite/brain";
import { Command, Option } from "commander";
import { UsageError } from "../usage-error.ts";
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

interface ImportCommandOptions extends DatasetOptions {
  readonly format: string;
  readonly data?: string;
  readonly labels?: string;
  readonly labelField?: string;
  readonly classes?: string[];
  readonly tags?: string[];
  readonly splits?: string[];
  readonly maxSamples?: number;
  readonly shuffle?: true;
  readonly seed?: number;
  readonly skipInvalid?: true;
  readonly overwrite?: true;
}

const examples = `
Examples:
  $ redkite dataset import pets ./pets --format coco
  $ redkite dataset import pets ./VOC2012 --format voc --skip-invalid
  $ redkite dataset import mine ./exported --format fiftyone

Images stay where they are. An import that fails leaves no dataset; with
--skip-invalid what is broken is left out and listed.`;

/** `redkite dataset import`: makes a dataset of what is in files of a format. */
export function datasetImportCommand(): Command {
  return new Command("import")
    .description("Make a dataset of files: COCO, YOLO, VOC, CVAT, CSV, FiftyOne and others")
    .argument("<name>", "the dataset to make")
    .argument("<path>", "the folder of the files, or the one file")
    .requiredOption("-f, --format <format>", "the format: see `redkite dataset formats`")
    .option("--data <folder>", "where the images are, if not where the format has them")
    .option("--labels <path>", "the file or folder of the labels, if not where the format has them")
    .option("--label-field <field>", "the field that gets the labels (default: ground_truth)")
    .option("--classes <class...>", "only labels of these classes")
    .option("--tags <tag...>", "tags that every sample gets")
    .option("--splits <split...>", "only these parts, such as train and val")
    .addOption(wholeNumber("--max-samples <count>", "how many samples at most"))
    .option("--shuffle", "take the samples in a random order")
    .addOption(wholeNumber("--seed <number>", "equal seeds give equal orders"))
    .option("--skip-invalid", "leave out what is broken, and list it")
    .option("--overwrite", "replace the dataset of that name")
    .addOption(homeOption())
    .addOption(jsonOption())
    .addHelpText("after", examples)
    .action((name: string, path: string, options: ImportCommandOptions) =>
      tellingBrainErrors(() => importOne(name, path, options)),
    );
}

function wholeNumber(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string) => {
    if (/^\d+$/.test(text)) return Number(text);
    throw new UsageError(`${flags.split(" ", 1)[0]} takes a whole number, not "${text}"`);
  });
}

async function importOne(name: string, path: string, options: ImportCommandOptions): Promise<void> {
  const { importDataset } = await loadBrain();
  const { format, data, labels, home: _, json, ...rest } = options;
  const { dataset, report } = await importDataset(name, {
    ...rest,
    ...registryOptions(options),
    // The brain refuses names that are none, and lists those that are.
    format: format as FormatName,
    path,
    ...(data === undefined ? {} : { dataPath: data }),
    ...(labels === undefined ? {} : { labelsPath: labels }),
  });
  await dataset.close();
  if (json === true) printJson({ name, ...report });
  else print(reportText(name, report));
}

function reportText(name: string, report: ImportReport): string {
  const { count, problemCount, problems, ignored } = report;
  const lines = [`Imported ${count} samples into dataset "${name}"`];
  for (const [what, times] of Object.entries(ignored)) lines.push(`Not taken: ${what} (${times})`);
  if (problemCount > 0) lines.push(`Left out as broken: ${problemCount}`);
  for (const { file, line, message } of problems) {
    lines.push(`  ${file}${line === undefined ? "" : `:${line}`}: ${message}`);
  }
  return lines.join("\n");
}
