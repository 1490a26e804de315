import { createInterface } from "node:readline/promises";
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

interface DeleteOptions extends DatasetOptions {
  readonly yes?: true;
}

/** `redkite dataset delete`: removes a dataset, after asking. */
export function datasetDeleteCommand(): Command {
  return new Command("delete")
    .description("Delete a dataset with its indexes and runs; the images stay")
    .argument("<name>", "the dataset")
    .addOption(new Option("-y, --yes", "do not ask"))
    .addOption(homeOption())
    .addOption(jsonOption())
    .action((name: string, options: DeleteOptions) =>
      tellingBrainErrors(() => deleteOne(name, options)),
    );
}

async function deleteOne(name: string, options: DeleteOptions): Promise<void> {
  const { datasetExists, deleteDataset } = await loadBrain();
  const where = registryOptions(options);
  // A dataset that is not there is told before the question.
  if (options.yes !== true && (await datasetExists(name, where))) await confirm(name);
  await deleteDataset(name, where);
  if (options.json === true) printJson({ deleted: name });
  else print(`Deleted dataset "${name}"`);
}

async function confirm(name: string): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new UsageError(`Dataset "${name}" is not deleted without being asked: give --yes`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`Delete dataset "${name}" with its indexes? [y/N] `);
    if (!/^y(?:es)?$/i.test(answer.trim())) throw new UsageError(`Dataset "${name}" is kept`);
  } finally {
    terminal.close();
  }
}
