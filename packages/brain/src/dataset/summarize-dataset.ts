import type { FieldInfo } from "../schema/field.ts";
import { columnName } from "../schema/field-column.ts";
import { isLabelListType, isLabelType } from "../schema/label-shape.ts";
import { quoteIdentifier } from "../store/quote-identifier.ts";
import type { Dataset } from "./dataset.ts";

/** What a dataset holds, in numbers. */
export interface DatasetSummary {
  readonly name: string;
  readonly folder: string;
  readonly persistent: boolean;
  readonly createdAt: Date;
  readonly description: string;
  readonly tags: readonly string[];
  readonly sampleCount: number;
  /** How many samples have each tag. */
  readonly sampleTags: Readonly<Record<string, number>>;
  readonly fields: readonly FieldSummary[];
  readonly savedViews: readonly string[];
  readonly runs: readonly string[];
}

export interface FieldSummary extends FieldInfo {
  /** How many samples have a value. */
  readonly sampleCount: number;
  /** How many labels there are, in a field of labels. */
  readonly labelCount?: number;
}

/** Counts what is in a dataset: one pass over it. */
export async function summarizeDataset(dataset: Dataset): Promise<DatasetSummary> {
  const { store } = dataset;
  const fields = dataset.fields();
  const counts = fields.flatMap((field, index) => {
    const column = quoteIdentifier(columnName(field.name));
    const values = `count(${column}) AS s${index}`;
    if (!isLabelListType(field.type)) return [values];
    return [values, `coalesce(sum(len(${column})), 0)::BIGINT AS l${index}`];
  });
  const [row = {}] = await store.query(`SELECT count(*) AS n, ${counts.join(", ")} FROM samples`);
  const tags = await store.query(
    "SELECT tag, count(*) AS n FROM (SELECT unnest(tags) AS tag FROM samples) GROUP BY tag ORDER BY tag",
  );
  const views = await store.query("SELECT name FROM saved_views ORDER BY name");
  const runs = await store.query("SELECT DISTINCT key FROM runs ORDER BY key");
  return {
    name: dataset.name,
    folder: dataset.folder,
    persistent: dataset.persistent,
    createdAt: dataset.createdAt,
    description: dataset.description,
    tags: dataset.tags,
    sampleCount: Number(row["n"]),
    sampleTags: Object.fromEntries(tags.map(({ tag, n }) => [String(tag), Number(n)])),
    fields: fields.map((field, index) => {
      const sampleCount = Number(row[`s${index}`]);
      if (!isLabelType(field.type)) return { ...field, sampleCount };
      return { ...field, sampleCount, labelCount: Number(row[`l${index}`] ?? sampleCount) };
    }),
    savedViews: views.map(({ name }) => String(name)),
    runs: runs.map(({ key }) => String(key)),
  };
}
