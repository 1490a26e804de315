import { BrainError } from "../base/brain-error.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { checkBoxField } from "../embedding/embed-target.ts";
import type { SampleCollection } from "../view/sample-collection.ts";
import { filterIdsMax, type IdFilter } from "./vector-collection.ts";

/** What of an index a collection has: parallel lists, in the collection's order. */
export interface ScopeItems {
  /** Ids of labels for an index of patches, else of samples. */
  readonly ids: readonly string[];
  readonly sampleIds: readonly string[];
}

/** Whether a collection has everything that its dataset has to index. */
export function isWhole(
  samples: SampleCollection<Dataset>,
  patchesField: string | undefined,
): boolean {
  const [first, ...others] = samples.stages;
  if (first === undefined) return true;
  return (
    others.length === 0 &&
    first.kind === "toPatches" &&
    patchesField !== undefined &&
    samples.patchesField === patchesField
  );
}

/**
 * The samples of a collection, or its labels of the field that is indexed.
 *
 * @throws {BrainError} `invalid-argument` for patches of another field.
 */
export async function scopeItems(
  samples: SampleCollection<Dataset>,
  patchesField: string | undefined,
): Promise<ScopeItems> {
  const viewField = samples.patchesField;
  if (patchesField === undefined) {
    if (viewField === undefined) {
      const ids = await samples.ids();
      return { ids, sampleIds: ids };
    }
    throw new BrainError(
      "invalid-argument",
      `This index has whole samples: query it on a view of samples, not on patches of "${viewField}"`,
      { details: { viewField } },
    );
  }
  if (viewField !== undefined) {
    if (viewField !== patchesField) {
      throw new BrainError(
        "invalid-argument",
        `This patches view contains labels from field '${viewField}', not '${patchesField}'`,
        { details: { viewField, patchesField } },
      );
    }
    const sampleIds = (await samples.values("sampleId")).map(String);
    return { ids: await samples.ids(), sampleIds };
  }
  const sampleIds = await samples.ids();
  const lists = await samples.values(`${checkBoxField(samples, patchesField)}.id`);
  const ids: string[] = [];
  const parents: string[] = [];
  for (const [i, list] of lists.entries()) {
    for (const id of [list].flat()) {
      if (typeof id !== "string") continue;
      ids.push(id);
      parents.push(sampleIds[i]);
    }
  }
  return { ids, sampleIds: parents };
}

/**
 * The filter that lets exactly the rows of a view pass: by the ids that are in it, or by those of the
 * dataset that are not where they are few.
 */
export function filterOf(
  inView: readonly string[],
  inDataset: readonly string[],
  indexSize: number,
): IdFilter {
  const excludedCount = inDataset.length - inView.length;
  // Rows of what was deleted pass a list of exclusions, so it must name all that is in the index.
  if (
    inView.length <= filterIdsMax ||
    excludedCount > filterIdsMax ||
    indexSize > inDataset.length
  ) {
    return { kind: "only", ids: inView };
  }
  const wanted = new Set(inView);
  return { kind: "not", ids: inDataset.filter((id) => !wanted.has(id)) };
}
