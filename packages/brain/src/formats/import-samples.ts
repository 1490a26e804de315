import { join, resolve } from "node:path";
import { BrainError, isBrainError, messageOf } from "../base/brain-error.ts";
import { newObjectId } from "../base/object-id.ts";
import type { LongOperationOptions } from "../base/progress.ts";
import type { Dataset } from "../dataset/dataset.ts";
import {
  type CreateDatasetOptions,
  createDataset,
  datasetExists,
  deleteDataset,
  loadDataset,
  renameDataset,
} from "../dataset/registry.ts";
import { readImageMetadata } from "../media/image-size.ts";
import type { NewSample } from "../schema/sample.ts";
import type {
  ColumnType,
  DatasetDescription,
  DatasetFormat,
  FormatName,
  LabelFields,
  ReadResult,
} from "./dataset-format.ts";
import { formatNamed } from "./format-table.ts";
import { ImportLog, type ImportProblem } from "./import-log.ts";
import { keepClasses } from "./keep-classes.ts";
import { orderSamples, type SampleOrder } from "./sample-order.ts";

/** What to import, and how. */
export interface ImportOptions extends LongOperationOptions, SampleOrder {
  readonly format: FormatName;
  /** The folder of the dataset, or its one file. */
  readonly path: string;
  /** Where the images are, if not where the format has them. */
  readonly dataPath?: string;
  /** The file or folder of the labels, if not where the format has them. */
  readonly labelsPath?: string;
  /**
   * The field that gets the format's main kind of labels, `ground_truth` by default; or a field for
   * each kind to take. Kinds without a field are left out, and counted in the report.
   */
  readonly labelField?: string | LabelFields;
  /** Only labels of these classes, and only samples that have one. */
  readonly classes?: readonly string[];
  /** Tags that every sample gets. */
  readonly tags?: readonly string[];
  /** Only these parts; each sample is tagged with its own. All that the format names by default. */
  readonly splits?: readonly string[];
  /** Whether the format's ids of images become the field `coco_id` or `cvat_id`. */
  readonly includeId?: boolean;
  /** Whether what is broken is left out and listed; by default the first of it ends the import. */
  readonly skipInvalid?: boolean;
  /** Whether every sample must have its image file; `true` by default. */
  readonly requireMedia?: boolean;
  /** The types of a table's columns; texts where none is given. */
  readonly columnTypes?: Readonly<Record<string, ColumnType>>;
  /** VOC: whether corners are pixels that belong to the box, counted from 1. `false` by default. */
  readonly inclusiveCorners?: boolean;
}

/** What came of an import. */
export interface ImportReport {
  /** How many samples were added. */
  readonly count: number;
  /** What was broken and left out: all of it counted, the first 1,000 listed. */
  readonly problemCount: number;
  readonly problems: readonly ImportProblem[];
  /** What the source has that was not asked for or has no place here, with how often. */
  readonly ignored: Readonly<Record<string, number>>;
}

export interface ImportDatasetOptions extends ImportOptions, CreateDatasetOptions {
  /** Whether an import that fails leaves what it had by then; by default it leaves no dataset. */
  readonly keepPartial?: boolean;
}

/** How many samples are stored at a time. */
const batchSize = 4096;

/** What a dataset says of a sample that it cannot take. */
const sampleErrors: ReadonlySet<string> = new Set([
  "duplicate-filepath",
  "duplicate-id",
  "field-name-invalid",
  "field-type-mismatch",
  "id-invalid",
  "value-invalid",
]);

/**
 * Makes a dataset of what is in files of a format. With `overwrite` the dataset of that name is there
 * until all is imported. Throws `format-invalid`, which says where in which file, `file-not-found`,
 * `dataset-exists`, `cancelled`.
 */
export async function importDataset(
  name: string | undefined,
  options: ImportDatasetOptions,
): Promise<{ dataset: Dataset; report: ImportReport }> {
  const replaced = options.overwrite === true && name !== undefined ? name : undefined;
  if (replaced === undefined || !(await datasetExists(replaced, options))) {
    return await importNew(name, options);
  }
  const { overwrite: _, ...rest } = options;
  // A name may not be longer than the one that it stands for a while.
  const beside = `${replaced.slice(0, 60)}-import-${newObjectId().slice(-6)}`;
  // Temporary, so that one of a process that is killed does not stay.
  const { dataset, report } = await importNew(beside, { ...rest, persistent: false });
  await dataset.setPersistent(options.persistent ?? true);
  await dataset.close();
  await deleteDataset(replaced, options);
  await renameDataset(beside, replaced, options);
  return { dataset: await loadDataset(replaced, options), report };
}

async function importNew(
  name: string | undefined,
  options: ImportDatasetOptions,
): Promise<{ dataset: Dataset; report: ImportReport }> {
  const log = new ImportLog(options);
  const { description, samples } = await openSource(options, log);
  const dataset = await createDataset(name, options);
  try {
    await describeDataset(dataset, description, options);
    const ids = await addAll(dataset, samples, options, log);
    return { dataset, report: reportOf(ids.length, log) };
  } catch (error) {
    if (options.keepPartial !== true) await dataset.delete();
    throw error;
  }
}

/**
 * Adds what is in files of a format to a dataset. An import that fails takes away the samples and
 * fields that it had added. Throws what {@link importDataset} does.
 */
export async function importSamples(
  dataset: Dataset,
  options: ImportOptions,
): Promise<ImportReport> {
  const log = new ImportLog(options);
  const { description, samples } = await openSource(options, log);
  const fieldsBefore = new Set(dataset.fields().map(({ name }) => name));
  const added: string[] = [];
  try {
    await addFields(dataset, description);
    await addAll(dataset, samples, options, log, added);
    return reportOf(added.length, log);
  } catch (error) {
    await dataset.deleteSamples(added);
    for (const { name } of [...dataset.fields()]) {
      if (!fieldsBefore.has(name)) await dataset.deleteField(name);
    }
    throw error;
  }
}

function reportOf(count: number, log: ImportLog): ImportReport {
  const { problemCount, problems, ignored } = log;
  return { count, problemCount, problems, ignored };
}

/** The source's samples as they are to be added. */
async function openSource(options: ImportOptions, log: ImportLog): Promise<ReadResult> {
  const format = formatNamed(options.format);
  checkOrder(options);
  const { splits } = options;
  if (splits === undefined || format.hasSplits) {
    const { description, samples } = await readPart(format, options, log);
    return { description, samples: prepared(samples, options) };
  }
  const parts: { split: string; result: ReadResult }[] = [];
  for (const split of splits) {
    const path = join(options.path, split);
    parts.push({ split, result: await readPart(format, { ...options, path }, log) });
  }
  const [first] = parts;
  async function* tagged(): AsyncGenerator<NewSample> {
    for (const { split, result } of parts) {
      for await (const sample of result.samples) yield withTags(sample, [split]);
    }
  }
  return {
    description: first?.result.description ?? {},
    samples: prepared(tagged(), options),
  };
}

async function readPart(
  format: DatasetFormat,
  options: ImportOptions,
  log: ImportLog,
): Promise<ReadResult> {
  const { dataPath, labelsPath, splits, columnTypes, inclusiveCorners } = options;
  return await format.read({
    path: resolve(options.path),
    ...(dataPath === undefined ? {} : { dataPath: resolve(dataPath) }),
    ...(labelsPath === undefined ? {} : { labelsPath: resolve(labelsPath) }),
    labelFields: labelFieldsOf(format, options.labelField ?? "ground_truth"),
    ...(splits === undefined ? {} : { splits }),
    includeId: options.includeId ?? false,
    requireMedia: options.requireMedia ?? true,
    ...(columnTypes === undefined ? {} : { columnTypes }),
    ...(inclusiveCorners === undefined ? {} : { inclusiveCorners }),
    measureImage: readImageMetadata,
    log,
  });
}

function labelFieldsOf(format: DatasetFormat, labelField: string | LabelFields): LabelFields {
  if (typeof labelField === "string") {
    const [kind] = format.labelKinds;
    return kind === undefined ? {} : { [kind]: labelField };
  }
  const kinds: readonly string[] = format.labelKinds;
  const wrong = Object.keys(labelField).find((kind) => !kinds.includes(kind));
  if (wrong === undefined) return labelField;
  throw new BrainError(
    "invalid-argument",
    `The format ${format.name} has no ${wrong}; it has ${kinds.join(", ") || "no labels of its own"}`,
    { details: { format: format.name, kind: wrong, kinds } },
  );
}

function checkOrder({ maxSamples, seed }: SampleOrder): void {
  for (const [name, value] of Object.entries({ maxSamples, seed })) {
    if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) continue;
    throw new BrainError(
      "invalid-argument",
      `${name} must be a whole number, 0 or more: ${value}`,
      {
        details: { [name]: value },
      },
    );
  }
}

async function* prepared(
  samples: AsyncIterable<NewSample>,
  options: ImportOptions,
): AsyncGenerator<NewSample> {
  const classes = options.classes === undefined ? undefined : new Set(options.classes);
  async function* wanted(): AsyncGenerator<NewSample> {
    for await (const sample of samples) {
      const kept = classes === undefined ? sample : keepClasses(sample, classes);
      if (kept !== undefined) yield kept;
    }
  }
  for await (const sample of orderSamples(wanted(), options)) {
    yield withTags(sample, options.tags ?? []);
  }
}

function withTags(sample: NewSample, tags: readonly string[]): NewSample {
  if (tags.length === 0) return sample;
  return { ...sample, tags: [...new Set([...(sample.tags ?? []), ...tags])] };
}

/** What a new dataset is told of itself. */
async function describeDataset(
  dataset: Dataset,
  source: DatasetDescription,
  options: ImportOptions,
): Promise<void> {
  const { description, tags, info, classes } = source;
  const format = formatNamed(options.format);
  const fields = Object.values(labelFieldsOf(format, options.labelField ?? "ground_truth"));
  const ofFields = Object.fromEntries(fields.map((field) => [field, classes ?? []]));
  await dataset.setProperties({
    ...(description === undefined ? {} : { description }),
    ...(tags === undefined ? {} : { tags }),
    ...(info === undefined ? {} : { info }),
    ...(classes === undefined
      ? {}
      : fields.length === 0
        ? { defaultClasses: classes }
        : { classes: ofFields }),
  });
  await addFields(dataset, source);
}

async function addFields(dataset: Dataset, { fields = [] }: DatasetDescription): Promise<void> {
  const known = new Set(dataset.fields().map(({ name }) => name));
  for (const field of fields) if (!known.has(field.name)) await dataset.addField(field);
}

async function addAll(
  dataset: Dataset,
  samples: AsyncIterable<NewSample>,
  options: ImportOptions,
  log: ImportLog,
  added: string[] = [],
): Promise<string[]> {
  let batch: NewSample[] = [];
  const flush = async () => {
    log.throwIfCancelled();
    for await (const id of addBatch(dataset, batch, options, log)) added.push(id);
    batch = [];
    options.progress?.({ done: added.length });
  };
  for await (const sample of samples) {
    batch.push(sample);
    if (batch.length === batchSize) await flush();
  }
  if (batch.length > 0 || added.length === 0) await flush();
  return added;
}

/**
 * Adds the batch; where broken samples are to be left out, those of a batch that has one, one by one.
 * Yields the ids of what was added, also before it throws.
 */
async function* addBatch(
  dataset: Dataset,
  batch: readonly NewSample[],
  { skipInvalid, path }: ImportOptions,
  log: ImportLog,
): AsyncGenerator<string> {
  let ids: string[] | undefined;
  try {
    ids = await dataset.addSamples(batch, { batchSize });
  } catch (error) {
    if (skipInvalid !== true || !isOfSample(error)) throw error;
  }
  if (ids !== undefined) {
    yield* ids;
    return;
  }
  for (const sample of batch) {
    log.throwIfCancelled();
    try {
      yield await dataset.addSample(sample);
    } catch (error) {
      if (!isOfSample(error)) throw error;
      log.reject({ file: path, message: `${sample.filepath}: ${messageOf(error)}` });
    }
  }
}

function isOfSample(error: unknown): boolean {
  return isBrainError(error) && sampleErrors.has(error.code);
}
