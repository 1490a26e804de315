import type { Dataset } from "../dataset/dataset.ts";
import { F } from "../view/expression.ts";
import type { SampleCollection, View } from "../view/sample-collection.ts";
import type { Stage } from "../view/stage.ts";
import type { SimilarityMatch } from "./search-index.ts";

/**
 * The view of what a search found, in its order. Of patches in a view of samples it is the samples, by
 * their best patch, and where only some patches were asked for, with only these.
 */
export function matchesView(
  samples: SampleCollection<Dataset>,
  patchesField: string | undefined,
  matches: readonly SimilarityMatch[],
  isLimited: boolean,
): View<Dataset> {
  return samples.addStages(matchesStages(samples.patchesField, patchesField, matches, isLimited));
}

/** The same as stages. */
export function matchesStages(
  viewField: string | undefined,
  patchesField: string | undefined,
  matches: readonly SimilarityMatch[],
  isLimited: boolean,
): Stage[] {
  const ids = matches.map(({ id }) => id);
  const select = (ids: readonly string[]): Stage => ({
    kind: "select",
    params: { ids, ordered: true },
  });
  if (patchesField === undefined || viewField !== undefined) return [select(ids)];
  const sampleIds = [...new Set(matches.map(({ sampleId }) => sampleId))];
  if (!isLimited) return [select(sampleIds)];
  const filter = F("id").isIn(ids).node;
  const params = { field: patchesField, filter, onlyMatches: true };
  return [select(sampleIds), { kind: "filterLabels", params }];
}
