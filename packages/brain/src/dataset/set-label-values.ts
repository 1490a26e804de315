import { BrainError } from "../base/brain-error.ts";
import { decodeValue } from "../schema/decode-value.ts";
import type { FieldInfo, FieldValue } from "../schema/field.ts";
import { columnName } from "../schema/field-column.ts";
import {
  elementLabelType,
  isLabelListType,
  isLabelType,
  labelLists,
  labelMembers,
} from "../schema/label-shape.ts";
import type { JsonValue, LabelType } from "../schema/labels.ts";
import { sampleColumns } from "../schema/sample-row.ts";
import { quoteIdentifier } from "../store/quote-identifier.ts";
import type { Transaction } from "../store/store.ts";
import type { SampleWriterContext } from "./add-samples.ts";
import type { DatasetSchema } from "./dataset-schema.ts";
import { type SampleUpdate, writeUpdates } from "./update-samples.ts";

interface LabelField extends FieldInfo {
  readonly type: LabelType;
}

type MutableLabel = Record<string, unknown> & { attributes?: Record<string, unknown> };

/**
 * Sets one member of labels, by label id: `predictions.detections.confidence`, or one of their
 * attributes: `predictions.detections.distance`. `null` takes it away. Throws `id-not-found` when a
 * label is not in the field.
 */
export async function setLabelValues(
  context: SampleWriterContext,
  path: string,
  values: ReadonlyMap<string, JsonValue>,
): Promise<void> {
  await context.schema.change(context.store, async (transaction) => {
    const { field, member } = labelMemberAt(context.schema, path);
    const updates = await withValues(transaction, field, member, values);
    await writeUpdates(context, transaction, updates);
  });
}

/** The field that a path leads into, and which member of its labels, or attribute, it names. */
function labelMemberAt(
  schema: DatasetSchema,
  path: string,
): { readonly field: LabelField; readonly member: string } {
  const [fieldName = "", ...rest] = path.split(".");
  const { name, type } = schema.writableField(fieldName);
  if (!isLabelType(type)) throw badPath(path, `"${fieldName}" holds no labels`);
  if (isLabelListType(type) && rest.shift() !== labelLists[type].member) {
    throw badPath(path, `write ${fieldName}.${labelLists[type].member}.<name>`);
  }
  if (rest[0] === "attributes") rest.shift();
  const [member, ...deeper] = rest;
  if (member === undefined || deeper.length > 0)
    throw badPath(path, "name one member of the labels");
  if (member === "id") throw badPath(path, "ids of labels do not change");
  return { field: { name, type }, member };
}

/** The samples that have the labels, with the new values in them. Throws `id-not-found`. */
async function withValues(
  transaction: Transaction,
  field: LabelField,
  member: string,
  values: ReadonlyMap<string, JsonValue>,
): Promise<SampleUpdate[]> {
  const { name, type } = field;
  const isMember = labelMembers[elementLabelType(type)].some((known) => known.name === member);
  const column = quoteIdentifier(columnName(name));
  const labels = isLabelListType(type) ? `unnest(${column})` : column;
  const rows = await transaction.query(
    `SELECT id, ${sampleColumns([field])} FROM samples WHERE id IN (
       SELECT sample_id FROM (SELECT id AS sample_id, ${labels} AS label FROM samples)
       WHERE label.id IN (SELECT unnest($1)))`,
    [[...values.keys()]],
  );
  const found = new Set<string>();
  const updates = rows.map((row): SampleUpdate => {
    const value = decodeValue(field, row[columnName(name)]) as FieldValue & object;
    for (const label of innerLabels(value)) {
      const id = String(label["id"]);
      const given = values.get(id);
      if (given === undefined) continue;
      found.add(id);
      setMember(label, member, isMember, given);
    }
    return { id: String(row["id"]), [name]: value };
  });
  const missing = [...values.keys()].filter((id) => !found.has(id));
  if (missing.length === 0) return updates;
  throw new BrainError("id-not-found", `Field "${name}" has no label with id "${missing[0]}"`, {
    details: { field: name, ids: missing.slice(0, 10), count: missing.length },
  });
}

function innerLabels(value: object): MutableLabel[] {
  const type = "type" in value ? String(value.type) : "";
  // Just decoded for this call: nobody else has it.
  const label = value as MutableLabel;
  return isLabelListType(type) ? (label[labelLists[type].member] as MutableLabel[]) : [label];
}

function setMember(label: MutableLabel, name: string, isMember: boolean, value: JsonValue): void {
  if (isMember) {
    label[name] = value;
    return;
  }
  const { [name]: _, ...others } = label.attributes ?? {};
  label.attributes = value === null ? others : { ...others, [name]: value };
}

function badPath(path: string, reason: string): BrainError {
  return new BrainError("invalid-argument", `Cannot set "${path}": ${reason}`, {
    details: { path },
  });
}
