import { Command } from "commander";
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

/** `redkite dataset list`: the names of the datasets. */
export function datasetListCommand(): Command {
  return new Command("list")
    .description("List the datasets")
    .argument("[pattern]", "only those that match, with * and ?", "*")
    .addOption(homeOption())
    .addOption(jsonOption())
    .action((pattern: string, options: DatasetOptions) =>
      tellingBrainErrors(() => list(pattern, options)),
    );
}

async function list(pattern: string, options: DatasetOptions): Promise<void> {
  const { listDatasets } = await loadBrain();
  const names = await listDatasets(pattern, registryOptions(options));
  if (options.json === true) printJson(names);
  else if (names.length > 0) print(names.join("\n"));
}
