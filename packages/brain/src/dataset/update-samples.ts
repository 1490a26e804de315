import { BrainError } from "../base/brain-error.ts";
import type { FieldInfo, FieldValue } from "../schema/field.ts";
import { columnName } from "../schema/field-column.ts";
import type { ImageMetadata } from "../schema/sample.ts";
import { quoteIdentifier } from "../store/quote-identifier.ts";
import type { Transaction } from "../store/store.ts";
import { normalizeFilepath, type SampleWriterContext } from "./add-samples.ts";
import {
  carryOut,
  encodeColumn,
  type FieldValues,
  plannedFields,
  planSchema,
} from "./stored-batch.ts";

/** New values for some fields of a sample; `null` takes a value away. */
export interface SampleUpdate {
  readonly id: string;
  readonly [field: string]: FieldValue | ImageMetadata | readonly string[] | undefined;
}

/**
 * Stores new values, all or none. Fields that the dataset has not are added. Throws `id-not-found` when a
 * sample is not there.
 */
export async function updateSamples(
  context: SampleWriterContext,
  updates: readonly SampleUpdate[],
): Promise<void> {
  await context.schema.change(context.store, (transaction) =>
    writeUpdates(context, transaction, updates),
  );
}

/** The same within a transaction of {@link DatasetSchema.change}. */
export async function writeUpdates(
  { schema, now }: SampleWriterContext,
  transaction: Transaction,
  updates: readonly SampleUpdate[],
): Promise<void> {
  const batch = updates.map(checkedUpdate);
  const plan = planSchema(schema, batch);
  const fields = plannedFields(schema, plan);
  refuseTwice(batch);
  for (const { id: _, ...values } of batch) {
    for (const name of Object.keys(values)) {
      if (!fields.some((field) => field.name === name)) schema.field(name);
      if (schema.find(name) !== undefined) schema.writableField(name);
    }
  }
  await refuseMissing(
    transaction,
    batch.map(({ id }) => id),
  );
  await carryOut(transaction, schema, plan);
  // Samples with the same fields are stored in one statement.
  const groups = new Map<string, (FieldValues & { readonly id: string })[]>();
  for (const values of batch) {
    const key = JSON.stringify(Object.keys(values).sort());
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [values]);
    else group.push(values);
  }
  const time = now();
  for (const group of groups.values()) await writeGroup(transaction, fields, group, time);
  await refuseRepeatedFilepaths(transaction, batch);
}

/** Stores new values of samples that all have them for the same fields. */
async function writeGroup(
  transaction: Transaction,
  fields: readonly FieldInfo[],
  group: readonly (FieldValues & { readonly id: string })[],
  time: Date,
): Promise<void> {
  const written = fields.filter(({ name }) => name !== "id" && Object.hasOwn(group[0] ?? {}, name));
  const names = written.map(({ name }) => quoteIdentifier(columnName(name)));
  await transaction.query(
    `CREATE OR REPLACE TEMP TABLE staged AS SELECT ${["id", ...names].join(", ")} FROM samples LIMIT 0`,
  );
  const columns = [
    group.map(({ id }) => id),
    ...written.map((field) => encodeColumn(field, group)),
  ];
  await transaction.append("staged", columns, group.length);
  const sets = names.map((name) => `${name} = staged.${name}`);
  await transaction.query(
    `UPDATE samples SET ${[...sets, "last_modified_at = $1"].join(", ")}
     FROM staged WHERE samples.id = staged.id`,
    [time],
  );
  await transaction.query("DROP TABLE staged");
}

/** Throws `id-not-found`, with the first few of them, when samples are not there. */
export async function refuseMissing(
  transaction: Transaction,
  ids: readonly string[],
): Promise<void> {
  const rows = await transaction.query(
    `SELECT id FROM (SELECT unnest($1) AS id) AS asked
     WHERE id NOT IN (SELECT samples.id FROM samples)`,
    [ids],
  );
  if (rows.length === 0) return;
  const missing = rows.slice(0, 10).map(({ id }) => String(id));
  throw new BrainError(
    "id-not-found",
    `The dataset has no sample with id "${missing[0]}"${rows.length > 1 ? ` (nor ${rows.length - 1} others)` : ""}`,
    { details: { ids: missing, count: rows.length } },
  );
}

async function refuseRepeatedFilepaths(
  transaction: Transaction,
  batch: readonly FieldValues[],
): Promise<void> {
  const filepaths = batch.flatMap(({ filepath }) =>
    typeof filepath === "string" ? [filepath] : [],
  );
  if (filepaths.length === 0) return;
  const [row] = await transaction.query(
    `SELECT filepath FROM samples WHERE filepath IN (SELECT unnest($1))
     GROUP BY filepath HAVING count(*) > 1 LIMIT 1`,
    [filepaths],
  );
  if (row === undefined) return;
  const filepath = String(row["filepath"]);
  throw new BrainError(
    "duplicate-filepath",
    `Cannot set the filepath of a sample to "${filepath}": another sample has it`,
    { details: { filepath } },
  );
}

function checkedUpdate(update: SampleUpdate): FieldValues & { readonly id: string } {
  const entries = Object.entries(update).filter(([, value]) => value !== undefined);
  const { id, filepath, tags, ...values } = Object.fromEntries(entries);
  if (typeof id !== "string") {
    throw new BrainError("invalid-argument", "An update of a sample has no id: give it one");
  }
  return {
    ...values,
    id,
    ...(filepath !== undefined && { filepath: normalizeFilepath(filepath) }),
    ...(tags !== undefined && { tags: tags ?? [] }),
  };
}

function refuseTwice(batch: readonly { readonly id: string }[]): void {
  const seen = new Set<string>();
  for (const { id } of batch) {
    if (seen.has(id)) {
      throw new BrainError("duplicate-id", `Cannot update sample "${id}" twice at once`, {
        details: { id },
      });
    }
    seen.add(id);
  }
}
