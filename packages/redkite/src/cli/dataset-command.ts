import { Command } from "commander";
import { datasetDeleteCommand } from "./dataset-delete.ts";
import { datasetExportCommand } from "./dataset-export.ts";
import { datasetFormatsCommand } from "./dataset-formats.ts";
import { datasetImportCommand } from "./dataset-import.ts";
import { datasetInfoCommand } from "./dataset-info.ts";
import { datasetListCommand } from "./dataset-list.ts";

const examples = `
Examples:
  $ redkite dataset list
  $ redkite dataset info quickstart --json
  $ redkite dataset import pets ./pets --format coco
  $ redkite dataset export pets ./pets-yolo --format yolov5
  $ redkite dataset delete quickstart --yes

Datasets are folders under <home>/datasets. The home is --home, then the variable
REDKITE_HOME, then ~/.redkite. Images are referenced, never copied or deleted.

Exit codes: 0 done; 2 it could not be done as asked.`;

/** `redkite dataset`: the datasets of a home folder. */
export function datasetCommand(): Command {
  const command = new Command("dataset")
    .description("List, show, import, export and delete datasets of images")
    .addHelpText("after", examples);
  const subcommands = [
    datasetListCommand(),
    datasetInfoCommand(),
    datasetImportCommand(),
    datasetExportCommand(),
    datasetFormatsCommand(),
    datasetDeleteCommand(),
  ];
  for (const subcommand of subcommands) command.addCommand(subcommand);
  return command;
}
