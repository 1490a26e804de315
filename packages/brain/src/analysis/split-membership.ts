import { BrainError } from "../base/brain-error.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { RunConfig } from "../runs/run-record.ts";
import { F } from "../view/expression.ts";
import { type SampleCollection, View, viewFromJSON } from "../view/sample-collection.ts";

/** Splits by their tags, by a field's values, or as views by name. */
export type Splits =
  | string
  | readonly string[]
  | Readonly<Record<string, SampleCollection<Dataset>>>
  | ReadonlyMap<string, SampleCollection<Dataset>>;

/** Splits of a collection, as views by name. */
export type SplitViews = ReadonlyMap<string, View<Dataset>>;

/** One bit each in a number. */
const splitsMax = 30;

/**
 * The views of splits, all of samples that the collection has.
 *
 * @throws {BrainError} `invalid-argument` for fewer than two splits, more than 30, one without samples, or
 * with samples that the collection has not;
 * `collection-mismatch` for a view of another dataset; `field-not-found`.
 */
export async function splitViewsOf(
  samples: SampleCollection<Dataset>,
  splits: Splits,
): Promise<SplitViews> {
  const views = await namedViews(samples, splits);
  if (views.size < 2 || views.size > splitsMax) {
    throw new BrainError(
      "invalid-argument",
      `Cannot compare ${views.size} splits (${[...views.keys()].join(", ")}): give 2 to ${splitsMax}, as tags, as a field with so many values, or as views by name`,
      { details: { splits: [...views.keys()] } },
    );
  }
  const inCollection = new Set(await samples.ids());
  for (const [name, view] of views) {
    const ids = await view.ids();
    const foreign = ids.find((id) => !inCollection.has(id));
    if (foreign !== undefined) {
      throw new BrainError(
        "invalid-argument",
        `The split "${name}" has the sample "${foreign}", which the collection that is searched has not`,
        { details: { split: name, id: foreign } },
      );
    }
    if (ids.length > 0) continue;
    const tags = (await samples.distinct("tags")).map(String);
    throw new BrainError(
      "invalid-argument",
      `The split "${name}" has no samples; the tags of the collection are ${tags.join(", ") || "none"}`,
      { details: { split: name, tags } },
    );
  }
  return views;
}

/** What a run's record keeps of splits. */
export function splitsConfigOf(views: SplitViews): RunConfig {
  const stages = [...views].map(([name, view]) => [name, view.toJSON()]);
  return { splits: JSON.parse(JSON.stringify(Object.fromEntries(stages))) };
}

/** The views that `splitsConfigOf` made the record of. */
export function splitViewsOfConfig(dataset: Dataset, config: RunConfig): SplitViews {
  const splits = Object.entries(config["splits"] ?? {});
  return new Map(splits.map(([name, stages]) => [name, viewFromJSON(dataset, stages)]));
}

/** Of each sample that is in any split, its splits: one bit each, in the order of the views. */
export async function splitMasks(views: SplitViews): Promise<Map<string, number>> {
  const masks = new Map<string, number>();
  let bit = 1;
  for (const view of views.values()) {
    for (const id of await view.ids()) masks.set(id, (masks.get(id) ?? 0) | bit);
    bit <<= 1;
  }
  return masks;
}

/** Whether two masks together are of more than one split: a sample in two of them leaks by itself. */
export function isAcrossSplits(a: number, b: number): boolean {
  const both = a | b;
  return a !== 0 && b !== 0 && (both & (both - 1)) !== 0;
}

async function namedViews(
  samples: SampleCollection<Dataset>,
  splits: Splits,
): Promise<Map<string, View<Dataset>>> {
  if (typeof splits === "string") return await fieldSplits(samples, splits);
  if (isTags(splits)) return new Map(splits.map((tag) => [tag, samples.matchTags(tag)]));
  const given = splits instanceof Map ? [...splits] : Object.entries(splits);
  const views = new Map<string, View<Dataset>>();
  for (const [name, view] of given as [string, SampleCollection<Dataset>][]) {
    if (view.dataset !== samples.dataset) {
      throw new BrainError(
        "collection-mismatch",
        `The split "${name}" is a view of the dataset "${view.dataset.name}", not of "${samples.dataset.name}"`,
        { details: { split: name } },
      );
    }
    views.set(name, new View(view.dataset, view.stages));
  }
  return views;
}

async function fieldSplits(
  samples: SampleCollection<Dataset>,
  field: string,
): Promise<Map<string, View<Dataset>>> {
  const views = new Map<string, View<Dataset>>();
  for (const value of await samples.distinct(field)) {
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
      throw new BrainError(
        "invalid-argument",
        `Cannot split by the field "${field}": its values are no texts, numbers or booleans`,
        { details: { field } },
      );
    }
    views.set(String(value), samples.match(F(field).eq(value)));
  }
  return views;
}

function isTags(splits: Splits): splits is readonly string[] {
  return Array.isArray(splits);
}
