import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { BrainError } from "../base/brain-error.ts";
import { type LongOperationOptions, throwIfCancelled } from "../base/progress.ts";
import { Dataset } from "../dataset/dataset.ts";
import { readImageMetadata } from "../media/image-size.ts";
import type { FieldInfo } from "../schema/field.ts";
import { isStandardField } from "../schema/field-column.ts";
import { elementLabelType, isLabelType } from "../schema/label-shape.ts";
import type { Sample } from "../schema/sample.ts";
import type { SampleCollection } from "../view/sample-collection.ts";
import type {
  DatasetDescription,
  DatasetFormat,
  FormatName,
  LabelFields,
  LabelKind,
  WriteTarget,
} from "./dataset-format.ts";
import { formatNamed } from "./format-table.ts";
import { MediaExport, type MediaMode } from "./media-export.ts";
import { kindOfPath, listFolder, makeFolder } from "./source-files.ts";
import { splitOf } from "./split-of.ts";

/** Where to export, and how. */
export interface ExportOptions extends LongOperationOptions {
  readonly format: FormatName;
  /** A folder that is empty, or not there yet. */
  readonly path: string;
  /**
   * The field of labels, or several of different kinds. By default the one field of a kind that the
   * format holds.
   */
  readonly labelField?: string | readonly string[];
  /** Only labels of these classes; where the format numbers classes, in this order. */
  readonly classes?: readonly string[];
  /** The fields to write, of a format that holds any (csv, jsonl, fiftyone). All by default. */
  readonly fields?: readonly string[];
  /** What becomes of the image files: `copy` by default. Moved ones change place in the dataset too. */
  readonly exportMedia?: MediaMode;
  /** Whether labels name images by absolute paths. */
  readonly absolutePaths?: boolean;
  /** Tags that are parts: each sample goes to the one that it has. */
  readonly splits?: readonly string[];
  /** VOC: whether corners are pixels that belong to the box, counted from 1. `false` by default. */
  readonly inclusiveCorners?: boolean;
}

/** What came of an export. */
export interface ExportReport {
  readonly count: number;
  /** What the format has no place for, with how often. */
  readonly dropped: Readonly<Record<string, number>>;
}

const kindOfLabel: Readonly<Record<string, LabelKind>> = {
  Classification: "classifications",
  Detection: "detections",
  Keypoint: "keypoints",
  Polyline: "polylines",
};

/**
 * Writes the samples of a dataset or a view as files of a format. An export that fails leaves nothing
 * behind, and images where they were. Throws `file-not-found`, `field-not-found`,
 * `field-type-mismatch`, `invalid-argument`, `cancelled`, `io`.
 */
export async function exportSamples(
  samples: Dataset | SampleCollection<Dataset>,
  options: ExportOptions,
): Promise<ExportReport> {
  const format = formatNamed(options.format);
  const dataset = samples instanceof Dataset ? samples : samples.dataset;
  const fields = samples instanceof Dataset ? samples.fields() : samples.viewFields();
  if (!(samples instanceof Dataset) && samples.isPatches) {
    throw new BrainError(
      "unsupported",
      "Patches cannot be exported: several are of one image. Export the view that they are made from",
    );
  }
  checkFields(fields, options.fields ?? []);
  const folder = resolve(options.path);
  const existed = await refuseFull(folder);
  const { exportMedia: mode = "copy", absolutePaths = false } = options;
  const media = new MediaExport(folder, { mode, absolutePaths });
  const counts = { samples: 0, dropped: new Map<string, number>() };
  const moved = new Map<string, string>();
  async function* watched(keep: (sample: Sample) => boolean): AsyncGenerator<Sample> {
    for await (const sample of samples) {
      throwIfCancelled(options.signal, "The export");
      if (!keep(sample)) continue;
      if (mode === "move") moved.set(resolve(sample.filepath), sample.id);
      yield sample;
      counts.samples++;
      options.progress?.({ done: counts.samples });
    }
  }
  const labelFields = labelFieldsOf(format, fields, options);
  const { classes, fields: wanted, splits, inclusiveCorners } = options;
  const target: Omit<WriteTarget, "folder" | "media"> = {
    labelFields,
    ...(classes === undefined ? {} : { classes }),
    ...(wanted === undefined ? {} : { fields: wanted }),
    ...(splits === undefined ? {} : { splits }),
    ...(inclusiveCorners === undefined ? {} : { inclusiveCorners }),
    description: descriptionOf(dataset, fields, labelFields),
    datasetName: dataset.name,
    measureImage: readImageMetadata,
    drop: (what, count = 1) => {
      counts.dropped.set(what, (counts.dropped.get(what) ?? 0) + count);
    },
  };
  try {
    await makeFolder(folder);
    if (options.splits === undefined || format.hasSplits) {
      await format.write(
        watched(() => true),
        { ...target, folder, media },
      );
    } else {
      await writeSplits(format, { ...target, folder, media }, options.splits, watched);
    }
    await dataset.updateSamples(
      media.moved.flatMap(({ from, to }) => {
        const id = moved.get(from);
        return id === undefined ? [] : [{ id, filepath: to }];
      }),
    );
  } catch (error) {
    await media.undoMoves();
    await removeExport(folder, existed);
    throw error;
  }
  return { count: counts.samples, dropped: Object.fromEntries(counts.dropped) };
}

/** Writes each part into a folder of its own. */
async function writeSplits(
  format: DatasetFormat,
  target: WriteTarget,
  splits: readonly string[],
  watched: (keep: (sample: Sample) => boolean) => AsyncGenerator<Sample>,
): Promise<void> {
  for (const split of splits) {
    const folder = join(target.folder, split);
    await makeFolder(folder);
    const ofSplit = watched((sample) => splitOf(sample, splits) === split);
    await format.write(ofSplit, { ...target, folder, media: target.media.within(split) });
  }
}

/** Whether the folder was there. Throws when there is something in it. */
async function refuseFull(folder: string): Promise<boolean> {
  const kind = await kindOfPath(folder);
  if (kind === undefined) return false;
  if (kind === "folder") {
    const { files, folders } = await listFolder(folder);
    if (files.length + folders.length === 0) return true;
  }
  throw new BrainError(
    "invalid-argument",
    `Cannot export to ${folder}: there is something already. Name an empty folder, or a new one`,
    { details: { path: folder } },
  );
}

async function removeExport(folder: string, existed: boolean): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  if (existed) await makeFolder(folder);
}

function checkFields(known: readonly FieldInfo[], names: readonly string[]): void {
  for (const name of names) {
    if (known.some((field) => field.name === name)) continue;
    throw new BrainError("field-not-found", `Cannot export field '${name}': there is none`, {
      details: { name, fields: known.map((field) => field.name) },
    });
  }
}

/** Which field gives the labels of each kind. */
function labelFieldsOf(
  format: DatasetFormat,
  fields: readonly FieldInfo[],
  { labelField }: ExportOptions,
): LabelFields {
  if (format.labelKinds.length === 0) return {};
  const candidates = fields.filter((field) => {
    const kind = kindOf(field);
    return kind !== undefined && format.labelKinds.includes(kind);
  });
  if (labelField === undefined && candidates.length > 1) {
    throw new BrainError(
      "invalid-argument",
      `Name the labelField: ${candidates.map(({ name }) => name).join(", ")} can be exported`,
      { details: { fields: candidates.map(({ name }) => name) } },
    );
  }
  const names = labelField === undefined ? candidates.map(({ name }) => name) : [labelField].flat();
  checkFields(fields, names);
  const found: { -readonly [kind in LabelKind]?: string } = {};
  for (const name of names) {
    const field = candidates.find((candidate) => candidate.name === name);
    const kind = field === undefined ? undefined : kindOf(field);
    if (kind === undefined || found[kind] !== undefined) {
      throw new BrainError(
        "field-type-mismatch",
        `Cannot export field '${name}': ${format.name} takes one field each of ${format.labelKinds.join(", ")}`,
        { details: { field: name, kinds: format.labelKinds } },
      );
    }
    found[kind] = name;
  }
  return found;
}

function kindOf({ type }: FieldInfo): LabelKind | undefined {
  return isLabelType(type) ? kindOfLabel[elementLabelType(type)] : undefined;
}

function descriptionOf(
  dataset: Dataset,
  fields: readonly FieldInfo[],
  labelFields: LabelFields,
): DatasetDescription {
  const { description, tags, info, classes, defaultClasses } = dataset;
  const ofField = Object.values(labelFields).flatMap((field) => classes[field] ?? []);
  return {
    description,
    tags,
    info,
    classes: ofField.length > 0 ? [...new Set(ofField)] : defaultClasses,
    fields: fields.filter(({ name }) => !isStandardField(name)),
  };
}
