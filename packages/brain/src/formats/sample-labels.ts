import { BrainError } from "../base/brain-error.ts";
import { isLabelType } from "../schema/label-shape.ts";
import type {
  Classification,
  Detection,
  Inner,
  Keypoint,
  Label,
  Polyline,
} from "../schema/labels.ts";
import type { Sample } from "../schema/sample.ts";
import type { ImageSize, MeasureImage, WriteTarget } from "./dataset-format.ts";

/** The detections of a field, of one as of a list. `undefined` when the field has no value. */
export function detectionsOf(
  sample: Sample,
  field: string | undefined,
): readonly Inner<Detection>[] | undefined {
  const label = labelOf(sample, field);
  if (label === undefined) return undefined;
  if (label.type === "Detections") return label.detections;
  if (label.type === "Detection") return [label];
  throw wrongLabel(sample, field, label.type, "Detections");
}

export function polylinesOf(
  sample: Sample,
  field: string | undefined,
): readonly Inner<Polyline>[] | undefined {
  const label = labelOf(sample, field);
  if (label === undefined) return undefined;
  if (label.type === "Polylines") return label.polylines;
  if (label.type === "Polyline") return [label];
  throw wrongLabel(sample, field, label.type, "Polylines");
}

export function keypointsOf(
  sample: Sample,
  field: string | undefined,
): readonly Inner<Keypoint>[] | undefined {
  const label = labelOf(sample, field);
  if (label === undefined) return undefined;
  if (label.type === "Keypoints") return label.keypoints;
  if (label.type === "Keypoint") return [label];
  throw wrongLabel(sample, field, label.type, "Keypoints");
}

export function classificationsOf(
  sample: Sample,
  field: string | undefined,
): readonly Inner<Classification>[] | undefined {
  const label = labelOf(sample, field);
  if (label === undefined) return undefined;
  if (label.type === "Classifications") return label.classifications;
  if (label.type === "Classification") return [label];
  throw wrongLabel(sample, field, label.type, "Classification");
}

/** The label in a field, whatever its type. */
export function labelOf(sample: Sample, field: string | undefined): Label | undefined {
  if (field === undefined) return undefined;
  const value = sample[field];
  if (value === null || value === undefined) return undefined;
  if (isLabel(value)) return value;
  throw wrongLabel(sample, field, typeof value, "labels");
}

/** Whether a field's value is a label. */
export function isLabel(value: unknown): value is Label {
  if (typeof value !== "object" || value === null || !("type" in value)) return false;
  return typeof value.type === "string" && isLabelType(value.type);
}

function wrongLabel(
  sample: Sample,
  field: string | undefined,
  found: string,
  wanted: string,
): BrainError {
  return new BrainError(
    "field-type-mismatch",
    `Cannot export field '${field}' of ${sample.filepath}: expected ${wanted}, found ${found}`,
    { details: { field, found, wanted } },
  );
}

/** The labels of the classes that the export takes; the others are counted as dropped. */
export function ofClasses<L extends { readonly label?: string }>(
  labels: readonly L[],
  target: WriteTarget,
): readonly L[] {
  const { classes } = target;
  if (classes === undefined) return labels;
  const kept = labels.filter(({ label }) => label === undefined || classes.includes(label));
  if (kept.length < labels.length)
    target.drop("labels of other classes", labels.length - kept.length);
  return kept;
}

/** The size of a sample's image: as its metadata says, or as the file does. */
export async function sizeOf(sample: Sample, measure: MeasureImage): Promise<ImageSize> {
  const { width, height } = sample.metadata ?? {};
  return width && height ? { width, height } : await measure(sample.filepath);
}

/** Counts the properties of labels that a format has no place for. */
export function dropProperties(
  label: { readonly [property: string]: unknown } | object,
  properties: readonly string[],
  target: WriteTarget,
): void {
  for (const property of properties) {
    const value: unknown = Reflect.get(label, property);
    if (value === undefined || isEmpty(value)) continue;
    target.drop(`${property} of labels`);
  }
}

function isEmpty(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
}
