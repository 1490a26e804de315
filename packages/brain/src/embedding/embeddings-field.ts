import { BrainError } from "../base/brain-error.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { elementLabelType, isLabelType, labelMembers } from "../schema/label-shape.ts";
import type { SampleCollection } from "../view/sample-collection.ts";
import type { EmbeddedTarget } from "./embed-images.ts";
import { checkBoxField } from "./embed-target.ts";

/** Where vectors are kept in a dataset: a field of samples, or an attribute of a field's labels. */
export interface EmbeddingsPlace {
  readonly embeddingsField: string;
  readonly patchesField?: string | undefined;
}

/**
 * Checks the name of a field, or of an attribute, for vectors.
 *
 * @throws {BrainError} `invalid-argument` for a path, or for what all labels have, such as "label".
 */
export function checkEmbeddingsField(
  samples: Pick<SampleCollection<Dataset>, "dataset">,
  { embeddingsField: name, patchesField }: EmbeddingsPlace,
): void {
  const labelType = samples.dataset.fields().find((each) => each.name === patchesField)?.type;
  const taken =
    labelType !== undefined && isLabelType(labelType)
      ? labelMembers[elementLabelType(labelType)].map((member) => member.name)
      : [];
  if (name !== "" && !name.includes(".") && !["id", "attributes", ...taken].includes(name)) return;
  const expected = patchesField === undefined ? "a field of samples" : "an attribute of labels";
  throw new BrainError(
    "invalid-argument",
    `Invalid embeddings field '${name}'; expected the name of ${expected}`,
    { details: { embeddingsField: name } },
  );
}

/** Keeps vectors in the dataset. */
export async function keepVectors(
  dataset: Dataset,
  { embeddingsField, patchesField }: EmbeddingsPlace,
  rows: readonly EmbeddedTarget[],
): Promise<void> {
  if (patchesField === undefined) {
    const values = new Map(rows.map(({ sampleId, vector }) => [sampleId, vector]));
    await dataset.setValues(embeddingsField, values);
    return;
  }
  // Attributes are JSON: numbers of 32 bits come back as they were.
  const values = new Map(rows.map(({ id, vector }) => [id, Array.from(vector)]));
  await dataset.setValues(`${checkBoxField({ dataset }, patchesField)}.${embeddingsField}`, values);
}

/** The vectors that the labels of a collection keep, by label; `null` for none. */
export async function keptPatchVectors(
  samples: SampleCollection<Dataset>,
  embeddingsField: string,
  patchesField: string,
): Promise<unknown[]> {
  const isPatches = samples.patchesField !== undefined;
  const labels = isPatches ? patchesField : checkBoxField(samples, patchesField);
  const ids = await samples.values(`${labels}.id`);
  const values = await samples.values(`${labels}.attributes.${embeddingsField}`);
  // A sample without labels has null where others have a list.
  return values.flatMap((value, i): unknown[] => {
    if (isPatches || typeof ids[i] === "string") return [value];
    return Array.isArray(value) ? value : [];
  });
}
