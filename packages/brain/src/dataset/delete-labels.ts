import { BrainError } from "../base/brain-error.ts";
import type { FieldInfo } from "../schema/field.ts";
import { columnName } from "../schema/field-column.ts";
import { isLabelListType, isLabelType, labelLists } from "../schema/label-shape.ts";
import { quoteIdentifier } from "../store/quote-identifier.ts";
import type { Transaction } from "../store/store.ts";
import type { SampleCollection } from "../view/sample-collection.ts";
import type { SampleWriterContext } from "./add-samples.ts";
import type { DatasetSchema } from "./dataset-schema.ts";
import { noteRemoved } from "./removed-items.ts";

/** Which labels: those with one of the ids or with one of the tags, in these fields or in all. */
export interface LabelSelection {
  readonly ids?: readonly string[];
  readonly tags?: readonly string[];
  readonly fields?: readonly string[];
}

/** The labels that a view shows: of patches, those that they are. */
export async function labelsOf(view: SampleCollection): Promise<LabelSelection> {
  if (view.patchesField !== undefined) {
    return { ids: await view.ids(), fields: [view.patchesField] };
  }
  const fields = view.viewFields().filter(({ type }) => isLabelType(type));
  const paths = fields.map(({ name, type }) =>
    isLabelListType(type) ? `${name}.${labelLists[type].member}.id` : `${name}.id`,
  );
  const ids = await Promise.all(paths.map((path) => view.values(path)));
  return {
    ids: ids.flat(2).filter((id) => typeof id === "string"),
    fields: fields.map(({ name }) => name),
  };
}

/** Removes labels from their fields; answers the ids of those removed, by field. */
export async function deleteLabels(
  context: SampleWriterContext,
  { ids, tags, fields }: LabelSelection,
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (ids === undefined && tags === undefined) {
    throw new BrainError("invalid-argument", "Cannot delete labels: give their ids or tags");
  }
  const { store, schema, now } = context;
  const deleted = new Map<string, readonly string[]>();
  await schema.change(store, async (transaction) => {
    const searched = searchedFields(schema, fields);
    await transaction.query(
      "CREATE OR REPLACE TEMP TABLE doomed (sample_id VARCHAR, label_id VARCHAR)",
    );
    const time = now();
    for (const { name, type } of searched) {
      const column = quoteIdentifier(columnName(name));
      const removed = await removeFrom(transaction, column, {
        isList: isLabelListType(type),
        ids: ids ?? [],
        tags: tags ?? [],
        time,
      });
      if (removed.length > 0) deleted.set(name, removed);
    }
    await transaction.query("DROP TABLE doomed");
    await noteRemoved(transaction, "label", [...deleted.values()].flat());
  });
  return deleted;
}

/** The fields of those names, or all that hold labels. Throws `field-type-mismatch` for others. */
function searchedFields(
  schema: DatasetSchema,
  names: readonly string[] | undefined,
): readonly FieldInfo[] {
  const ofLabels = schema.fields.filter(({ type }) => isLabelType(type));
  return (names ?? ofLabels.map(({ name }) => name)).map((name) => {
    const field = schema.writableField(name);
    if (isLabelType(field.type)) return field;
    throw new BrainError("field-type-mismatch", `Field "${name}" holds no labels`, {
      details: { name, type: field.type },
    });
  });
}

async function removeFrom(
  transaction: Transaction,
  column: string,
  options: {
    readonly isList: boolean;
    readonly ids: readonly string[];
    readonly tags: readonly string[];
    readonly time: Date;
  },
): Promise<string[]> {
  const { isList, ids, tags, time } = options;
  const labels = isList ? `unnest(${column})` : column;
  await transaction.query("DELETE FROM doomed");
  await transaction.query(
    `INSERT INTO doomed SELECT sample_id, label.id
     FROM (SELECT id AS sample_id, ${labels} AS label FROM samples)
     WHERE label.id IN (SELECT unnest($1)) OR list_has_any(label.tags, $2)`,
    [ids, tags],
  );
  const kept = isList
    ? `list_filter(${column}, lambda label: NOT list_contains(gone.ids, label.id))`
    : "NULL";
  await transaction.query(
    `UPDATE samples SET ${column} = ${kept}, last_modified_at = $1
     FROM (SELECT sample_id, list(label_id) AS ids FROM doomed GROUP BY sample_id) AS gone
     WHERE samples.id = gone.sample_id`,
    [time],
  );
  const rows = await transaction.query("SELECT label_id FROM doomed");
  return rows.map((row) => String(row["label_id"]));
}
