import { BrainError } from "../base/brain-error.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { checkBoxField } from "../embedding/embed-target.ts";
import { standardFields } from "../schema/field-column.ts";
import type { SampleCollection } from "../view/sample-collection.ts";

/** Values to be stored: of samples, or of labels. */
export interface ItemValues {
  readonly field: string;
  readonly type: "float" | "string";
  /** `null` takes a value away. */
  readonly values: ReadonlyMap<string, string | number | null>;
}

/** Stores values in a field of the samples, or an attribute of the labels of a field. */
export async function storeItemValues(
  dataset: Dataset,
  patchesField: string | undefined,
  { field, type, values }: ItemValues,
): Promise<void> {
  const isThere = dataset.fields().some(({ name }) => name === field);
  // By its values alone a field of scores could be one of whole numbers.
  if (patchesField === undefined && !isThere) await dataset.addField({ name: field, type });
  const path =
    patchesField === undefined ? field : `${checkBoxField(dataset, patchesField)}.${field}`;
  await dataset.setValues(path, values);
}

/**
 * Throws `field-type-mismatch` when a field has values of another type, `field-read-only` for one that every
 * dataset has, before anything is computed for it. Attributes of labels take any.
 */
export function checkValueField(
  samples: SampleCollection<Dataset>,
  patchesField: string | undefined,
  { field, type }: Pick<ItemValues, "field" | "type">,
): void {
  if (patchesField !== undefined) return;
  if (standardFields.some(({ name }) => name === field)) {
    throw new BrainError(
      "field-read-only",
      `Cannot store results in the field "${field}", which every dataset has; name another field`,
      { details: { field } },
    );
  }
  const found = samples.dataset.fields().find(({ name }) => name === field);
  if (found === undefined || found.type === type) return;
  throw new BrainError(
    "field-type-mismatch",
    `Cannot store results in the field "${field}": it has a ${found.type}, expected a ${type}; name another field`,
    { details: { field, found: found.type, expected: type } },
  );
}
