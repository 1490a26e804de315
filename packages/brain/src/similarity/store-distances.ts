import type { Dataset } from "../dataset/dataset.ts";
import { checkBoxField } from "../embedding/embed-target.ts";
import type { SimilarityMatch } from "./search-index.ts";

/**
 * Stores the distances of matches in a field of their samples, or an attribute of their labels, and
 * takes those of earlier searches away.
 */
export async function storeDistances(
  dataset: Dataset,
  patchesField: string | undefined,
  distField: string,
  matches: readonly SimilarityMatch[],
): Promise<void> {
  const distances = new Map(matches.map(({ id, distance }) => [id, distance]));
  if (patchesField !== undefined) {
    const labels = checkBoxField(dataset, patchesField);
    await dataset.setValues(
      `${labels}.${distField}`,
      new Map([
        ...(await labelsWith(dataset, patchesField, distField)).map((id): [string, null] => [
          id,
          null,
        ]),
        ...distances,
      ]),
    );
    return;
  }
  const isThere = dataset.fields().some(({ name }) => name === distField);
  if (!isThere) await dataset.addField({ name: distField, type: "float" });
  const stale = isThere ? await dataset.exists(distField).ids() : [];
  const cleared = stale.filter((id) => !distances.has(id)).map((id): [string, null] => [id, null]);
  await dataset.setValues(distField, new Map<string, number | null>([...cleared, ...distances]));
}

/** The labels that have an attribute. */
async function labelsWith(dataset: Dataset, field: string, attribute: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const sample of dataset.exists(field)) {
    const value = sample[field];
    if (typeof value !== "object" || value === null) continue;
    for (const list of Object.values(value)) {
      if (!Array.isArray(list)) continue;
      for (const label of list) {
        if (label?.attributes?.[attribute] !== undefined) ids.push(label.id);
      }
    }
  }
  return ids;
}
