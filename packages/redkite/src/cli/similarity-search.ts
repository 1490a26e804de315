import type { SearchOptions, SimilarityMatch } from "@redkite/brain";
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

interface SimilaritySearchOptions extends DatasetOptions {
  readonly key: string;
  readonly image: readonly string[];
  readonly limit: string;
  readonly threshold?: string;
  readonly reverse?: true;
  readonly uri?: string;
}

/** A match with the file that it is in. */
interface FoundSample extends SimilarityMatch {
  readonly filepath: string;
}

/** `redkite similarity search`: what is most like a query. */
export function similaritySearchCommand(): Command {
  const collect = (value: string, list: readonly string[]) => [...list, value];
  return new Command("search")
    .description("Find what is most like ids, prompts or pictures")
    .argument("<dataset>", "the dataset")
    .argument("[query...]", "ids of samples or objects, or prompts")
    .requiredOption("--key <key>", "the name of the index")
    .option("--image <file>", "a picture's file or URL; may be given again", collect, [])
    .option("--limit <count>", "how many to find", "10")
    .option("--threshold <distance>", "only what is at most this far")
    .option("--reverse", "find the least similar")
    .option("--uri <uri>", "the Milvus server of the index, where it is on one")
    .addOption(homeOption())
    .addOption(jsonOption())
    .action((name: string, queries: readonly string[], options: SimilaritySearchOptions) =>
      tellingBrainErrors(() => search(name, queries, options)),
    );
}

async function search(
  name: string,
  queries: readonly string[],
  options: SimilaritySearchOptions,
): Promise<void> {
  const query = [...queries, ...options.image.map((image) => ({ image }))];
  if (query.length === 0) throw new UsageError("Give a query: an id, a prompt, or --image");
  const { loadBrainResults, loadDataset } = await loadBrain();
  const { key, limit, threshold, reverse, uri, json } = options;
  const searchOptions: SearchOptions = {
    k: numberOf("--limit", limit),
    ...(threshold === undefined ? {} : { threshold: numberOf("--threshold", threshold) }),
    ...(reverse === undefined ? {} : { reverse }),
  };
  const dataset = await loadDataset(name, registryOptions(options));
  try {
    const index = await loadBrainResults(dataset, key, uri === undefined ? {} : { uri });
    const matches = await index.search(query, searchOptions);
    const view = dataset.select(matches.map(({ sampleId }) => sampleId));
    const [ids, filepaths] = [await view.ids(), await view.values("filepath")];
    const files = new Map(ids.map((id, i) => [id, String(filepaths[i])]));
    const found = matches.map((match): FoundSample => {
      return { ...match, filepath: files.get(match.sampleId) ?? "" };
    });
    if (json === true) printJson(found);
    else for (const each of found) print(lineOf(each));
  } finally {
    await dataset.close();
  }
}

function lineOf({ id, score, distance, filepath }: FoundSample): string {
  return `${score.toFixed(4).padStart(8)}  ${distance.toFixed(4).padStart(8)}  ${id}  ${filepath}`;
}

function numberOf(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw new UsageError(`${option} takes a number, found "${text}"`);
}
