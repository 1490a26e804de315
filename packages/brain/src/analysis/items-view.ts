import type { Dataset } from "../dataset/dataset.ts";
import type { SampleCollection, View } from "../view/sample-collection.ts";

/** Samples or patches by id, in the order of the ids, those that are still there. */
export function itemsView(
  samples: SampleCollection<Dataset>,
  patchesField: string | undefined,
  ids: readonly string[],
): View<Dataset> {
  const isPatched = patchesField === undefined || samples.patchesField !== undefined;
  return (isPatched ? samples : samples.toPatches(patchesField)).select(ids, { ordered: true });
}
