import { BrainError } from "../base/brain-error.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { PathOrExpression } from "../view/aggregation.ts";
import type { SampleCollection } from "../view/sample-collection.ts";
import { scopeItems } from "./index-scope.ts";

/**
 * The values of a path or expression for what is indexed of a view, in its order.
 *
 * @throws {BrainError} `invalid-argument` for a path that has no value for each label.
 */
export async function indexedValues(
  view: SampleCollection<Dataset>,
  patchesField: string | undefined,
  indexedIds: readonly string[],
  of: PathOrExpression,
): Promise<unknown[]> {
  const isFlattened = patchesField !== undefined && view.patchesField === undefined;
  const { ids } = await scopeItems(view, patchesField);
  const values: unknown[] = await view.values(of);
  const flat = isFlattened ? values.flatMap((list) => (Array.isArray(list) ? list : [])) : values;
  if (flat.length !== ids.length) {
    throw new BrainError(
      "invalid-argument",
      `Cannot list the values: the path gives ${flat.length} for ${ids.length} ${patchesField === undefined ? "samples" : `labels; it must start with ${patchesField}`}`,
    );
  }
  const indexed = new Set(indexedIds);
  return flat.filter((_, i) => indexed.has(ids[i]));
}
