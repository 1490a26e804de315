import type { Dataset, NearDuplicatesOptions } from "@redkite/brain";
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

interface DuplicatesOptions extends DatasetOptions {
  readonly key?: string;
  readonly exact?: true;
  readonly threshold?: string;
  readonly fraction?: string;
  readonly save?: string;
  readonly overwrite?: true;
  readonly tag?: string;
  readonly uri?: string;
}

/** A sample or object that is kept, and what is like it. */
interface DuplicateGroup {
  readonly id: string;
  readonly duplicates: readonly { readonly id: string; readonly distance: number }[];
}

/** `redkite similarity duplicates`: images that are there more than once, or nearly. */
export function similarityDuplicatesCommand(): Command {
  return new Command("duplicates")
    .description("Find images, or objects of an index, that are there more than once, or nearly")
    .argument("<dataset>", "the dataset")
    .option("--key <key>", "the index to use (default: vectors of color-hog-v1, made for this)")
    .option("--exact", "files that are equal, byte by byte; no index is needed")
    .option("--threshold <distance>", "what is at most this far is a duplicate (default: 0.2)")
    .option("--fraction <part>", "find the threshold by which this part are duplicates")
    .option("--save <key>", "keep what is found as a brain run of this name")
    .option("--overwrite", "replace the run of this name")
    .option("--tag <tag>", "give the duplicates, not what is kept, this tag")
    .option("--uri <uri>", "the Milvus server of the index, where it is on one")
    .addOption(homeOption())
    .addOption(jsonOption())
    .action((name: string, options: DuplicatesOptions) =>
      tellingBrainErrors(() => findDuplicates(name, options)),
    );
}

async function findDuplicates(name: string, options: DuplicatesOptions): Promise<void> {
  checkOptions(options);
  const { loadDataset } = await loadBrain();
  const dataset = await loadDataset(name, registryOptions(options));
  try {
    const { groups, threshold, patchesField } =
      options.exact === true
        ? await exactGroups(dataset, options)
        : await nearGroups(dataset, options);
    const duplicateIds = groups.flatMap(({ duplicates }) => duplicates.map(({ id }) => id));
    if (options.tag !== undefined) {
      await tagDuplicates(dataset, { tag: options.tag, ids: duplicateIds, patchesField });
    }
    const ids = [...groups.map(({ id }) => id), ...duplicateIds];
    const files = await filesOf(dataset, patchesField, ids);
    if (options.json === true) {
      const told = groups.map(({ id, duplicates }) => ({
        id,
        filepath: files.get(id),
        duplicates: duplicates.map((each) => ({ ...each, filepath: files.get(each.id) })),
      }));
      return printJson({ threshold, duplicateCount: duplicateIds.length, groups: told });
    }
    for (const { id, duplicates } of groups) {
      print(`          ${id}  ${files.get(id) ?? ""}`);
      for (const each of duplicates) {
        print(`  ${each.distance.toFixed(4)}  ${each.id}  ${files.get(each.id) ?? ""}`);
      }
    }
    const within = threshold === undefined ? "" : `, at most ${threshold.toPrecision(4)} away`;
    print(`${duplicateIds.length} duplicates of ${groups.length}${within}`);
  } finally {
    await dataset.close();
  }
}

interface FoundGroups {
  readonly groups: readonly DuplicateGroup[];
  readonly threshold?: number;
  readonly patchesField: string | undefined;
}

async function exactGroups(dataset: Dataset, options: DuplicatesOptions): Promise<FoundGroups> {
  const { computeExactDuplicates } = await loadBrain();
  const { duplicates, failures } = await computeExactDuplicates(dataset, runOptions(options));
  for (const { filepath, reason } of failures) process.stderr.write(`${filepath}: ${reason}\n`);
  const groups = duplicates.map(([id, ids]) => ({
    id,
    duplicates: ids.map((each) => ({ id: each, distance: 0 })),
  }));
  return { groups, patchesField: undefined };
}

async function nearGroups(dataset: Dataset, options: DuplicatesOptions): Promise<FoundGroups> {
  const { computeNearDuplicates } = await loadBrain();
  const { key, uri, threshold, fraction } = options;
  const given: NearDuplicatesOptions = {
    ...runOptions(options),
    ...(key === undefined ? {} : { similarityIndex: key }),
    ...(uri === undefined ? {} : { uri }),
    ...(threshold === undefined ? {} : { threshold: numberOf("--threshold", threshold) }),
    ...(fraction === undefined ? {} : { fraction: numberOf("--fraction", fraction) }),
  };
  const found = await computeNearDuplicates(dataset, given);
  const groups = found.neighbors.map(([id, duplicates]) => ({ id, duplicates }));
  const { patchesField } = found;
  return { groups, threshold: found.threshold, patchesField };
}

async function tagDuplicates(
  dataset: Dataset,
  {
    tag,
    ids,
    patchesField,
  }: {
    readonly tag: string;
    readonly ids: readonly string[];
    readonly patchesField: string | undefined;
  },
): Promise<void> {
  if (patchesField !== undefined) {
    throw new UsageError(`--tag tags samples, and the index has the objects of "${patchesField}"`);
  }
  await dataset.tagSamples(tag, ids);
}

/** The files of samples, or of the samples of objects. */
async function filesOf(
  dataset: Dataset,
  patchesField: string | undefined,
  wanted: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const all = patchesField === undefined ? dataset : dataset.toPatches(patchesField);
  const view = all.select(wanted);
  const [ids, filepaths] = [await view.ids(), await view.values("filepath")];
  return new Map(ids.map((id, i) => [id, String(filepaths[i])]));
}

function runOptions({ save, overwrite }: DuplicatesOptions) {
  return {
    ...(save === undefined ? {} : { brainKey: save }),
    ...(overwrite === undefined ? {} : { overwrite }),
  };
}

function checkOptions({ exact, key, threshold, fraction, uri }: DuplicatesOptions): void {
  const near = Object.entries({ key, threshold, fraction, uri });
  const [option] = near.find(([, value]) => value !== undefined) ?? [];
  if (exact === true && option !== undefined) {
    throw new UsageError(`--exact compares files, and goes without --${option}`);
  }
}

function numberOf(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw new UsageError(`${option} takes a number, found "${text}"`);
}
