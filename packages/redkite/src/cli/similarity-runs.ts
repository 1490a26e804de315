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

/** `redkite similarity runs`: the indexes of a dataset, and those that failed. */
export function similarityRunsCommand(): Command {
  return new Command("runs")
    .description("List a dataset's brain runs")
    .argument("<dataset>", "the dataset")
    .addOption(homeOption())
    .addOption(jsonOption())
    .action((name: string, options: DatasetOptions) =>
      tellingBrainErrors(() => listRuns(name, options)),
    );
}

async function listRuns(name: string, options: DatasetOptions): Promise<void> {
  const { listBrainRuns, loadDataset } = await loadBrain();
  const dataset = await loadDataset(name, registryOptions(options));
  try {
    const runs = await listBrainRuns(dataset);
    if (options.json === true) return printJson(runs);
    for (const { key, method, status, createdAt, error } of runs) {
      const failure = error === undefined ? "" : `  ${error}`;
      print(`${key}  ${method}  ${status}  ${createdAt.toISOString()}${failure}`);
    }
  } finally {
    await dataset.close();
  }
}
