import type { DatasetSummary, FieldSummary } from "@redkite/brain";
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

/** `redkite dataset info`: what a dataset holds, in numbers. */
export function datasetInfoCommand(): Command {
  return new Command("info")
    .description("Show a dataset's fields, counts, tags, views and runs")
    .argument("<name>", "the dataset")
    .addOption(homeOption())
    .addOption(jsonOption())
    .action((name: string, options: DatasetOptions) =>
      tellingBrainErrors(() => info(name, options)),
    );
}

async function info(name: string, options: DatasetOptions): Promise<void> {
  const { loadDataset, summarizeDataset } = await loadBrain();
  const dataset = await loadDataset(name, registryOptions(options));
  try {
    const summary = await summarizeDataset(dataset);
    if (options.json === true) printJson(summary);
    else print(summaryText(summary));
  } finally {
    await dataset.close();
  }
}

function summaryText(summary: DatasetSummary): string {
  const sampleTags = Object.entries(summary.sampleTags).map(([tag, count]) => `${tag} (${count})`);
  const facts: [string, string][] = [
    ["Name", summary.name],
    ["Description", summary.description],
    ["Folder", summary.folder],
    ["Persistent", summary.persistent ? "yes" : "no"],
    ["Created", summary.createdAt.toISOString()],
    ["Samples", String(summary.sampleCount)],
    ["Dataset tags", summary.tags.join(", ")],
    ["Sample tags", sampleTags.join(", ")],
    ["Saved views", summary.savedViews.join(", ")],
    ["Runs", summary.runs.join(", ")],
  ];
  const lines = facts
    .filter(([, value]) => value !== "")
    .map(([title, value]) => `${`${title}:`.padEnd(14)}${value}`);
  const width = Math.max(...summary.fields.map(({ name }) => name.length));
  const fields = summary.fields.map(
    (field) => `  ${field.name.padEnd(width)}  ${fieldText(field)}`,
  );
  return [...lines, "Fields:", ...fields].join("\n");
}

function fieldText(field: FieldSummary): string {
  const { type, elementType, dim, sampleCount, labelCount } = field;
  const parameter = elementType ?? dim;
  const typeText = parameter === undefined ? type : `${type}<${parameter}>`;
  const labels = labelCount === undefined ? "" : `, ${labelCount} labels`;
  return `${typeText.padEnd(16)} ${sampleCount} samples${labels}`;
}
