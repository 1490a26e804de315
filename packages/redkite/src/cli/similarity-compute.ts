import type { ComputeSimilarityOptions, ModelSpec } from "@redkite/brain";
import { Command } from "commander";
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

interface ComputeOptions extends DatasetOptions {
  readonly key: string;
  readonly model?: string;
  readonly patchesField?: string;
  readonly roiField?: string;
  readonly embeddings?: string;
  readonly metric?: string;
  readonly uri?: string;
  readonly collection?: string;
  readonly overwrite?: true;
}

/** `redkite similarity compute`: makes an index. */
export function similarityComputeCommand(): Command {
  return new Command("compute")
    .description("Embed a dataset's images, or the objects in them, and index the vectors")
    .argument("<dataset>", "the dataset")
    .requiredOption("--key <key>", "the name of the index, letters, digits and _")
    .option("--model <model>", "a model's name, or its spec as JSON (default: color-hog-v1)")
    .option("--patches-field <field>", "index the objects of this field, not whole images")
    .option("--roi-field <field>", "index what the objects of this field show of each image")
    .option("--embeddings <field>", "take the vectors of this field, or keep them in it")
    .option("--metric <metric>", "cosine, dotproduct or euclidean")
    .option("--uri <uri>", "a Milvus server (default: the dataset's folder)")
    .option("--collection <name>", "the Milvus collection (default: a new one)")
    .option("--overwrite", "replace the index of this name, once the new one is complete")
    .addOption(homeOption())
    .addOption(jsonOption())
    .action((name: string, options: ComputeOptions) =>
      tellingBrainErrors(() => compute(name, options)),
    );
}

async function compute(name: string, options: ComputeOptions): Promise<void> {
  const { computeSimilarity, getBrainInfo, loadDataset } = await loadBrain();
  const { key, model, collection, json } = options;
  const given = Object.entries({
    brainKey: key,
    model: model === undefined ? undefined : modelOf(model),
    patchesField: options.patchesField,
    roiField: options.roiField,
    embeddings: options.embeddings,
    metric: options.metric,
    uri: options.uri,
    collectionName: collection,
    overwrite: options.overwrite,
  }).filter(([, value]) => value !== undefined);
  const dataset = await loadDataset(name, registryOptions(options));
  try {
    // What was not given is left out, as the type asks for.
    await computeSimilarity(dataset, Object.fromEntries(given) as ComputeSimilarityOptions);
    const info = await getBrainInfo(dataset, key);
    if (json === true) return printJson(info);
    const { indexedCount, failureCount } = info.summary ?? {};
    const skipped = failureCount === 0 ? "" : `, ${failureCount} passed over (see --json)`;
    print(`${key}: ${indexedCount} vectors${skipped}`);
  } finally {
    await dataset.close();
  }
}

/** A name, or the JSON of a spec, whose members the brain checks. */
function modelOf(text: string): string | ModelSpec {
  if (!text.trimStart().startsWith("{")) return text;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--model is no JSON: ${error instanceof Error ? error.message : error}`);
  }
}
