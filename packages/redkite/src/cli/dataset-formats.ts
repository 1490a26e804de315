import { Command } from "commander";
import {
  type DatasetOptions,
  jsonOption,
  loadBrain,
  print,
  printJson,
  tellingBrainErrors,
} from "./dataset-options.ts";

/** `redkite dataset formats`: what can be imported and exported. */
export function datasetFormatsCommand(): Command {
  return new Command("formats")
    .description("List the formats that datasets are imported from and exported to")
    .addOption(jsonOption())
    .action((options: DatasetOptions) => tellingBrainErrors(() => listAll(options)));
}

async function listAll(options: DatasetOptions): Promise<void> {
  const { listFormats } = await loadBrain();
  const formats = listFormats();
  if (options.json === true) printJson(formats);
  else print(formats.map(({ name, summary }) => `${name.padEnd(22)}${summary}`).join("\n"));
}
