import type { Collection, Metric } from "@redkite/engine";

/** The metric of a search: that of the field's index, else the one that is asked for. */
export function metricOf(
  collection: Collection,
  field: string | undefined,
  asked: Metric | undefined,
): Metric {
  const indexes = collection.listIndexes().filter((index) => index.metric !== undefined);
  const index = field === undefined ? indexes[0] : indexes.find((item) => item.field === field);
  return index?.metric ?? asked ?? "COSINE";
}
