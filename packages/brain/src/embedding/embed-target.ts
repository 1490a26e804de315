import { BrainError } from "../base/brain-error.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { RelativeBox } from "../media/crop-patch.ts";
import {
  elementLabelType,
  isLabelListType,
  isLabelType,
  labelLists,
} from "../schema/label-shape.ts";
import type { Detection, Inner, Polyline } from "../schema/labels.ts";
import type { Sample } from "../schema/sample.ts";
import type { SampleCollection } from "../view/sample-collection.ts";

/** What gets one vector: an image, parts of one, or an object in one. */
export interface EmbedTarget {
  /** Of the sample, or of the label where objects are embedded. */
  readonly id: string;
  readonly sampleId: string;
  readonly filepath: string;
  /** The parts whose mean is wanted; none for the whole image. */
  readonly boxes: readonly RelativeBox[];
}

export interface TargetOptions {
  /** Embeds each label of this field. */
  readonly patchesField?: string | undefined;
  /** Embeds what the labels of this field show of an image, as one vector. */
  readonly roiField?: string | undefined;
}

/** What of a collection is to be embedded, in its order. */
export async function* embedTargets(
  samples: SampleCollection<Dataset>,
  { patchesField, roiField }: TargetOptions,
): AsyncGenerator<EmbedTarget> {
  for (const field of [patchesField, roiField])
    if (field !== undefined) checkBoxField(samples, field);
  if (samples.patchesField !== undefined && samples.patchesField !== patchesField) {
    throw new BrainError(
      "invalid-argument",
      `This patches view contains labels from field '${samples.patchesField}', not '${patchesField}'`,
      { details: { viewField: samples.patchesField, patchesField } },
    );
  }
  for await (const sample of samples) {
    if (patchesField === undefined) {
      const boxes = roiField === undefined ? [] : labelsOf(sample, roiField).map(boxOf);
      yield { id: sample.id, sampleId: sample.id, filepath: sample.filepath, boxes };
      continue;
    }
    const parent = samples.patchesField === undefined ? sample.id : String(sample["sampleId"]);
    for (const label of labelsOf(sample, patchesField)) {
      if (label.id === undefined) continue;
      const { filepath } = sample;
      yield { id: label.id, sampleId: parent, filepath, boxes: [boxOf(label)] };
    }
  }
}

/**
 * The path to the labels of a field, such as `ground_truth.detections`, of a dataset's samples.
 *
 * @throws {BrainError} `field-not-found` or `field-type-mismatch` when it has none with a place.
 */
export function checkBoxField(
  samples: Pick<SampleCollection<Dataset>, "dataset">,
  name: string,
): string {
  const field = samples.dataset.fields().find((each) => each.name === name);
  if (field === undefined) {
    throw new BrainError("field-not-found", `The dataset has no field "${name}"`, {
      details: { field: name },
    });
  }
  const { type } = field;
  const isBoxed = isLabelType(type) && ["Detection", "Polyline"].includes(elementLabelType(type));
  if (!isBoxed) {
    throw new BrainError(
      "field-type-mismatch",
      `Cannot cut patches out by "${name}": it has a ${type}, expected detections or polylines`,
      { details: { field: name, found: type } },
    );
  }
  return isLabelListType(type) ? `${name}.${labelLists[type].member}` : name;
}

type BoxedLabel = Inner<Detection> | Inner<Polyline>;

/** The labels of a field, one or a list; none where the sample has no value. */
function labelsOf(sample: Sample, name: string): readonly BoxedLabel[] {
  const value = sample[name];
  if (typeof value !== "object" || value === null || !("type" in value)) return [];
  if (value.type === "Detection" || value.type === "Polyline") return [value as BoxedLabel];
  if ("detections" in value && Array.isArray(value.detections)) return value.detections;
  if ("polylines" in value && Array.isArray(value.polylines)) return value.polylines;
  return [];
}

function boxOf(label: BoxedLabel): RelativeBox {
  if ("boundingBox" in label) return label.boundingBox;
  const points = label.points.flat();
  const left = Math.min(...points.map(([x]) => x));
  const top = Math.min(...points.map(([, y]) => y));
  const right = Math.max(...points.map(([x]) => x));
  const bottom = Math.max(...points.map(([, y]) => y));
  return [left, top, right - left, bottom - top];
}
